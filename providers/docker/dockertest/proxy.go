package dockertest

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy stands between an engine and who speaks to it, and misbehaves as asked.
type Proxy struct {
	// Host is where it listens, as DOCKER_HOST has it.
	Host string

	server http.Server
	mu     sync.Mutex
	mute   chan struct{} // closed when it answers again; nil while it does
	deaf   bool          // what was asked meanwhile is not answered afterwards either
	holds  []*Hold
	live   map[*streamed]bool // answers that have no end

	swallows  atomic.Bool
	swallowed atomic.Int64
}

// NewProxy returns a proxy to the engine at a host, which is a unix socket. It
// ends with the test.
func NewProxy(t testing.TB, host string) *Proxy {
	t.Helper()
	dir, err := os.MkdirTemp("", "cwproxy") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Host: "unix://" + path, live: map[*streamed]bool{}}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", strings.TrimPrefix(host, "unix://"))
	}}
	through := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "docker" },
		Transport:     transport,
		ErrorLog:      log.New(io.Discard, "", 0),
		FlushInterval: -1,
		ModifyResponse: func(r *http.Response) error {
			p.hold(r.Request, true)
			if strings.HasSuffix(r.Request.URL.Path, "/events") {
				r.Body = p.stream(r.Body)
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // as if it were not there
	}
	p.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// That whoever asks is gone is noticed only once all was read.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !p.answers(r) {
			panic(http.ErrAbortHandler)
		}
		p.hold(r, false)
		through.ServeHTTP(w, r)
	})
	go func() { _ = p.server.Serve(listener) }()
	t.Cleanup(func() {
		p.Answer()
		_ = p.server.Close()
		transport.CloseIdleConnections()
		_ = os.RemoveAll(dir)
	})
	return p
}

// Hang has it accept what is asked and not answer. If it is deaf, what is asked
// meanwhile is never answered, and answers that have no end are ended.
func (p *Proxy) Hang(deaf bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute, p.deaf = make(chan struct{}), deaf
	if deaf {
		for s := range p.live {
			s.end()
		}
	}
}

// Answer ends a Hang.
func (p *Proxy) Answer() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mute != nil {
		close(p.mute)
		p.mute = nil
	}
}

// answers waits while it hangs, and tells whether the request is to be passed on.
func (p *Proxy) answers(r *http.Request) bool {
	p.mu.Lock()
	mute, deaf := p.mute, p.deaf
	p.mu.Unlock()
	switch {
	case mute == nil:
		return true
	case deaf:
		<-r.Context().Done()
		return false
	}
	select {
	case <-mute:
		return true
	case <-r.Context().Done():
		return false
	}
}

// SwallowEvents has it keep to itself what the engine tells of events, though the
// connections stay.
func (p *Proxy) SwallowEvents() { p.swallows.Store(true) }

// Swallowed is how many bytes of events it has kept to itself.
func (p *Proxy) Swallowed() int64 { return p.swallowed.Load() }

// streamed is an answer that has no end.
type streamed struct {
	p    *Proxy
	body io.ReadCloser
	once sync.Once
}

func (p *Proxy) stream(body io.ReadCloser) io.ReadCloser {
	s := &streamed{p: p, body: body}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live[s] = true
	return s
}

func (s *streamed) end() { s.once.Do(func() { _ = s.body.Close() }) }

func (s *streamed) Read(b []byte) (int, error) {
	for {
		n, err := s.body.Read(b)
		if n == 0 || err != nil || !s.p.swallows.Load() {
			return n, err
		}
		s.p.swallowed.Add(int64(n))
	}
}

func (s *streamed) Close() error {
	s.p.mu.Lock()
	delete(s.p.live, s)
	s.p.mu.Unlock()
	s.end()
	return nil
}

// Hold holds up one request.
type Hold struct {
	method, end string
	answered    bool
	once        sync.Once
	reached     chan struct{}
	released    chan struct{}
}

// Hold holds up the next request of a method whose path has the given end: before
// it is passed on, or after it was answered and before the answer is.
func (p *Proxy) Hold(method, end string, answered bool) *Hold {
	h := &Hold{method: method, end: end, answered: answered, reached: make(chan struct{}), released: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds = append(p.holds, h)
	return h
}

// Reached is closed once the request is held up.
func (h *Hold) Reached() <-chan struct{} { return h.reached }

// Release lets it go.
func (h *Hold) Release() { close(h.released) }

// hold holds a request up if it is one that is to be, at this stage of it.
func (p *Proxy) hold(r *http.Request, answered bool) {
	p.mu.Lock()
	holds := slices.Clone(p.holds)
	p.mu.Unlock()
	for _, h := range holds {
		if h.method != r.Method || !strings.HasSuffix(r.URL.Path, h.end) || h.answered != answered {
			continue
		}
		h.once.Do(func() {
			close(h.reached)
			select {
			case <-h.released:
			case <-r.Context().Done():
			}
		})
	}
}
