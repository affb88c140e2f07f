package control

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// serve starts a server in a folder whose name is short enough.
func serve(t *testing.T, handle Handler) (dir string, end func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "cw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ctx, cancel := context.WithCancel(context.Background())
	s, err := Listen(dir, handle, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	ended := false
	end = func() {
		if !ended {
			ended = true
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(end)
	return dir, end
}

func echo(_ context.Context, r Request) (Answer, error) {
	if r.Reason == "bad" {
		return Answer{}, errors.New("that is bad")
	}
	return Answer{Changed: true, Service: &Description{PID: 7, Projects: []Project{{Dir: r.Dir}}}}, nil
}

func TestCall(t *testing.T) {
	dir, end := serve(t, echo)
	got, err := Call(t.Context(), dir, Request{Do: Status, Dir: "/srv/shop", For: time.Hour})
	if err != nil || !got.Changed || got.Service.PID != 7 || got.Service.Projects[0].Dir != "/srv/shop" {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := Call(t.Context(), dir, Request{Do: Ping}); err != nil || got.Changed {
		t.Errorf("%+v %v", got, err)
	}
	var refused Refused
	if _, err := Call(t.Context(), dir, Request{Do: Pause, Reason: "bad"}); !errors.As(err, &refused) || refused != "that is bad" {
		t.Errorf("%v", err)
	}
	end()
	if _, err := Call(t.Context(), dir, Request{Do: Status}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("%v", err)
	}
}

func TestOnlyForItsUser(t *testing.T) {
	dir, _ := serve(t, echo)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, SocketName): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %o", path, got)
		}
	}
}

func TestFolderOfOthersIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(dir, echo, slog.Default()); err == nil || !strings.Contains(err.Error(), "others may write") {
		t.Errorf("%v", err)
	}
}

// A service that was killed leaves its socket.
func TestTakesTheSocketOfOneThatWasKilled(t *testing.T) {
	dir, _ := serve(t, echo)
	old, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "x"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	old.SetUnlinkOnClose(false)
	old.Close()
	if err := os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, SocketName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Call(t.Context(), dir, Request{Do: Status}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("%v", err)
	}
	s, err := Listen(dir, echo, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	if _, err := Call(t.Context(), dir, Request{Do: Status}); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestBadRequests(t *testing.T) {
	dir, _ := serve(t, echo)
	for text, want := range map[string]string{
		"hello\n":                             "not the JSON document",
		`{"version":99,"do":"stop"}`:          "restart the service",
		`{"do":"stop"}`:                       "restart the service",
		`{"x":"` + strings.Repeat("a", 1<<17): "too large",
	} {
		c, err := net.Dial("unix", filepath.Join(dir, SocketName))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = c.Write([]byte(text)) }() // the server may close it before
		var out wireAnswer
		if err := json.NewDecoder(c).Decode(&out); err != nil || !strings.Contains(out.Error, want) {
			t.Errorf("%.20s: %q %v", text, out.Error, err)
		}
		c.Close()
	}
}

func TestTooLongAName(t *testing.T) {
	_, err := Listen(filepath.Join(t.TempDir(), strings.Repeat("a", 120)), echo, slog.Default())
	if err == nil || !strings.Contains(err.Error(), "shorter path") {
		t.Errorf("%v", err)
	}
}
