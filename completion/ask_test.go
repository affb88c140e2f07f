package completion_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/completion"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	ct "github.com/clockwork-hcl/clockwork/completion/completiontest"
)

const (
	good = `{"fix":"yes"}`
	key  = "sk-test-0123456789"
)

func question() ask.Question {
	return ask.Question{Purpose: ask.Remediation, Subject: "docker_container.web", Instructions: "Say whether it can be fixed.",
		Evidence: []ask.Evidence{{ID: "e1", Name: "status", Value: map[string]any{"exit_code": 137}}, {ID: "e2", Name: "logs", Lines: []string{"started", "out of memory"}}},
		Schema:   json.RawMessage(`{"type":"object","properties":{"fix":{"type":"string"}},"required":["fix"],"additionalProperties":false}`),
		Check: func(answer []byte) error {
			var a map[string]string
			if err := json.Unmarshal(answer, &a); err != nil || a["fix"] != "yes" {
				return errors.New(`"fix" is not "yes"`)
			}
			return nil
		}}
}

// client asks a server, and does not really wait.
func client(t testing.TB, s *ct.Server, change func(*completion.Options)) *completion.Client {
	t.Helper()
	o := completion.Options{BaseURL: s.URL, Model: "m", MaxRetries: 2, Version: "0.1.0",
		Sleep: func(context.Context, time.Duration) error { return nil }}
	if change != nil {
		change(&o)
	}
	c, err := completion.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func withKey(o *completion.Options) { o.Key = key }

func reasonOf(err error) ask.Reason {
	var e *ask.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ask.Reason(fmt.Sprint(err))
}

func shapes(s *ct.Server) []string {
	var out []string
	for _, r := range s.Requests() {
		out = append(out, r.Shape())
	}
	return out
}

func allShapes() []string { return []string{"json_schema", "tool", "json_object", "text"} }

// TestShapes: the first way of asking that the server knows is used, and
// remembered, whether it refuses the others or ignores them.
func TestShapes(t *testing.T) {
	for i, known := range allShapes() {
		for name, h := range map[string]ct.Handler{"refuses": ct.Knows(ct.Answer(good), known), "ignores": ct.Ignores(ct.Answer(good), known)} {
			s := ct.New(t, h)
			c := client(t, s, nil)
			for range 2 {
				reply, err := c.Ask(t.Context(), question())
				if err != nil || string(reply.Answer) != good || reply.Model != "m-2026-01-01" {
					t.Fatalf("%s, %s: %q %v", name, known, reply.Answer, err)
				}
			}
			if want := append(slices.Clone(allShapes()[:i+1]), known); !slices.Equal(shapes(s), want) {
				t.Errorf("%s, %s: asked by %q", name, known, shapes(s))
			}
		}
	}
}

// TestRefusals: in the words of each server, a way of asking that it does not know
// leads to the next one, which is remembered, unless it was only because of this
// question's schema.
func TestRefusals(t *testing.T) {
	for i, d := range ct.Refusals() {
		t.Run(fmt.Sprintf("%d, %s, %s", i, d.Server, d.Refuses), func(t *testing.T) {
			t.Parallel()
			refused := slices.Index(allShapes(), d.Refuses)
			s := ct.New(t, func(w http.ResponseWriter, r ct.Request) {
				switch n := slices.Index(allShapes(), r.Shape()); {
				case n == refused:
					d.Handler()(w, r)
				case n > refused:
					ct.Answer(good)(w, r)
				default:
					ct.Knows(nil)(w, r)
				}
			})
			c := client(t, s, nil)
			for range 2 {
				if reply, err := c.Ask(t.Context(), question()); err != nil || string(reply.Answer) != good || reply.Exchanges[len(reply.Exchanges)-1].Shape != allShapes()[refused+1] {
					t.Fatalf("%v %+v", err, reply)
				}
			}
			want := append(slices.Clone(allShapes()[:refused+2]), allShapes()[refused+1])
			if d.OfSchema {
				want = append(slices.Clone(allShapes()[:refused+2]), allShapes()[:refused+2]...)
			}
			if !slices.Equal(shapes(s), want) {
				t.Errorf("asked by %q, not %q", shapes(s), want)
			}
		})
	}
}

// TestFailures: in the words of each server, what is the matter is understood, no
// other way of asking is tried, and only what may pass is asked again.
func TestFailures(t *testing.T) {
	want := map[string]ask.Reason{"key": ask.Unauthorised, "money": ask.Unauthorised, "model": ask.NotFound, "length": ask.Refused, "policy": ask.Refused, "busy": ask.Unavailable}
	for what, dialects := range ct.Failures() {
		for _, d := range dialects {
			t.Run(what+", "+d.Server, func(t *testing.T) {
				t.Parallel()
				s := ct.New(t, d.Handler())
				reply, err := client(t, s, withKey).Ask(t.Context(), question())
				requests := 1
				if what == "busy" {
					requests = 4
				}
				if reasonOf(err) != want[what] || !slices.Equal(shapes(s), slices.Repeat([]string{"json_schema"}, requests)) || len(reply.Exchanges) != requests {
					t.Errorf("%s (%v), asked by %q", reasonOf(err), err, shapes(s))
				}
				if strings.Contains(err.Error(), "<") || !strings.HasSuffix(err.Error(), ".") {
					t.Errorf("it says %q", err)
				}
			})
		}
	}
	// Without a key, it says to set one.
	s := ct.New(t, ct.Failures()["key"][0].Handler())
	if _, err := client(t, s, nil).Ask(t.Context(), question()); err == nil || !strings.HasSuffix(err.Error(), "Set CW_API_KEY.") {
		t.Error(err)
	}
}

func TestCorrections(t *testing.T) {
	s := ct.New(t, ct.InTurn(ct.Answer(`{"fix":"no"}`), ct.Answer("```json\n"+good+"\n```")))
	reply, err := client(t, s, nil).Ask(t.Context(), question())
	if err != nil || string(reply.Answer) != good || len(reply.Exchanges) != 2 || reply.Exchanges[0].Error != `"fix" is not "yes"` || reply.Exchanges[1].Error != "" {
		t.Fatalf("%v %+v", err, reply)
	}
	if m := s.Requests()[1].Messages; len(m) != 4 || m[2].Content != `{"fix":"no"}` || !strings.Contains(m[3].Content, `"fix" is not "yes"`) {
		t.Errorf("%+v", m)
	}
	for retries := range 4 {
		s = ct.New(t, ct.Answer(`{"fix":"never"}`))
		reply, err = client(t, s, func(o *completion.Options) { o.MaxRetries = retries }).Ask(t.Context(), question())
		if reasonOf(err) != ask.Invalid || len(s.Requests()) != retries+1 || len(reply.Exchanges) != retries+1 || reply.Answer != nil {
			t.Errorf("%v after %d requests", err, len(s.Requests()))
		}
	}
}

func TestBreaker(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	now := time.Unix(1_700_000_000, 0)
	held := make(chan struct{})
	var hold atomic.Bool
	s := ct.New(t, func(w http.ResponseWriter, r ct.Request) {
		if hold.Load() {
			<-held
		}
		if down.Load() {
			ct.Fail(503, "down")(w, r)
		} else {
			ct.Answer(good)(w, r)
		}
	})
	c := client(t, s, func(o *completion.Options) { o.Now = func() time.Time { return now } })
	for range 3 {
		if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.Unavailable {
			t.Fatal(err)
		}
	}
	asked := len(s.Requests())
	if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.Open || len(s.Requests()) != asked {
		t.Errorf("%v", err)
	}
	now = now.Add(time.Minute)
	if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.Unavailable {
		t.Error(err)
	}
	if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.Open {
		t.Error(err)
	}
	// After a minute one may try it, and the others not before that one is back.
	now = now.Add(time.Minute)
	down.Store(false)
	hold.Store(true)
	asked = len(s.Requests())
	first := make(chan error)
	go func() {
		_, err := c.Ask(context.Background(), question())
		first <- err
	}()
	for len(s.Requests()) == asked {
		time.Sleep(time.Millisecond)
	}
	if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.Open {
		t.Error(err)
	}
	close(held)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if _, err := c.Ask(t.Context(), question()); err != nil {
		t.Error(err)
	}
}

// TestMemory: what one client learns, the others of the same model at the same
// server know.
func TestMemory(t *testing.T) {
	var memory completion.Memory
	share := func(o *completion.Options) { o.Memory = &memory }
	s := ct.New(t, ct.Knows(ct.Answer(good), "json_object"))
	other := ct.New(t, ct.Answer(good))
	for range 2 {
		if _, err := client(t, s, share).Ask(t.Context(), question()); err != nil {
			t.Fatal(err)
		}
		if _, err := client(t, other, share).Ask(t.Context(), question()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(shapes(s), []string{"json_schema", "tool", "json_object", "json_object"}) || !slices.Equal(shapes(other), []string{"json_schema", "json_schema"}) {
		t.Errorf("asked by %q and %q", shapes(s), shapes(other))
	}
	down := ct.New(t, ct.Fail(503, "down"))
	for range 3 {
		_, _ = client(t, down, share).Ask(t.Context(), question())
	}
	if _, err := client(t, down, share).Ask(t.Context(), question()); reasonOf(err) != ask.Open {
		t.Error(err)
	}
	if _, err := client(t, down, func(o *completion.Options) { o.Memory, o.Model = &memory, "another" }).Ask(t.Context(), question()); reasonOf(err) != ask.Unavailable {
		t.Error(err)
	}
}

// TestBreakerCountsFailuresInARow: an answer in between, or that it is the
// question's or somebody else's fault, is no failure of the server.
func TestBreakerCountsFailuresInARow(t *testing.T) {
	var h atomic.Value
	s := ct.New(t, func(w http.ResponseWriter, r ct.Request) { h.Load().(ct.Handler)(w, r) })
	c := client(t, s, nil)
	notNow, cancel := context.WithCancel(t.Context())
	cancel()
	refused := question()
	refused.Permit = func(int) error { return errors.New("no") }
	for range 3 {
		for range 2 {
			h.Store(ct.Fail(500, "down"))
			if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.Unavailable {
				t.Fatal(err)
			}
			_, _ = c.Ask(notNow, question())
			_, _ = c.Ask(t.Context(), refused)
		}
		h.Store(ct.Answer(good))
		if _, err := c.Ask(t.Context(), question()); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			h.Store(ct.Fail(500, "down"))
			if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.Unavailable {
				t.Fatal(err)
			}
		}
		h.Store(ct.Fail(401, "no"))
		if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.Unauthorised {
			t.Fatal(err)
		}
	}
}

func TestPermit(t *testing.T) {
	s := ct.New(t, ct.Answer(`{"fix":"no"}`))
	q := question()
	left := 2
	q.Permit = func(tokens int) error {
		if left--; left < 0 || tokens < 500 {
			return errors.New("the budget is spent")
		}
		return nil
	}
	if _, err := client(t, s, nil).Ask(t.Context(), q); reasonOf(err) != ask.NotPermitted || len(s.Requests()) != 2 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
}

func TestCostsAreCounted(t *testing.T) {
	s := ct.New(t, ct.Answer(good))
	reply, err := client(t, s, func(o *completion.Options) { o.PromptPrice, o.CompletionPrice = 2, 10 }).Ask(t.Context(), question())
	if err != nil {
		t.Fatal(err)
	}
	x := reply.Exchanges[0]
	if x.PromptTokens == 0 || x.CompletionTokens != 50 || x.Cost != (float64(x.PromptTokens)*2+500)/1e6 || x.Server+"/v1" != s.URL || x.Shape != "json_schema" || x.Status != 200 || x.Answer != good || x.Time.IsZero() {
		t.Errorf("%+v", x)
	}
	if string(x.Request) != string(s.Requests()[0].Body) {
		t.Errorf("it records %s", x.Request)
	}
	// Nobody earns by it.
	s = ct.New(t, ct.Write(200, map[string]any{"usage": map[string]any{"prompt_tokens": -5, "completion_tokens": -5}, "choices": []any{map[string]any{"message": map[string]any{"content": good}}}}))
	reply, err = client(t, s, func(o *completion.Options) { o.PromptPrice, o.CompletionPrice = 2, 10 }).Ask(t.Context(), question())
	if err != nil || reply.Exchanges[0].PromptTokens != 0 || reply.Exchanges[0].CompletionTokens != 0 || reply.Exchanges[0].Cost != 0 {
		t.Errorf("%v %+v", err, reply)
	}
	// A server that says nothing of tokens costs nothing.
	s = ct.New(t, ct.Write(200, map[string]any{"choices": []any{map[string]any{"message": map[string]any{"content": good}}}}))
	reply, err = client(t, s, nil).Ask(t.Context(), question())
	if err != nil || reply.Exchanges[0].PromptTokens != 0 || reply.Model != "m" {
		t.Errorf("%v %+v", err, reply)
	}
}

// TestManyAtOnce: a client may be asked by many.
func TestManyAtOnce(t *testing.T) {
	s := ct.New(t, ct.Knows(ct.Answer(good), "json_object"))
	c := client(t, s, nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if reply, err := c.Ask(t.Context(), question()); err != nil || string(reply.Answer) != good {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestQuestionsThatCannotBeAsked(t *testing.T) {
	s := ct.New(t, ct.Answer(good))
	for want, change := range map[string]func(*ask.Question){
		"a fault of Clockwork": func(q *ask.Question) { q.Check = nil },
		"not one of an object": func(q *ask.Question) { q.Schema = json.RawMessage(`{`) },
		"schema of its answer": func(q *ask.Question) { q.Schema = nil },
		"more than 32768": func(q *ask.Question) {
			q.Schema = json.RawMessage(`{"type":"object","description":"` + strings.Repeat("x", 40_000) + `"}`)
		},
		"instructions are too": func(q *ask.Question) { q.Instructions = strings.Repeat("x", 20_000) },
		"cannot be written":    func(q *ask.Question) { q.Evidence[0].Value = make(chan int) },
	} {
		q := question()
		change(&q)
		if _, err := client(t, s, nil).Ask(t.Context(), q); reasonOf(err) != ask.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if n := len(s.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

func TestOptions(t *testing.T) {
	minus := float32(-1)
	for _, c := range []struct {
		o    completion.Options
		want string
	}{
		{completion.Options{BaseURL: "ftp://x"}, "not a URL"},
		{completion.Options{BaseURL: "x"}, "not a URL"},
		{completion.Options{BaseURL: "http://:80/v1"}, "not a URL"},
		{completion.Options{BaseURL: "http://api.example.com/v1"}, "in clear"},
		{completion.Options{BaseURL: "http://localhost.example.com/v1"}, "in clear"},
		{completion.Options{BaseURL: "http://x.localhost/v1"}, "in clear"},
		{completion.Options{BaseURL: "http://192.168.1.5:11434/v1"}, "in clear"},
		{completion.Options{BaseURL: "https://u:hunter2@x/v1"}, "has more than"},
		{completion.Options{BaseURL: "https://x/?k=hunter2"}, "has more than"},
		{completion.Options{Model: "-"}, "no model"},
		{completion.Options{Model: "a\nb"}, "name is not one"},
		{completion.Options{Key: "hunter2\nhunter3"}, "has characters in it"},
		{completion.Options{Temperature: &minus}, "temperature"},
	} {
		if c.o.Model = map[string]string{"": "m", "-": ""}[c.o.Model] + strings.Trim(c.o.Model, "-"); c.o.Key == "" {
			c.o.Key = "hunter2"
		}
		if _, err := completion.New(c.o); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
	for _, url := range []string{"", "http://localhost:11434/v1", "http://127.0.0.1:1234/v1/", "http://[::1]:1234/v1", "https://openrouter.ai/api/v1"} {
		if _, err := completion.New(completion.Options{BaseURL: url, Model: "m", Key: "hunter2"}); err != nil {
			t.Error(err)
		}
	}
	for _, o := range []completion.Options{{BaseURL: "http://192.168.1.5:11434/v1"}, {BaseURL: "http://192.168.1.5:8000/v1", Key: "hunter2", Insecure: true}} {
		o.Model = "m"
		if _, err := completion.New(o); err != nil {
			t.Error(err)
		}
	}
}
