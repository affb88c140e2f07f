package docker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/docker/docker/client"
)

const (
	// grace is how long a call that changes something may go on after its
	// context has ended. The engine would go on with it anyway; cutting the
	// line only means not to know how it ends.
	grace = 3 * time.Second
	// cleanUp is how long undoing may take.
	cleanUp = 20 * time.Second
)

// finish calls f, which changes something, with a context that outlives ctx by
// the grace. When even that has ended, the error is of the kind that leaves it
// open what came of it.
func finish(ctx context.Context, f func(ctx context.Context) error) error {
	long, cancel := lasting(ctx)
	defer cancel()
	err := f(long)
	if err != nil && long.Err() != nil {
		return &unfinishedError{err}
	}
	return err
}

// lasting returns a context that outlives ctx by the grace.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	long, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return long, func() {
		stop()
		cancel()
	}
}

// unfinishedError says that a call was given up while the engine was at it.
type unfinishedError struct{ error }

func (e *unfinishedError) Error() string { return fmt.Sprintf("given up: %v", e.error) }

func (e *unfinishedError) Unwrap() error { return e.error }

// undoing is a context for cleaning up after what ctx was for, whether that
// has ended or not.
func undoing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
}

// isUnsure tells whether what a request asked for may have happened although
// it failed: its answer was lost. Then it is for Recover to find out.
func isUnsure(err error) bool {
	var op *net.OpError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return true
	case client.IsErrConnectionFailed(err), errors.As(err, &op) && op.Op == "dial":
		return false
	}
	return isUnreachable(err)
}

// pause waits, and tells whether the context still lasts.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
