package completion

import (
	"errors"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/completion/ask"
)

const (
	openAfter = 3           // questions in a row that failed, after which the server is left alone
	openFor   = time.Minute // and for how long
)

// breaker keeps a server that fails from being asked again and again.
type breaker struct {
	now func() time.Time

	mu      sync.Mutex
	failed  int // in a row
	opened  time.Time
	probing bool
}

// enter says no while the server is left alone, and how often it has failed. After
// that time one may try it. leave has to follow a yes.
func (b *breaker) enter() (failed int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < openAfter {
		return b.failed, true
	}
	if b.probing || b.now().Sub(b.opened) < openFor {
		return b.failed, false
	}
	b.probing = true
	return b.failed, true
}

// leave notes how it went. What is the server's fault counts; that it has answered
// whatever it was asked closes the breaker.
func (b *breaker) leave(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	var e *ask.Error
	switch {
	case err == nil:
		b.failed = 0
	case !errors.As(err, &e), e.Reason == ask.NotPermitted: // it may not have been asked
	case e.Reason == ask.Unavailable || e.Reason == ask.TooLate:
		b.failed++
		b.opened = b.now()
	default:
		b.failed = 0
	}
}
