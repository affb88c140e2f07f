package completion_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/completion"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	ct "github.com/clockwork-hcl/clockwork/completion/completiontest"
)

const good = `{"fix":"yes"}`

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
func client(t *testing.T, s *ct.Server, change func(*completion.Options)) *completion.Client {
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

// TestShapes: the first way of asking that the server knows is used, and
// remembered.
func TestShapes(t *testing.T) {
	all := []string{"json_schema", "tool", "json_object", "text"}
	for i, known := range all {
		s := ct.New(t, ct.Knows(ct.Answer(good), known))
		c := client(t, s, nil)
		for range 2 {
			reply, err := c.Ask(t.Context(), question())
			if err != nil || string(reply.Answer) != good || reply.Model != "m-2026-01-01" {
				t.Fatalf("%s: %q %v", known, reply.Answer, err)
			}
		}
		if want := append(slices.Clone(all[:i+1]), known); !slices.Equal(shapes(s), want) {
			t.Errorf("%s: asked by %q", known, shapes(s))
		}
	}
}

// TestRequestBytes looks at what is on the wire.
func TestRequestBytes(t *testing.T) {
	s := ct.New(t, ct.Answer(good))
	if _, err := client(t, s, func(o *completion.Options) { o.Key = "sk-test-0123456789" }).Ask(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	r := s.Requests()[0]
	if r.Header.Get("Authorization") != "Bearer sk-test-0123456789" || r.Header.Get("User-Agent") != "clockwork/0.1.0" || r.Path != "/v1/chat/completions" {
		t.Errorf("%v %s", r.Header, r.Path)
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(r.Body, &body); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range body {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"messages", "model", "response_format", "stream"}; !slices.Equal(names, want) || string(body["stream"]) != "false" {
		t.Errorf("it sends %q, stream %s", names, body["stream"])
	}
	if f := r.ResponseFormat; !f.JSONSchema.Strict || f.JSONSchema.Name != "answer" || string(f.JSONSchema.Schema) != string(question().Schema) {
		t.Errorf("%+v", f)
	}
	if len(r.Messages) != 2 || r.Messages[0].Role != "system" || r.Messages[1].Role != "user" || strings.Contains(r.Messages[0].Content, "out of memory") ||
		!strings.Contains(r.Messages[0].Content, "Say whether it can be fixed.") {
		t.Errorf("%+v", r.Messages)
	}
	if want := `{"purpose":"remediation","subject":"docker_container.web","evidence":[{"id":"e1","name":"status","value":{"exit_code":137}},` +
		`{"id":"e2","name":"logs","lines":["started","out of memory"]}]}`; r.Messages[1].Content != want {
		t.Errorf("%s", r.Messages[1].Content)
	}
	if strings.Contains(string(r.Body), "sk-test") {
		t.Error("the key is in the body")
	}

	zero := float32(0)
	if _, err := client(t, s, func(o *completion.Options) { o.Temperature = &zero }).Ask(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	if r := s.Requests()[1]; r.Header.Get("Authorization") != "" || !strings.Contains(string(r.Body), `"temperature":1e-45`) {
		t.Errorf("%v %s", r.Header, r.Body)
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
	s = ct.New(t, ct.Answer(`{"fix":"never"}`))
	reply, err = client(t, s, nil).Ask(t.Context(), question())
	if reasonOf(err) != ask.Invalid || len(s.Requests()) != 3 || len(reply.Exchanges) != 3 || reply.Answer != nil {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
}

// TestBadResponses: whatever a server does, it is an error of a kind, in time.
func TestBadResponses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000)
	message := func(m map[string]any, finish string) ct.Handler { return ct.Respond(m, finish) }
	text := func(s string) map[string]any { return map[string]any{"role": "assistant", "content": s} }
	for name, c := range map[string]struct {
		handler ct.Handler
		want    ask.Reason
		most    int // requests
	}{
		"no choices":         {ct.Write(200, map[string]any{"choices": []any{}}), ask.Invalid, 1},
		"null":               {ct.Raw(200, "application/json", "null"), ask.Invalid, 1},
		"refusal":            {message(map[string]any{"role": "assistant", "refusal": "I cannot"}, "stop"), ask.Refused, 1},
		"filtered":           {message(text(""), "content_filter"), ask.Refused, 1},
		"cut off":            {message(text(`{"fix":"y`), "length"), ask.Invalid, 1},
		"HTML":               {ct.Raw(200, "text/html", "<html>hello</html>"), ask.Invalid, 1},
		"empty":              {ct.Raw(200, "application/json", ""), ask.Invalid, 1},
		"truncated":          {ct.Raw(200, "application/json", `{"choices":[{"mess`), ask.Invalid, 1},
		"a stream":           {ct.Raw(200, "text/event-stream", "data: {}\n\ndata: [DONE]\n"), ask.Invalid, 1},
		"50 MB":              {flood, ask.Invalid, 1},
		"deep":               {ct.Raw(200, "application/json", deep), ask.Invalid, 1},
		"deep answer":        {ct.Answer(deep), ask.Invalid, 3},
		"a key twice":        {ct.Answer(`{"fix":"no","fix":"yes"}`), ask.Invalid, 3},
		"invalid UTF-8":      {ct.Raw(200, "application/json", "{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}"), ask.Invalid, 1},
		"NUL":                {ct.Answer("{\"fix\":\"\x00\"}"), ask.Invalid, 6},
		"prose":              {ct.Answer("I would restart it."), ask.Invalid, 6},
		"two objects":        {ct.Answer(good + " or " + good), ask.Invalid, 6},
		"two calls":          {twoCalls, ask.Invalid, 6},
		"64 KiB":             {ct.Answer(`{"fix":"` + strings.Repeat("x", 70_000) + `"}`), ask.Invalid, 3},
		"401":                {ct.Fail(401, "Incorrect API key provided: sk-test-0123456789"), ask.Unauthorised, 1},
		"402":                {ct.Fail(402, "Insufficient credits"), ask.Unauthorised, 1},
		"404":                {ct.Fail(404, "The model `m` does not exist"), ask.NotFound, 1},
		"400":                {ct.Fail(400, "This model's maximum context length is 4096 tokens"), ask.Refused, 1},
		"429":                {ct.Fail(429, "Rate limit reached"), ask.Unavailable, 4},
		"500 without a body": {ct.Raw(500, "text/plain", ""), ask.Unavailable, 4},
		"redirect":           {redirect, ask.Refused, 1},
		"knows nothing":      {ct.Knows(nil), ask.Refused, 4},
		"error as a string":  {ct.Write(400, map[string]any{"error": "bad request"}), ask.Refused, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := ct.New(t, c.handler)
			reply, err := client(t, s, func(o *completion.Options) { o.Key = "sk-test-0123456789" }).Ask(t.Context(), question())
			if reasonOf(err) != c.want || len(s.Requests()) > c.most || len(reply.Exchanges) != len(s.Requests()) {
				t.Errorf("%s (%v) after %d requests, %d exchanges", reasonOf(err), err, len(s.Requests()), len(reply.Exchanges))
			}
			if strings.Contains(err.Error(), "sk-test") {
				t.Errorf("the key is in %v", err)
			}
			for _, x := range reply.Exchanges {
				if raw, _ := json.Marshal(x); strings.Contains(string(raw), "sk-test") {
					t.Errorf("the key is in %s", raw)
				}
			}
		})
	}
}

func flood(w http.ResponseWriter, _ ct.Request) {
	w.Header().Set("Content-Type", "application/json")
	part := []byte(strings.Repeat(" ", 1<<20))
	for range 50 {
		if _, err := w.Write(part); err != nil {
			return
		}
	}
}

func redirect(w http.ResponseWriter, _ ct.Request) {
	w.Header().Set("Location", "http://other.example/v1/chat/completions")
	w.WriteHeader(http.StatusTemporaryRedirect)
}

func twoCalls(w http.ResponseWriter, r ct.Request) {
	call := map[string]any{"id": "1", "type": "function", "function": map[string]any{"name": "answer", "arguments": good}}
	ct.Respond(map[string]any{"role": "assistant", "tool_calls": []any{call, call}}, "tool_calls")(w, r)
}

func TestTooSlow(t *testing.T) {
	drip := func(w http.ResponseWriter, _ ct.Request) {
		w.Header().Set("Content-Type", "application/json")
		for range 1000 {
			if _, err := w.Write([]byte(" ")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	}
	c := client(t, ct.New(t, drip), func(o *completion.Options) { o.Deadline = 300 * time.Millisecond })
	begun := time.Now()
	if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.TooLate || time.Since(begun) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Ask(ctx, question()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{"7": 7 * time.Second, "Wed, 25 Nov 2026 12:00:20 GMT": 20 * time.Second, "soon": 0} {
		busy := func(w http.ResponseWriter, r ct.Request) {
			w.Header().Set("Retry-After", header)
			ct.Fail(429, "busy")(w, r)
		}
		var waited time.Duration
		c := client(t, ct.New(t, ct.InTurn(busy, ct.Answer(good))), func(o *completion.Options) {
			o.Now = func() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }
			o.Sleep = func(_ context.Context, d time.Duration) error { waited = d; return nil }
		})
		if _, err := c.Ask(t.Context(), question()); err != nil || waited < want || waited > want+time.Second {
			t.Errorf("%s: %v, waited %v", header, err, waited)
		}
	}
	// What does not fit into the time that there is, is not waited for.
	long := func(w http.ResponseWriter, r ct.Request) {
		w.Header().Set("Retry-After", "600")
		ct.Fail(503, "busy")(w, r)
	}
	s := ct.New(t, long)
	if _, err := client(t, s, nil).Ask(t.Context(), question()); reasonOf(err) != ask.Unavailable || len(s.Requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
}

func TestBreaker(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	now := time.Unix(1_700_000_000, 0)
	s := ct.New(t, func(w http.ResponseWriter, r ct.Request) {
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
	now = now.Add(time.Minute)
	down.Store(false)
	for range 2 {
		if _, err := c.Ask(t.Context(), question()); err != nil {
			t.Error(err)
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

// TestPromptIsBounded: however much evidence there is, 16 KiB go out, the oldest log
// lines are left out first, and it is always JSON.
func TestPromptIsBounded(t *testing.T) {
	s := ct.New(t, ct.Answer(good))
	q := question()
	for i := range 5000 {
		q.Evidence[1].Lines = append(q.Evidence[1].Lines, fmt.Sprintf("line %d \u001b[31m\u202e \xff %s", i, strings.Repeat("x", i%50)))
	}
	q.Evidence = append(q.Evidence, ask.Evidence{ID: "e3", Name: "more", Value: strings.Repeat("y", 1<<20)})
	if _, err := client(t, s, nil).Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	r := s.Requests()[0]
	sum := 0
	for _, m := range r.Messages {
		sum += len(m.Content)
	}
	var doc struct {
		Evidence []struct {
			ID    string
			Lines []string
			Left  int `json:"earlier_lines_left_out"`
		}
		LeftOut int `json:"left_out"`
	}
	if err := json.Unmarshal([]byte(r.Messages[1].Content), &doc); err != nil {
		t.Fatal(err)
	}
	if sum > 16<<10 || sum < 14<<10 || len(doc.Evidence) != 2 || doc.LeftOut != 1 || doc.Evidence[1].Left == 0 || doc.Evidence[0].ID != "e1" ||
		!strings.HasPrefix(doc.Evidence[1].Lines[len(doc.Evidence[1].Lines)-1], `line 4999 \u{1b}[31m\u{202e} \xff`) {
		t.Errorf("%d bytes; %d pieces, %d left out; %d lines left out", sum, len(doc.Evidence), doc.LeftOut, doc.Evidence[1].Left)
	}
}

// TestSecretsStay: no form of a secret is in what is sent or kept.
func TestSecretsStay(t *testing.T) {
	const secret = "hunter2-hunter2"
	s := ct.New(t, ct.InTurn(ct.Answer(`{"fix":"hunter2-hunter2"}`), ct.Answer(good)))
	q := question()
	q.Secrets = []string{secret}
	q.Subject += `["hunter2-hunter2"]`
	q.Evidence = []ask.Evidence{{ID: "e1", Name: secret, Value: map[string]any{"env": map[string]string{secret: secret, "DB_PASSWORD": "another1"}, "url": "http://u:another1@h/"}},
		{ID: "e2", Name: "logs", Lines: []string{"x hunter2-", "hunter2 y", "password: another1", "hunter2\u200b-hunter2 "}}}
	q.Check = func(answer []byte) error {
		if string(answer) != good {
			return fmt.Errorf("it is %s", answer)
		}
		return nil
	}
	reply, err := client(t, s, nil).Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	kept, _ := json.Marshal(reply.Exchanges)
	all := string(kept)
	for _, r := range s.Requests() {
		all += string(r.Body)
	}
	for _, gone := range []string{secret, "hunter2-", "another1"} {
		if strings.Contains(all, gone) {
			t.Errorf("%s is in what was sent or kept", gone)
		}
	}
}

// TestSecretThatIsAWord: a secret that is a word of the document's own stops nothing.
func TestSecretThatIsAWord(t *testing.T) {
	s := ct.New(t, ct.Answer(good))
	q := question()
	q.Secrets = []string{"evidence", "remediation", "name", "redacted"}
	q.Evidence[1].Lines = []string{"the name is redacted"}
	if _, err := client(t, s, nil).Ask(t.Context(), q); err != nil {
		t.Error(err)
	}
	if m := s.Requests()[0].Messages[1].Content; strings.Contains(m, "the name is") {
		t.Error(m)
	}
}

func TestCostsAreCounted(t *testing.T) {
	s := ct.New(t, ct.Answer(good))
	reply, err := client(t, s, func(o *completion.Options) { o.PromptPrice, o.CompletionPrice = 2, 10 }).Ask(t.Context(), question())
	if err != nil {
		t.Fatal(err)
	}
	x := reply.Exchanges[0]
	if x.PromptTokens == 0 || x.CompletionTokens != 50 || x.Cost != (float64(x.PromptTokens)*2+500)/1e6 || x.Server+"/v1" != s.URL || x.Shape != "json_schema" || x.Status != 200 {
		t.Errorf("%+v", x)
	}
}

func TestOptions(t *testing.T) {
	for url, want := range map[string]string{
		"ftp://x": "not a URL", "x": "not a URL", "http://api.example.com/v1": "in clear", "https://u:hunter2@x/v1": "has more than", "https://x/?k=hunter2": "has more than",
	} {
		if _, err := completion.New(completion.Options{BaseURL: url, Model: "m", Key: "hunter2"}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"", "http://localhost:11434/v1", "http://127.0.0.1:1234/v1/", "https://openrouter.ai/api/v1"} {
		if _, err := completion.New(completion.Options{BaseURL: url, Model: "m", Key: "hunter2"}); err != nil {
			t.Error(err)
		}
	}
}
