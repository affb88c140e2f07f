package notify

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// logs is what was logged.
type logs struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

func (l *logs) options(targets map[string]Target) Options {
	return Options{
		Log:    slog.New(slog.NewTextHandler(l, nil)),
		jitter: func() float64 { return 0 },
		Lookup: func(_ context.Context, name string) (Target, error) {
			if t, ok := targets[name]; ok {
				return t, nil
			}
			return nil, ErrNoTarget
		},
	}
}

func open(t testing.TB, dir string, opts Options) *Queue {
	t.Helper()
	q, err := Open(dir, opts)
	must(t, err)
	return q
}

// run delivers until the end of the test, or until stop is called.
func run(t testing.TB, q *Queue) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		q.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
		q.Close()
	})
	t.Cleanup(stop)
	return stop
}

func message(n int, event Event) Message {
	return Message{Incident: fmt.Sprintf("20261125-1650-%04d", n), Event: event, Project: "shop", Target: "docker_container.web",
		Summary: "healthcheck of web failed", Detail: "exit code 137 <OOM>", Time: time.Date(2026, 11, 25, 16, 50, 0, 0, time.UTC), URL: "http://127.0.0.1:8765/"}
}

// request is what a server was sent.
type request struct {
	header http.Header
	body   string
	user   string
}

// hook is a server that keeps what it is sent.
type hook struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

// newHook answers the n-th request, counted from 0, as status says.
func newHook(t testing.TB, answer func(w http.ResponseWriter, r *http.Request, n int)) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		h.mu.Lock()
		n := len(h.requests)
		h.requests = append(h.requests, request{r.Header, string(body), user + ":" + password})
		h.mu.Unlock()
		if answer != nil {
			answer(w, r, n)
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) got() []request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]request{}, h.requests...)
}

func (h *hook) ids() []string {
	var ids []string
	for _, r := range h.got() {
		ids = append(ids, r.header.Get("Idempotency-Key"))
	}
	return ids
}

// wait waits until something is so.
func wait(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 20 seconds", what)
		}
	}
}

// contents is all that is in a folder's files.
func contents(t testing.TB, dir string) string {
	t.Helper()
	var all strings.Builder
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		data, err := os.ReadFile(dir + "/" + e.Name())
		must(t, err)
		all.Write(data)
	}
	return all.String()
}

// send sends a message to a target once, with its time limit.
func send(target Target, m Message) *failure {
	ctx, cancel := context.WithTimeout(context.Background(), target.limit())
	defer cancel()
	return target.send(ctx, world{now: time.Now}, m)
}
