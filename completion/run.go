package completion

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/completion/redact"
)

// DefaultMaxCalls is how many requests one run may send.
const DefaultMaxCalls = 50

// Run asks a model for one run of a command: no question twice, and no more often
// than it may. It is safe for concurrent use.
type Run struct {
	client *Client
	most   int

	mu    sync.Mutex
	calls int
	asked map[[sha256.Size]byte]*once
}

// once is a question that was asked, or is being asked.
type once struct {
	done  chan struct{} // closed when there is a reply, or an error
	reply ask.Reply
	err   error
}

// errUsedUp is what Permit says when no request is left.
var errUsedUp = errors.New("no request is left")

// NewRun returns what asks a client's model in one run, with maxCalls requests at
// most.
func NewRun(c *Client, maxCalls int) *Run {
	return &Run{client: c, most: maxCalls, asked: map[[sha256.Size]byte]*once{}}
}

// Ask implements ask.Completer. A question that would be sent in the same bytes as
// one before, but for the tags in the places of secrets, has the reply of that one, if its
// own Check accepts it. Corrections and requests that are sent again are calls too.
func (r *Run) Ask(ctx context.Context, q ask.Question) (ask.Reply, error) {
	key, err := r.client.sent(q)
	if err != nil {
		return ask.Reply{}, err
	}
	r.mu.Lock()
	o := r.asked[key]
	first := o == nil
	if first {
		o = &once{done: make(chan struct{})}
		r.asked[key] = o
	}
	r.mu.Unlock()
	if first {
		defer close(o.done)
		o.reply, o.err = r.ask(ctx, q)
		return o.reply, o.err
	}
	select {
	case <-o.done:
	case <-ctx.Done():
		return ask.Reply{}, ctx.Err()
	}
	// What is not shown may be another, and then so may be what fits it.
	if o.err == nil && q.Check(o.reply.Answer) != nil {
		return r.ask(ctx, q)
	}
	return o.reply, o.err
}

// ask asks within what is left.
func (r *Run) ask(ctx context.Context, q ask.Question) (ask.Reply, error) {
	permit, usedUp := q.Permit, false
	q.Permit = func(tokens int) error {
		if permit != nil {
			if err := permit(tokens); err != nil {
				return err
			}
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.calls >= r.most {
			usedUp = true
			return errUsedUp
		}
		r.calls++
		return nil
	}
	reply, err := r.client.Ask(ctx, q)
	if err != nil && usedUp && ctx.Err() == nil {
		err = &ask.Error{Reason: ask.UsedUp, Detail: fmt.Sprintf("The model %s was sent as many requests as one run may send: %d.", r.client.opts.Model, r.most)}
	}
	return reply, err
}

// sent is the hash of what is sent to ask a question. Tags are in it by their
// order: those of one question are others in the next.
func (c *Client) sent(q ask.Question) (sum [sha256.Size]byte, err error) {
	if err := askable(q); err != nil {
		return sum, err
	}
	doc, err := known(q, c.redactor(q))
	if err != nil {
		return sum, unaskable(err)
	}
	raw, err := encoded(doc)
	if err != nil {
		return sum, unaskable(err)
	}
	all, err := json.Marshal([]string{q.Instructions, string(q.Schema), redact.Numbered(string(raw))})
	if err != nil {
		return sum, unaskable(err)
	}
	return sha256.Sum256(all), nil
}

// redactor returns what takes a question's secrets out.
func (c *Client) redactor(q ask.Question) *redact.Redactor {
	return redact.New(append([]string{c.opts.Key}, q.Secrets...))
}
