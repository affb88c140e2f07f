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

// Memory is what is learned about servers and models while they are asked: which way
// of asking they know, and whether they fail. Clients that share one spare each
// other finding out. It is safe for concurrent use; its zero value is ready.
type Memory struct {
	mu     sync.Mutex
	models map[string]*learned
}

// learned is what is known about one model at one server.
type learned struct {
	breaker breaker

	mu    sync.Mutex
	shape shape // that the server took last, or the first to try
}

// of returns what is known about a model.
func (m *Memory) of(server, model string) *learned {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.models == nil {
		m.models = map[string]*learned{}
	}
	name := server + " " + model
	if m.models[name] == nil {
		m.models[name] = &learned{}
	}
	return m.models[name]
}

// remembered is the way of asking that is tried first.
func (l *learned) remembered() shape {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shape
}

// remember notes how an answer was got.
func (l *learned) remember(s shape) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shape = s
}

// breaker keeps a server that fails from being asked again and again.
type breaker struct {
	mu      sync.Mutex
	failed  int // in a row
	opened  time.Time
	probing bool
}

// enter says no while the server is left alone, and how often it has failed. After
// that time one may try it. leave has to follow a yes.
func (b *breaker) enter(now time.Time) (failed int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < openAfter {
		return b.failed, true
	}
	if b.probing || now.Sub(b.opened) < openFor {
		return b.failed, false
	}
	b.probing = true
	return b.failed, true
}

// leave notes how it went. What is the server's fault counts; that it has answered
// whatever it was asked closes the breaker.
func (b *breaker) leave(now time.Time, err error) {
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
		b.opened = now
	default:
		b.failed = 0
	}
}
