package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// Logs are rotated when they are large: none of their lines is lost or torn, and a
// few old files are kept.
func TestLogsAreRotated(t *testing.T) {
	dir, project := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(project, ".clockwork"), 0o700); err != nil {
		t.Fatal(err)
	}
	l := &monitorLogs{dir: dir, most: 1, handler: func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) }}
	log := l.project(project)
	const lines = 2200 // of 1 KiB
	for n := range lines {
		log.Info("hello", "number", n, "filling", strings.Repeat("x", 1000))
	}
	l.close()
	for _, pattern := range []string{filepath.Join(dir, "service*.log"), filepath.Join(project, ".clockwork", "service", "service*.log")} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) != 3 {
			t.Fatalf("%s: %v %v", pattern, files, err)
		}
		seen := map[int]bool{}
		for _, path := range files {
			info, err := os.Stat(path)
			if err != nil || info.Size() > 1<<20 || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v", path, info, err)
			}
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			for s := bufio.NewScanner(f); s.Scan(); {
				var line struct {
					Number  int
					Project string
				}
				if err := json.Unmarshal(s.Bytes(), &line); err != nil || line.Project != project {
					t.Fatalf("%s: %v: %s", path, err, s.Text())
				}
				seen[line.Number] = true
			}
			f.Close()
		}
		if len(seen) != lines {
			t.Errorf("%s: %d of %d lines are there", pattern, len(seen), lines)
		}
	}
}

// output is what a command has printed.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// A log is followed across rotations: every line is printed once, in order.
func TestLogIsFollowedAcrossRotations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "service.log")
	log := &lumberjack.Logger{Filename: path, MaxSize: 1}
	defer log.Close()
	var want strings.Builder
	write := func(n int) {
		t.Helper()
		for range n {
			line := fmt.Sprintf("line %d\n", strings.Count(want.String(), "\n"))
			want.WriteString(line)
			if _, err := log.Write([]byte(line)); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(3)
	var out output
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- printLog(ctx, &out, path, true) }()
	printed := func() {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); out.String() != want.String(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("it prints\n%s, not\n%s", out.String(), want.String())
			}
		}
	}
	printed()
	for range 3 {
		write(2) // the last lines of a file, which are not printed yet
		if err := log.Rotate(); err != nil {
			t.Fatal(err)
		}
		write(2)
		printed()
	}
	write(1)
	printed()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	// Without -f, it ends by itself.
	var once output
	if err := printLog(t.Context(), &once, path, false); err != nil || !strings.HasSuffix(want.String(), once.String()) || once.String() == "" {
		t.Errorf("%v %q", err, once.String())
	}
}
