package command

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// buffer is a bytes.Buffer for use by several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func ends(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s did not happen", what)
	}
}

func TestInterrupts(t *testing.T) {
	var said buffer
	exited := make(chan struct{})
	ctx, in := listen(context.Background(), &said, func() { close(exited) })
	defer in.close()
	in.gentle.Store(true)

	in.signals <- os.Interrupt
	ends(t, "the stop", in.stop)
	if ctx.Err() != nil {
		t.Error("the first interrupt ended the context")
	}
	if !in.interrupted.Load() {
		t.Error("the interrupt was not noted")
	}

	in.signals <- os.Interrupt
	ends(t, "the end of the context", ctx.Done())
	if !strings.Contains(said.String(), "Stopping: finishing what is running; press Ctrl-C again to stop at once.") {
		t.Errorf("it said %q", said.String())
	}

	in.signals <- os.Interrupt
	ends(t, "the exit", exited)
}

func TestInterruptOfWhatNeedsNoEnd(t *testing.T) {
	var said buffer
	exited := make(chan struct{})
	ctx, in := listen(context.Background(), &said, func() { close(exited) })
	in.signals <- os.Interrupt
	ends(t, "the end of the context", ctx.Done())
	in.close()
	if said.String() != "" {
		t.Errorf("it said %q", said.String())
	}
	select {
	case <-exited:
		t.Error("it exited though the command came to an end")
	default:
	}
}

func TestNoInterrupt(t *testing.T) {
	ctx, in := listen(context.Background(), &buffer{}, func() { t.Error("it exited") })
	in.close()
	ends(t, "the end of the context", ctx.Done())
	if in.interrupted.Load() {
		t.Error("an interrupt was noted")
	}
}
