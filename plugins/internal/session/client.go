package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins/convert"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	gproto "google.golang.org/protobuf/proto"
)

// Client is a provider at the other end of a session. It has the methods of all
// optional capabilities; which of them the provider has is in its schema, and
// the others fail with an error that is errors.ErrUnsupported.
//
// When a request's context ends, the provider is told to give up. Apply waits
// for its answer all the same, because what exists by then must not be lost;
// everything else returns at once. When the session breaks, every request that
// waits returns the error that says why.
type Client struct {
	name string
	out  *outbox
	stop context.CancelFunc // ends the stream

	timeout, changeTimeout time.Duration

	mu     sync.Mutex
	calls  map[uint64]*call
	lastID uint64
	broken error           // set when no call can succeed any more
	given  map[uint64]bool // up, and not answered yet

	done   chan struct{} // closed when the session is over
	schema *providers.Schema
	types  *convert.Types
}

// Options are what a client is told when it is opened.
type Options struct {
	// Name is what messages call the provider.
	Name string
	// Explain turns the error with which the session broke into the one that
	// requests return. It may wait, for instance for a process to end.
	Explain func(error) error
	// Timeout is how long a request may take, and ChangeTimeout how long one that
	// changes something may say nothing of its progress; 0 is for ever.
	Timeout, ChangeTimeout time.Duration
}

// Open opens a session on conn and asks for the provider's schema, which it
// checks. When ctx ends first, that fails; later it has no meaning.
func Open(ctx context.Context, conn grpc.ClientConnInterface, opts Options) (*Client, error) {
	streamCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	stream, err := proto.NewProviderClient(conn).Session(streamCtx)
	if err != nil {
		stop()
		return nil, explain(opts, err)
	}
	c := &Client{
		name: opts.Name, out: newOutbox(), stop: stop, timeout: opts.Timeout, changeTimeout: opts.ChangeTimeout,
		calls: make(map[uint64]*call), given: make(map[uint64]bool), done: make(chan struct{}),
	}
	// A broken stream is noticed where it is read, whatever broke it.
	go func() {
		c.out.close(c.out.run(streamCtx, stream.Send))
		stop()
	}()
	go func() {
		defer close(c.done)
		c.fail(c.receive(stream), opts)
		stop()
	}()
	if err := c.describe(ctx); err != nil {
		c.Abandon()
		return nil, err
	}
	return c, nil
}

func explain(opts Options, err error) error {
	if opts.Explain == nil {
		return err
	}
	return opts.Explain(err)
}

// describe gets the schema, without which nothing can be encoded.
func (c *Client) describe(ctx context.Context) error {
	answer, err := c.ask(ctx, proto.Kind_KIND_SCHEMA, nil, nil)
	var res proto.Schema
	switch {
	case err == nil && len(answer.GetBody()) > maxSchema:
		err = fmt.Errorf("it takes %d MiB, and a schema may take %d at most; %s", len(answer.GetBody())>>20, maxSchema>>20, blame)
	case err == nil:
		err = decodeAnswer(answer, &res)
	}
	if err != nil {
		return c.wrap(proto.Kind_KIND_SCHEMA, "", err)
	}
	schema, err := convert.DecodeSchema(&res)
	if err == nil {
		err = schema.Check()
	}
	if err != nil {
		return fmt.Errorf("the schema of provider %s is not valid; %s:\n%w", c.name, blame, err)
	}
	c.schema, c.types = schema, convert.NewTypes(schema)
	return nil
}

// Done returns a channel that is closed when the session is over.
func (c *Client) Done() <-chan struct{} { return c.done }

// Shutdown asks the provider to close itself, waits for that, and ends the
// session. When ctx ends first, or the session is over already, it is an error.
func (c *Client) Shutdown(ctx context.Context) error {
	err := c.do(ctx, proto.Kind_KIND_CLOSE, nil, nil, nil)
	c.Abandon()
	if err != nil {
		return c.wrap(proto.Kind_KIND_CLOSE, "", err)
	}
	return nil
}

// Abandon ends the session without a word and waits until it is over. Requests
// that still wait fail.
func (c *Client) Abandon() {
	c.mu.Lock()
	if c.broken == nil {
		c.broken = errors.New("the provider has been closed")
	}
	c.mu.Unlock()
	c.stop()
	<-c.done
}

// call is a request in flight.
type call struct {
	answer chan *proto.Message // takes one; nil in it means that the session broke
	notes  *notes              // nil when there are none to be expected
}

func (c *Client) receive(stream proto.Provider_SessionClient) error {
	for {
		frame, err := stream.Recv()
		switch {
		case status.Code(err) == codes.ResourceExhausted:
			return violation("it sent a message larger than %d MiB", MaxMessage>>20)
		case err != nil:
			return err
		}
		for _, m := range frame.GetMessages() {
			if err := c.dispatch(m); err != nil {
				return err
			}
		}
	}
}

// dispatch hands a message to the call that it is about. It never waits. A
// message about a call that nobody waits for any more is dropped. What was never
// asked, or has been answered, is no mishap: then nothing that the provider says
// can be believed.
func (c *Client) dispatch(m *proto.Message) error {
	kind, id := m.GetKind(), m.GetId()
	last := kind == proto.Kind_KIND_RESULT || kind == proto.Kind_KIND_FAILURE
	if !last && kind != proto.Kind_KIND_PROGRESS && kind != proto.Kind_KIND_EVENT {
		return violation("it sent a message of kind %d, which only Clockwork may send", kind)
	}
	c.mu.Lock()
	call := c.calls[id]
	asked, given := id != 0 && id <= c.lastID, c.given[id]
	if last {
		delete(c.calls, id)
		delete(c.given, id)
	}
	c.mu.Unlock()
	switch {
	case !asked:
		return violation("it answered request %d, which it was never asked", id)
	case call == nil && last && !given:
		return violation("it answered request %d twice", id)
	case call == nil:
	case last:
		call.answer <- m
	case call.notes != nil:
		call.notes.put(m)
	}
	return nil
}

// fail ends every call, now and later, because of err.
func (c *Client) fail(err error, opts Options) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken == nil { // else we ended the session ourselves
		c.mu.Unlock()
		if errors.Is(err, io.EOF) {
			err = errors.New("the provider ended the session")
		}
		err = explain(opts, err)
		c.mu.Lock()
		c.broken = err
	}
	for id, call := range c.calls {
		delete(c.calls, id)
		call.answer <- nil
	}
}

// do sends a request and waits for the answer, which it decodes into res unless
// that is nil. It calls note, when there is one, for whatever comes before.
func (c *Client) do(ctx context.Context, kind proto.Kind, req, res gproto.Message, note func(*proto.Message)) error {
	answer, err := c.ask(ctx, kind, req, note)
	if err != nil {
		return err
	}
	return decodeAnswer(answer, res)
}

// ask sends a request and waits for the answer.
func (c *Client) ask(ctx context.Context, kind proto.Kind, req gproto.Message, note func(*proto.Message)) (*proto.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m := &proto.Message{Kind: kind}
	if req != nil {
		var err error
		if m.Body, err = gproto.Marshal(req); err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
	}
	if len(m.Body) > MaxMessage {
		return nil, fmt.Errorf("the request takes %d MiB, and at most %d MiB can be sent to a provider", len(m.Body)>>20, MaxMessage>>20)
	}
	call := &call{answer: make(chan *proto.Message, 1)}
	if note != nil {
		call.notes = &notes{filled: make(chan struct{}, 1)}
	}
	c.mu.Lock()
	if c.broken != nil {
		c.mu.Unlock()
		return nil, c.broken
	}
	c.lastID++
	m.Id = c.lastID
	c.calls[m.Id] = call
	c.mu.Unlock()

	limit := c.limitOf(kind)
	ctx, d := newDeadline(ctx, limit)
	defer d.end()
	// When it cannot be sent because the session broke, the call is about to be
	// answered with the reason.
	if err := c.out.put(ctx, m); err != nil && ctx.Err() != nil {
		c.forget(m.Id)
		return nil, lateOr(ctx, limit)
	}
	return c.await(ctx, m.Id, kind, call, note, d)
}

// lateOr says why a request was given up.
func lateOr(ctx context.Context, limit time.Duration) error {
	if context.Cause(ctx) == errTooLate {
		return late(limit)
	}
	return ctx.Err()
}

// await returns the last message about a call.
func (c *Client) await(ctx context.Context, id uint64, kind proto.Kind, call *call, note func(*proto.Message), d *deadline) (*proto.Message, error) {
	var filled <-chan struct{}
	if call.notes != nil {
		filled = call.notes.filled
	}
	done := ctx.Done()
	var over <-chan time.Time // when an apply is not waited for any more
	for {
		select {
		case answer := <-call.answer:
			if call.notes != nil {
				call.notes.drain(note)
			}
			if answer == nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				return nil, c.broken
			}
			return answer, nil
		case <-filled:
			d.extend()
			call.notes.drain(note)
		case <-done:
			c.out.putNow(&proto.Message{Id: id, Kind: proto.Kind_KIND_CANCEL})
			if kind != proto.Kind_KIND_APPLY {
				c.forget(id)
				return nil, lateOr(ctx, c.limitOf(kind))
			}
			// It says what exists by now; one that has been silent for long gets
			// not much more time for that.
			done = nil
			if context.Cause(ctx) == errTooLate {
				over = time.After(min(cancelGrace, d.limit))
			}
		case <-over:
			c.forget(id)
			return nil, late(d.limit)
		}
	}
}

// cancelGrace is how long a provider that was silent for too long may take to
// give up.
const cancelGrace = 30 * time.Second

// forget drops a call that nobody waits for any more.
func (c *Client) forget(id uint64) {
	c.mu.Lock()
	if c.calls[id] != nil {
		delete(c.calls, id)
		c.given[id] = true
	}
	c.mu.Unlock()
}

func decodeAnswer(m *proto.Message, res gproto.Message) error {
	if m.GetKind() == proto.Kind_KIND_FAILURE {
		var f proto.Failure
		if err := gproto.Unmarshal(m.GetBody(), &f); err != nil {
			return malformed(err)
		}
		message := cut(f.GetMessage(), maxText)
		if f.GetCode() == proto.Failure_CODE_PANIC {
			message += "; " + blame
		}
		return &Error{Code: f.GetCode(), Message: message}
	}
	if res == nil {
		return nil
	}
	if err := gproto.Unmarshal(m.GetBody(), res); err != nil {
		return malformed(err)
	}
	return nil
}

func malformed(err error) error { return fmt.Errorf("its answer cannot be read (%w); %s", err, blame) }

// wrap says what an error is about.
func (c *Client) wrap(kind proto.Kind, address string, err error) error {
	what := method(kind)
	if address != "" {
		what += " of " + address
	}
	return fmt.Errorf("provider %s: %s: %w", c.name, what, err)
}
