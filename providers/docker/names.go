package docker

import (
	"context"
	"sync"
)

// names are names that something is being made under, so that two resources
// that claim one name are served one after the other. The engine itself does
// not look twice.
type names struct {
	mu   sync.Mutex
	held map[string]chan struct{}
}

// hold waits until nobody else holds the name. The function it returns lets go.
func (n *names) hold(ctx context.Context, name string) (func(), error) {
	for {
		done, busy := n.take(name)
		if busy == nil {
			return done, nil
		}
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take holds the name, or returns what ends when somebody else lets it go.
func (n *names) take(name string) (release func(), busy chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if busy := n.held[name]; busy != nil {
		return nil, busy
	}
	if n.held == nil {
		n.held = map[string]chan struct{}{}
	}
	mine := make(chan struct{})
	n.held[name] = mine
	return func() {
		n.mu.Lock()
		delete(n.held, name)
		n.mu.Unlock()
		close(mine)
	}, nil
}
