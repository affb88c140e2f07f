package session

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/clockwork-hcl/clockwork/plugins/proto"
)

const (
	// maxQueued is how many bytes may wait to be sent before whoever has more
	// must wait too.
	maxQueued = 16 << 20
	// frameSize is when a frame is full.
	frameSize = 256 << 10
)

// outbox holds the messages that wait to be sent. Many put, one goroutine sends.
type outbox struct {
	mu     sync.Mutex
	queue  []*proto.Message
	spare  []*proto.Message // the queue's memory, used in turns
	bytes  int
	room   chan struct{} // closed when there is room; nil when nobody waits for it
	err    error         // set once, when nothing can be sent any more
	filled chan struct{}
}

func newOutbox() *outbox {
	return &outbox{filled: make(chan struct{}, 1)}
}

// put queues a message. It waits while too much is queued already, and fails
// when ctx ends meanwhile or nothing can be sent any more.
func (o *outbox) put(ctx context.Context, m *proto.Message) error {
	if len(m.Body) > MaxMessage {
		return fmt.Errorf("it takes %d MiB, and at most %d MiB can be sent", len(m.Body)>>20, MaxMessage>>20)
	}
	for {
		o.mu.Lock()
		if o.err != nil {
			o.mu.Unlock()
			return o.err
		}
		if o.bytes == 0 || o.bytes+len(m.Body) <= maxQueued {
			o.add(m)
			return nil
		}
		if o.room == nil {
			o.room = make(chan struct{})
		}
		room := o.room
		o.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// putNow queues a small message without waiting for room.
func (o *outbox) putNow(m *proto.Message) {
	o.mu.Lock()
	o.add(m)
}

// add queues a message and unlocks.
func (o *outbox) add(m *proto.Message) {
	o.queue = append(o.queue, m)
	o.bytes += len(m.Body)
	o.mu.Unlock()
	select {
	case o.filled <- struct{}{}:
	default:
	}
}

// take returns all that is queued. It is good until the call after the next.
func (o *outbox) take() []*proto.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	queue := o.queue
	clear(o.spare)
	o.queue, o.spare = o.spare[:0], queue
	o.bytes = 0
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
	return queue
}

// close makes every further put fail with err.
func (o *outbox) close(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}

// run sends what is queued, until ctx ends or send fails.
func (o *outbox) run(ctx context.Context, send func(*proto.Frame) error) error {
	for {
		select {
		case <-o.filled:
		case <-ctx.Done():
			return ctx.Err()
		}
		// Whoever is about to put gets the chance: a frame costs more than
		// letting them.
		runtime.Gosched()
		for queue := o.take(); len(queue) > 0; {
			n, size := 0, 0
			for n < len(queue) && (n == 0 || size+len(queue[n].Body) <= frameSize) {
				size += len(queue[n].Body)
				n++
			}
			if err := send(&proto.Frame{Messages: queue[:n]}); err != nil {
				return err
			}
			queue = queue[n:]
		}
	}
}
