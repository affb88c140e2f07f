package main

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/clockwork-hcl/clockwork/completion/completiontest"
)

// standIn is what a story has for a model.
type standIn struct {
	*completiontest.Server

	mu     sync.Mutex
	answer string
	before int // requests before the answer was set
	over   chan struct{}
}

func newStandIn(t testing.TB) *standIn {
	s := &standIn{over: make(chan struct{})}
	s.Server = completiontest.New(t, func(w http.ResponseWriter, r completiontest.Request) {
		s.mu.Lock()
		answer := s.answer
		s.mu.Unlock()
		if answer == "wait" {
			<-s.over
			return
		}
		completiontest.Answer(answer)(w, r)
	})
	return s
}

// model ANSWER lets a stand-in for a model answer so from now on, or for "wait" not
// before the story is over. The first one starts it, and says in the settings where
// it is.
func model(t testing.TB) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: model ANSWER")
		}
		models := ts.Value("model").(map[string]*standIn)
		s := models["it"]
		if s == nil {
			s = newStandIn(t)
			models["it"] = s
			ts.Defer(func() { close(s.over) })
			ts.Setenv("CW_BASE_URL", s.URL)
			ts.Setenv("CW_MODEL", "test-1")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answer, s.before = args[0], len(s.Requests())
	}
}

// asked N says that the stand-in was asked so often in all; asked more waits until
// it is, after its answer was set; asked TEXT looks for a text in what it was sent.
func asked(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value("model").(map[string]*standIn)["it"]
	if s == nil || len(args) != 1 {
		ts.Fatalf("usage: asked N, asked more, asked TEXT; behind model")
	}
	want, err := strconv.Atoi(args[0])
	switch {
	case err == nil:
		if got := len(s.Requests()); got != want || neg {
			ts.Fatalf("it was asked %d times, not %d", got, want)
		}
	case args[0] == "more":
		for end := time.Now().Add(patience); len(s.Requests()) == s.before; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				ts.Fatalf("it was not asked")
			}
		}
	default:
		for _, r := range s.Requests() {
			if strings.Contains(string(r.Body), args[0]) {
				if neg {
					ts.Fatalf("it was sent %s", r.Body)
				}
				return
			}
		}
		if !neg {
			ts.Fatalf("it was not sent that")
		}
	}
}
