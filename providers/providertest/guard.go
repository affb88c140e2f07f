package providertest

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"
)

const (
	// callTimeout bounds every call. It is generous: the suite is no benchmark.
	callTimeout = 60 * time.Second
	// promptly is how soon a call must return after its context has ended.
	promptly = 5 * time.Second
)

// call runs one call of a provider: it turns a panic into a failure, and fails
// when the call returns neither in time nor promptly after its context ended.
func call[T any](ctx context.Context, t testing.TB, what string, f func(context.Context) (T, error)) (T, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	type answer struct {
		value T
		err   error
		panic string
	}
	answers := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if r := recover(); r != nil {
				a.panic = fmt.Sprintf("%v\n%s", r, debug.Stack())
			}
			answers <- a
		}()
		a.value, a.err = f(ctx)
	}()
	var a answer
	select {
	case a = <-answers:
	case <-ctx.Done():
		select {
		case a = <-answers:
		case <-time.After(promptly):
			t.Fatalf("%s did not return within %s after its context had ended", what, promptly)
		}
	}
	if a.panic != "" {
		t.Fatalf("%s panicked: %s", what, a.panic)
	}
	return a.value, a.err
}

// fiber is a test's TB for use in another goroutine of the test: what is fatal
// ends that goroutine.
type fiber struct{ testing.TB }

func (f fiber) FailNow() {
	f.TB.Fail()
	runtime.Goexit()
}

func (f fiber) Fatal(args ...any) {
	f.TB.Helper()
	f.TB.Error(args...)
	runtime.Goexit()
}

func (f fiber) Fatalf(format string, args ...any) {
	f.TB.Helper()
	f.TB.Errorf(format, args...)
	runtime.Goexit()
}

// together runs f n times at once and waits for all.
func together(t testing.TB, n int, f func(t testing.TB, i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(fiber{t}, i) })
	}
	wg.Wait()
}
