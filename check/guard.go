package check

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// grace is how much longer than its time limit a check gets to say that it is
// over, and to clean up, before it is left behind.
const grace = time.Second

const (
	interrupted = "it was interrupted"
	stillHangs  = "an earlier run of it has not ended yet"
)

// within calls f, and waits for it no longer than limit: what hangs is left
// behind, what panics is stopped. If there is no answer, the reason is
// returned; it completes the sentence "It is unknown because ...".
func within[T any](parent context.Context, limit time.Duration, f func(context.Context) T) (T, string) {
	return leaving(new(atomic.Int32), parent, limit, f)
}

// leaving is within, and counts in behind the calls that were left behind and
// have not ended yet.
func leaving[T any](behind *atomic.Int32, parent context.Context, limit time.Duration, f func(context.Context) T) (T, string) {
	type answer struct {
		value    T
		panicked string // where
	}
	var none T
	if parent.Err() != nil {
		return none, interrupted
	}
	ctx, cancel := context.WithTimeout(parent, limit)
	defer cancel()
	done := make(chan answer, 1)
	var over atomic.Bool // for whoever comes first: the call, or who waits for it
	go func() {
		var a answer
		defer func() {
			if over.Swap(true) {
				behind.Add(-1)
			}
			if recover() != nil { // its value may hold a secret
				a.panicked = panicPlace()
			}
			done <- a
		}()
		a.value = f(ctx)
	}()
	var a answer
	select {
	case a = <-done:
	case <-ctx.Done():
		select {
		case a = <-done:
		case <-time.After(grace):
			if over.Swap(true) { // it has ended just now
				a = <-done
				break
			}
			behind.Add(1)
			if parent.Err() == nil {
				return none, fmt.Sprintf("it did not end within %s", limit)
			}
		}
		if parent.Err() != nil {
			return none, interrupted
		}
	}
	if a.panicked != "" {
		return none, fmt.Sprintf("the check itself failed at %s: this is a mistake in Clockwork or in the provider, please report it", a.panicked)
	}
	return a.value, ""
}

// panicPlace returns where the panic being recovered from arose.
func panicPlace() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		if panicking && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
		}
		panicking = panicking || f.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}
