package command

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// systemd hears that the service is ready, that it is alive while the scheduler
// makes progress and not any more when that hangs, and that it ends.
func TestTellSystemd(t *testing.T) {
	dir, err := os.MkdirTemp("", "cw") // a short name, for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "60000")
	t.Setenv("WATCHDOG_PID", "")

	var ticks, frozen atomic.Uint64
	progress := func() (uint64, time.Time) {
		if frozen.Load() > 0 {
			return frozen.Load(), time.Time{}
		}
		return ticks.Add(1), time.Now()
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tellSystemd(ctx, progress, slog.New(slog.NewTextHandler(t.Output(), nil)))
	}()
	hear := func(patience time.Duration) string {
		buf := make([]byte, 100)
		if err := socket.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		n, err := socket.Read(buf)
		if err != nil {
			return ""
		}
		return string(buf[:n])
	}
	for _, want := range []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1"} {
		if got := hear(10 * time.Second); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	frozen.Store(ticks.Load())
	// What was under way may still come, once.
	for heard := 0; hear(200*time.Millisecond) != ""; heard++ {
		if heard > 5 {
			t.Fatal("it is said to be alive while it hangs")
		}
	}
	cancel()
	<-done
	if got := hear(10 * time.Second); got != "STOPPING=1" {
		t.Errorf("%q", got)
	}
}
