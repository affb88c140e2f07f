package session

import (
	"sync"

	"github.com/clockwork-hcl/clockwork/plugins/proto"
)

// maxNotes is how many notes about one call may wait to be looked at.
const maxNotes = 1024

// notes holds what came about a call before its answer, for whoever made the
// call to look at in its own time. When it does not, the notes are given up: a
// nil among those drained says that some are missing.
type notes struct {
	mu     sync.Mutex
	queue  []*proto.Message
	lost   bool
	filled chan struct{} // takes one
}

func (n *notes) put(m *proto.Message) {
	n.mu.Lock()
	if len(n.queue) == maxNotes {
		n.queue, n.lost = nil, true
	}
	n.queue = append(n.queue, m)
	n.mu.Unlock()
	select {
	case n.filled <- struct{}{}:
	default:
	}
}

// drain calls look for everything that is there.
func (n *notes) drain(look func(*proto.Message)) {
	n.mu.Lock()
	queue, lost := n.queue, n.lost
	n.queue, n.lost = nil, false
	n.mu.Unlock()
	if lost {
		look(nil)
	}
	for _, m := range queue {
		look(m)
	}
}
