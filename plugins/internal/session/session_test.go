package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/internal/session"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
)

// wire is a server and a connection to it, for tests that need more of them
// than a provider.
type wire struct {
	server  *grpc.Server
	session *session.Server
	conn    *grpc.ClientConn
	log     *bytes.Buffer // to be read when the session is over
}

func connect(t *testing.T, p providers.Provider) wire {
	t.Helper()
	w := wire{server: grpc.NewServer(session.ServerOptions()...), log: new(bytes.Buffer)}
	listener := bufconn.Listen(1 << 16)
	w.session = session.NewServer("acme/fake", p, w.log)
	proto.RegisterProviderServer(w.server, w.session)
	go func() { _ = w.server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///x", append(session.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
	)...)
	if err != nil {
		t.Fatal(err)
	}
	w.conn = conn
	t.Cleanup(func() {
		_ = conn.Close()
		w.server.Stop()
	})
	return w
}

func openRaw(t *testing.T, p providers.Provider) (*session.Client, error) {
	return session.Open(bg, connect(t, p).conn, session.Options{Name: "acme/fake"})
}

func TestManyInFlight(t *testing.T) {
	const many = 10000
	p := open(t, &able{fake: fake{read: func(_ context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
		return providers.ReadResponse{State: named("found " + req.State.GetAttr("name").AsString())}, nil
	}}})
	var wg sync.WaitGroup
	for i := range many {
		wg.Add(1)
		go func() {
			defer wg.Done()
			name := fmt.Sprint(i)
			res, err := p.Read(bg, providers.ReadRequest{Target: target(name), State: named(name)})
			if err != nil || res.State.GetAttr("name").AsString() != "found "+name {
				t.Errorf("%s: got %#v, %v", name, res.State, err)
			}
		}()
	}
	wg.Wait()
}

// Requests beyond those that are worked on wait their turn, and are not begun
// when they are cancelled meanwhile.
func TestCancelRead(t *testing.T) {
	const busy, waiting = 256, 100
	started, ended := make(chan struct{}, busy+waiting), make(chan struct{}, busy+waiting)
	p := open(t, &able{fake: fake{read: func(ctx context.Context, _ providers.ReadRequest) (providers.ReadResponse, error) {
		started <- struct{}{}
		<-ctx.Done()
		ended <- struct{}{}
		return providers.ReadResponse{}, ctx.Err()
	}}})
	read := func(ctx context.Context, n int) <-chan error {
		errs := make(chan error, n)
		for range n {
			go func() {
				_, err := p.Read(ctx, providers.ReadRequest{Target: target("a"), State: full("a")})
				errs <- err
			}()
		}
		return errs
	}
	busyCtx, cancelBusy := context.WithCancel(bg)
	busyErrs := read(busyCtx, busy)
	for range busy {
		<-started
	}
	waitingCtx, cancelWaiting := context.WithCancel(bg)
	waitingErrs := read(waitingCtx, waiting)
	cancelWaiting()
	for range waiting {
		if err := <-waitingErrs; !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	}
	cancelBusy()
	for range busy {
		if err := <-busyErrs; !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	}
	for range busy {
		<-ended
	}
	// The session goes on, and by its end all that waited has had its turn.
	if _, err := p.Configure(bg, providers.ConfigureRequest{}); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(started); n != 0 {
		t.Errorf("%d reads were begun after they had been cancelled", n)
	}
}

func TestCancelledBeforeSent(t *testing.T) {
	p := open(t, &able{})
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if _, err := p.Read(ctx, providers.ReadRequest{Target: target("a")}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

// A hung provider cannot hold up whoever has given up on it.
func TestCancelHungRead(t *testing.T) {
	hang, hung := make(chan struct{}), make(chan struct{})
	p := open(t, &able{fake: fake{read: func(context.Context, providers.ReadRequest) (providers.ReadResponse, error) {
		close(hung)
		<-hang
		return providers.ReadResponse{}, nil
	}}})
	defer close(hang)
	ctx, cancel := context.WithCancel(bg)
	go func() { <-hung; cancel() }()
	if _, err := p.Read(ctx, providers.ReadRequest{Target: target("a")}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

// What an apply did is not lost because nobody wanted to wait.
func TestCancelApply(t *testing.T) {
	ctx, cancel := context.WithCancel(bg)
	p := open(t, &able{fake: fake{apply: func(inner context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
		cancel()
		<-inner.Done()
		req.Progress("undoing")
		return providers.ApplyResponse{State: named("what is left"), Tainted: true}, nil
	}}})
	var progress []string
	res, err := p.Apply(ctx, providers.ApplyRequest{
		Target: target("a"), Action: providers.Update,
		Progress: func(m string) { progress = append(progress, m) },
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, res.State, named("what is left"))
	if !res.Tainted || len(progress) != 1 {
		t.Errorf("got %+v, progress %q", res, progress)
	}
}

func TestPanic(t *testing.T) {
	a := &able{fake: fake{read: func(context.Context, providers.ReadRequest) (providers.ReadResponse, error) {
		panic("index out of anything")
	}}}
	w := connect(t, a)
	c, err := session.Open(bg, w.conn, session.Options{Name: "acme/fake"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Read(bg, providers.ReadRequest{Target: target("a"), State: full("a")})
	for _, part := range []string{"acme/fake", "Read of thing", "index out of anything"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want %q", err, part)
		}
	}
	if _, err := c.Configure(bg, providers.ConfigureRequest{}); err != nil {
		t.Errorf("after a panic: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if log := w.log.String(); !strings.Contains(log, "fake_test.go") || !strings.Contains(log, "index out of anything") {
		t.Errorf("the log has no stack: %s", log)
	}
}

// When the other end vanishes, whoever waits is told why, as is whoever comes
// later.
func TestBreak(t *testing.T) {
	a := &able{}
	w := connect(t, a)
	a.apply = func(ctx context.Context, _ providers.ApplyRequest) (providers.ApplyResponse, error) {
		go w.server.Stop()
		<-ctx.Done()
		return providers.ApplyResponse{}, ctx.Err()
	}
	gone := errors.New("the process is gone")
	c, err := session.Open(bg, w.conn, session.Options{Name: "acme/fake", Explain: func(error) error { return gone }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.Apply(bg, providers.ApplyRequest{Target: target("a"), Action: providers.Create}); !errors.Is(err, gone) {
		t.Fatalf("got %v", err)
	}
	<-c.Done()
	if _, err = c.Read(bg, providers.ReadRequest{Target: target("a")}); !errors.Is(err, gone) {
		t.Fatalf("got %v", err)
	}
	<-w.session.Ended()
	if n := a.closed.Load(); n != 1 {
		t.Errorf("the provider was closed %d times", n)
	}
}

// Closing lets an apply end, but nothing else hold it up.
func TestClose(t *testing.T) {
	applying, reading := make(chan struct{}), make(chan struct{})
	a := &able{}
	a.read = func(ctx context.Context, _ providers.ReadRequest) (providers.ReadResponse, error) {
		close(reading)
		<-ctx.Done()
		return providers.ReadResponse{}, ctx.Err()
	}
	finish := make(chan struct{})
	a.apply = func(ctx context.Context, _ providers.ApplyRequest) (providers.ApplyResponse, error) {
		close(applying)
		<-finish
		return providers.ApplyResponse{State: named("done")}, ctx.Err()
	}
	p := open(t, a)
	applied, read, closed := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	go func() {
		res, err := p.Apply(bg, providers.ApplyRequest{Target: target("a"), Action: providers.Create})
		if err == nil && res.State == cty.NilVal {
			err = errors.New("no state")
		}
		applied <- err
	}()
	go func() {
		_, err := p.Read(bg, providers.ReadRequest{Target: target("a")})
		read <- err
	}()
	<-applying
	<-reading
	go func() { closed <- p.Close() }()
	if err := <-read; !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
	if n := a.closed.Load(); n != 0 {
		t.Error("the provider was closed with an apply running")
	}
	close(finish)
	if err := <-applied; err != nil {
		t.Errorf("apply: %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	if n := a.closed.Load(); n != 1 {
		t.Errorf("the provider was closed %d times", n)
	}
	if _, err := p.Read(bg, providers.ReadRequest{Target: target("a")}); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after the end: %v", err)
	}
	if err := p.Close(); err == nil {
		t.Error("closed twice")
	}
}

func TestHuge(t *testing.T) {
	p := open(t, &able{fake: fake{read: func(_ context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
		m := req.State.AsValueMap()
		m["mode"] = cty.StringVal("changed") // so that it all goes back
		return providers.ReadResponse{State: cty.ObjectVal(m)}, nil
	}}})
	state := func(size int) cty.Value {
		m := full("a").AsValueMap()
		m["content"] = cty.StringVal(strings.Repeat("x", size))
		return cty.ObjectVal(m)
	}
	const size = 9 << 20 // more than gRPC lets pass by itself
	res, err := p.Read(bg, providers.ReadRequest{Target: target("a"), State: state(size)})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(res.State.GetAttr("content").AsString()); got != size {
		t.Errorf("got %d bytes", got)
	}
	_, err = p.Read(bg, providers.ReadRequest{Target: target("a"), Private: make([]byte, session.MaxMessage)})
	if err == nil || !strings.Contains(err.Error(), "takes 256 MiB, and at most 256 MiB can be sent") {
		t.Errorf("got %v", err)
	}
	if _, err := p.Configure(bg, providers.ConfigureRequest{}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestWatch(t *testing.T) {
	a := &able{}
	a.watch = func(ctx context.Context, req providers.WatchRequest, notify func(providers.Event)) error {
		if len(req.Resources) != 1 || req.Resources[0].Target != target("a") || req.Configuration != "fake" {
			t.Errorf("got %+v", req)
		}
		notify(providers.Event{Kind: providers.Resync})
		notify(providers.Event{Address: "thing.a", Kind: "died", Message: "exit code 137"})
		<-ctx.Done()
		return ctx.Err()
	}
	p := open(t, a).(providers.Watcher)
	ctx, cancel := context.WithCancel(bg)
	var events []providers.Event
	err := p.Watch(ctx, providers.WatchRequest{
		Configuration: "fake", Resources: []providers.WatchTarget{{Target: target("a"), State: full("a")}},
	}, func(e providers.Event) {
		if events = append(events, e); len(events) == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if len(events) != 2 || events[0].Kind != providers.Resync || events[1] != (providers.Event{Address: "thing.a", Kind: "died", Message: "exit code 137"}) {
		t.Errorf("got %+v", events)
	}
}

// Whoever does not take events learns that some are lost, and holds up nobody.
func TestWatchOverflow(t *testing.T) {
	const many = 5000
	sent := make(chan struct{})
	a := &able{}
	a.watch = func(_ context.Context, _ providers.WatchRequest, notify func(providers.Event)) error {
		for i := range many {
			notify(providers.Event{Kind: "changed", Message: fmt.Sprint(i)})
		}
		close(sent)
		return nil
	}
	p := open(t, a)
	var resyncs, events int
	var last string
	err := p.(providers.Watcher).Watch(bg, providers.WatchRequest{}, func(e providers.Event) {
		if events == 0 {
			<-sent
			// Answers come in order: all events are here when this is answered.
			if _, err := p.Configure(bg, providers.ConfigureRequest{}); err != nil {
				t.Error(err)
			}
		}
		if e.Kind == providers.Resync {
			resyncs++
			return
		}
		events++
		last = e.Message
	})
	if err != nil {
		t.Fatal(err)
	}
	if events >= many || resyncs == 0 {
		t.Errorf("%d events of %d, and said %d times that some are missing", events, many, resyncs)
	}
	if last != fmt.Sprint(many-1) {
		t.Errorf("the last event is %q", last)
	}
}

func TestOneSession(t *testing.T) {
	w := connect(t, &able{})
	if _, err := session.Open(bg, w.conn, session.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Open(bg, w.conn, session.Options{}); err == nil || !strings.Contains(err.Error(), "has a session already") {
		t.Fatalf("got %v", err)
	}
}

// Whatever a peer of another version sends concerns that request alone.
func TestStrangeMessages(t *testing.T) {
	w := connect(t, &able{})
	stream, err := proto.NewProviderClient(w.conn).Session(bg)
	if err != nil {
		t.Fatal(err)
	}
	err = stream.Send(&proto.Frame{Messages: []*proto.Message{
		{Id: 1, Kind: 99},
		{Id: 2, Kind: proto.Kind_KIND_READ, Body: []byte("\xff\xff")},
		{Id: 3, Kind: proto.Kind_KIND_CANCEL},
		{Id: 4, Kind: proto.Kind_KIND_APPLY},
		{Id: 5, Kind: proto.Kind_KIND_SCHEMA},
	}})
	if err != nil {
		t.Fatal(err)
	}
	answers := map[uint64]proto.Kind{}
	for len(answers) < 4 {
		frame, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range frame.GetMessages() {
			answers[m.GetId()] = m.GetKind()
		}
	}
	for id, want := range map[uint64]proto.Kind{
		1: proto.Kind_KIND_FAILURE, 2: proto.Kind_KIND_FAILURE, 4: proto.Kind_KIND_FAILURE, 5: proto.Kind_KIND_RESULT,
	} {
		if answers[id] != want {
			t.Errorf("message %d is answered by %s", id, answers[id])
		}
	}
}
