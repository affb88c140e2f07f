package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins/convert"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	gproto "google.golang.org/protobuf/proto"
)

const (
	// maxWorkers is how many requests a provider works on at once. Those that
	// watch are not counted: they last.
	maxWorkers = 256
	// partingGrace is how long a provider whose host is gone gets to let go of
	// what it has in hand.
	partingGrace = time.Second
)

// Server serves one provider on one session.
type Server struct {
	proto.UnimplementedProviderServer

	// Name is what messages call the provider.
	Name string
	// Log gets the stacks of panics.
	Log io.Writer
	// Opened, when set, is called when the host has opened the session.
	Opened func()

	provider providers.Provider
	opened   atomic.Bool
	asked    atomic.Bool
	ended    chan struct{}
}

// NewServer returns a server for p, which it closes in the end.
func NewServer(name string, p providers.Provider, log io.Writer) *Server {
	return &Server{Name: name, Log: log, provider: p, ended: make(chan struct{})}
}

// Ended returns a channel that is closed when the session is over and the
// provider closed.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// Asked tells whether the host has asked the provider to end.
func (s *Server) Asked() bool { return s.asked.Load() }

// Session implements proto.ProviderServer.
func (s *Server) Session(stream proto.Provider_SessionServer) error {
	if !s.opened.CompareAndSwap(false, true) {
		return status.Error(codes.FailedPrecondition, "the provider has a session already")
	}
	if s.Opened != nil {
		s.Opened()
	}
	defer close(s.ended)
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	ss := &serverSession{
		server: s, ctx: ctx, out: newOutbox(),
		running: make(map[uint64]*job), work: make(chan *job, maxWorkers),
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		ss.out.close(ss.out.run(ctx, stream.Send))
		cancel()
	}()
	err := ss.receive(stream)
	cancel()
	<-sent
	ss.part()
	return err
}

// serverSession is a session as the provider's end sees it.
type serverSession struct {
	server *Server
	ctx    context.Context
	out    *outbox

	mu      sync.Mutex
	running map[uint64]*job // and those that wait to
	waiting []*job          // for a worker
	workers int             // that there are
	idle    int             // of them have nothing to do
	work    chan *job       // for those that are idle

	jobs    sync.WaitGroup // all but KIND_CLOSE
	closing bool           // used by receive only
	closed  sync.Once

	describe sync.Once
	schema   *providers.Schema
	types    *convert.Types
	problem  error // why there are no types
}

// job is one request.
type job struct {
	id     uint64
	kind   proto.Kind
	body   []byte
	ctx    context.Context
	cancel context.CancelFunc
	object string // the type that it turned out to be about
}

func (s *serverSession) receive(stream proto.Provider_SessionServer) error {
	for {
		frame, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		for _, m := range frame.GetMessages() {
			s.accept(m)
		}
	}
}

// accept takes in one message. It never waits, so that a request to cancel is
// always heard.
func (s *serverSession) accept(m *proto.Message) {
	if m.GetKind() == proto.Kind_KIND_CANCEL {
		s.mu.Lock()
		j := s.running[m.GetId()]
		s.mu.Unlock()
		if j != nil {
			j.cancel()
		}
		return
	}
	j := &job{id: m.GetId(), kind: m.GetKind(), body: m.GetBody()}
	if s.closing {
		go s.answer(j, nil, errors.New("the provider is being closed"))
		return
	}
	if j.kind == proto.Kind_KIND_CLOSE {
		s.closing = true
		s.server.asked.Store(true)
		go func() { s.answer(j, nil, s.close()) }()
		return
	}
	j.ctx, j.cancel = context.WithCancel(s.ctx)
	s.jobs.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[j.id] = j
	switch {
	case j.kind == proto.Kind_KIND_WATCH:
		go s.run(j)
	case s.idle > 0:
		s.idle--
		s.work <- j
	case s.workers < maxWorkers:
		s.workers++
		go s.worker(j)
	default:
		s.waiting = append(s.waiting, j)
	}
}

// worker runs j and then whatever else there is to do. Workers are kept for
// their stacks, which would have to grow anew for each request.
func (s *serverSession) worker(j *job) {
	for {
		s.run(j)
		s.mu.Lock()
		if len(s.waiting) > 0 {
			j = s.waiting[0]
			s.waiting[0] = nil
			s.waiting = s.waiting[1:]
			s.mu.Unlock()
			continue
		}
		s.idle++
		s.mu.Unlock()
		var more bool
		if j, more = <-s.work; !more {
			return
		}
	}
}

// run answers one request.
func (s *serverSession) run(j *job) {
	defer s.jobs.Done()
	result, err := s.serve(j)
	s.mu.Lock()
	delete(s.running, j.id)
	s.mu.Unlock()
	j.cancel()
	s.answer(j, result, err)
}

// serve calls the provider. A panic in it concerns this request alone.
func (s *serverSession) serve(j *job) (result gproto.Message, err error) {
	// Nobody waits any more for what was given up before it began. An apply is
	// for the provider to refuse, because it must say what exists.
	if j.kind != proto.Kind_KIND_APPLY && j.ctx.Err() != nil {
		return nil, j.ctx.Err()
	}
	defer func() {
		if r := recover(); r != nil {
			what := method(j.kind)
			if j.object != "" {
				what += " of " + j.object
			}
			fmt.Fprintf(s.server.Log, "provider %s: recovered from a panic in %s: %v\n\n%s", s.server.Name, what, r, debug.Stack())
			result, err = nil, &Error{
				Code:    proto.Failure_CODE_PANIC,
				Message: fmt.Sprintf("a bug in the provider: it panicked in %s: %v (its log has the stack)", what, r),
			}
		}
	}()
	if j.kind != proto.Kind_KIND_SCHEMA {
		if err := s.know(); err != nil {
			return nil, err
		}
	}
	return s.call(j)
}

// answer sends the last word on a request.
func (s *serverSession) answer(j *job, result gproto.Message, err error) {
	m := &proto.Message{Id: j.id, Kind: proto.Kind_KIND_RESULT}
	if err == nil && result != nil {
		m.Body, err = gproto.Marshal(result)
	}
	if err == nil && len(m.Body) > MaxMessage {
		err = fmt.Errorf("the provider's answer takes %d MiB, and at most %d MiB can be sent", len(m.Body)>>20, MaxMessage>>20)
	}
	if err != nil {
		m.Kind = proto.Kind_KIND_FAILURE
		m.Body, _ = gproto.Marshal(failureOf(err))
	}
	// When it cannot be sent, nobody is left to be told.
	_ = s.out.put(s.ctx, m)
}

// know gets the schema, which everything else needs.
func (s *serverSession) know() error {
	s.describe.Do(func() {
		// Not the request's context: the answer serves all requests.
		schema, err := s.server.provider.Schema(s.ctx)
		if err == nil && schema == nil {
			err = errors.New("it is empty")
		}
		if err != nil {
			s.problem = fmt.Errorf("the provider's schema: %w", err)
			return
		}
		filled := *schema
		filled.Capabilities = providers.CapabilitiesOf(s.server.provider)
		s.schema, s.types = &filled, convert.NewTypes(&filled)
	})
	if s.problem == nil && s.types == nil {
		return errors.New("the provider has no schema, because it panicked when asked for it")
	}
	return s.problem
}

// close lets running applies end, gives up everything else, and closes the
// provider.
func (s *serverSession) close() error {
	s.mu.Lock()
	for _, j := range s.running {
		if j.kind != proto.Kind_KIND_APPLY {
			j.cancel()
		}
	}
	s.mu.Unlock()
	s.jobs.Wait()
	return s.closeProvider()
}

func (s *serverSession) closeProvider() (err error) {
	s.closed.Do(func() {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("the provider panicked in Close: %v", r)
			}
		}()
		err = s.server.provider.Close()
	})
	return err
}

// part ends what the host has left behind, when nothing more is accepted.
func (s *serverSession) part() {
	close(s.work)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.jobs.Wait()
		_ = s.closeProvider()
	}()
	select {
	case <-done:
	case <-time.After(partingGrace):
	}
}
