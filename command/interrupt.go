package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// grace is how long a command that was told to stop at once may take to let go
// of what it holds. The journal needs none of it: it is safe at every instant.
const grace = 3 * time.Second

// interrupts is how a command hears Ctrl-C and SIGTERM.
type interrupts struct {
	// gentle says that what runs now is to be finished: the first interrupt
	// closes stop, and only the second ends the context. Otherwise the first
	// ends it.
	gentle atomic.Bool
	stop   chan struct{}

	interrupted atomic.Bool // whether there was one

	signals chan os.Signal
	done    chan struct{}
}

// listen starts to hear interrupts. Should the command still run a while after
// its context was ended, or at yet another interrupt, exit is called. Call
// close when the command is over.
func listen(ctx context.Context, say io.Writer, exit func()) (context.Context, *interrupts) {
	ctx, cancel := context.WithCancel(ctx)
	in := &interrupts{
		stop:    make(chan struct{}),
		signals: make(chan os.Signal, 4),
		done:    make(chan struct{}),
	}
	signal.Notify(in.signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer cancel()
		if !in.wait() {
			return
		}
		in.interrupted.Store(true)
		close(in.stop)
		if in.gentle.Load() {
			fmt.Fprintln(say, "\nStopping: finishing what is running; press Ctrl-C again to stop at once.")
			if !in.wait() {
				return
			}
		}
		cancel()
		select {
		case <-in.done:
			return
		case <-in.signals:
		case <-time.After(grace):
		}
		exit()
	}()
	return ctx, in
}

// wait waits for a signal; false means that the command ended first.
func (in *interrupts) wait() bool {
	select {
	case <-in.signals:
		return true
	case <-in.done:
		return false
	}
}

// close stops listening.
func (in *interrupts) close() {
	signal.Stop(in.signals)
	close(in.done)
}
