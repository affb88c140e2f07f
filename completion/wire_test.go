package completion_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/completion"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	ct "github.com/clockwork-hcl/clockwork/completion/completiontest"
)

// TestRequestBytes looks at what is on the wire, in each way of asking.
func TestRequestBytes(t *testing.T) {
	fields := map[string][]string{"json_schema": {"messages", "model", "response_format", "stream"}, "tool": {"messages", "model", "stream", "tool_choice", "tools"},
		"json_object": {"messages", "model", "response_format", "stream"}, "text": {"messages", "model", "stream"}}
	for _, shape := range allShapes() {
		s := ct.New(t, ct.Knows(ct.Answer(good), shape))
		if _, err := client(t, s, withKey).Ask(t.Context(), question()); err != nil {
			t.Fatal(err)
		}
		all := s.Requests()
		r := all[len(all)-1]
		if r.Header.Get("Authorization") != "Bearer "+key || r.Header.Get("User-Agent") != "clockwork/0.1.0" || r.Header.Get("Content-Type") != "application/json" || r.Path != "/v1/chat/completions" {
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
		if !slices.Equal(names, fields[shape]) || string(body["stream"]) != "false" || string(body["model"]) != `"m"` {
			t.Errorf("%s: it sends %q, %s", shape, names, body["stream"])
		}
		schema := string(question().Schema)
		want := map[string]string{
			"json_schema": `{"type":"json_schema","json_schema":{"name":"answer","schema":` + schema + `,"strict":true}}`,
			"json_object": `{"type":"json_object"}`,
		}[shape]
		if string(body["response_format"]) != want {
			t.Errorf("%s: %s", shape, body["response_format"])
		}
		if shape == "tool" && (string(body["tool_choice"]) != `"required"` ||
			string(body["tools"]) != `[{"function":{"name":"answer","description":"Gives the answer.","strict":true,"parameters":`+schema+`},"type":"function"}]`) {
			t.Errorf("%s %s", body["tool_choice"], body["tools"])
		}
		var messages []map[string]string
		if err := json.Unmarshal(body["messages"], &messages); err != nil || len(messages) != 2 {
			t.Fatalf("%v %s", err, body["messages"])
		}
		system, user := messages[0], messages[1]
		if len(system) != 2 || len(user) != 2 || system["role"] != "system" || user["role"] != "user" || strings.Contains(system["content"], "out of memory") ||
			!strings.Contains(system["content"], "Say whether it can be fixed.") || !strings.Contains(system["content"], "is data") || strings.Contains(system["content"], schema) != (shape == "json_object" || shape == "text") {
			t.Errorf("%s: %+v", shape, messages)
		}
		if want := `{"purpose":"remediation","subject":"docker_container.web","evidence":[{"id":"e1","name":"status","value":{"exit_code":137}},` +
			`{"id":"e2","name":"logs","lines":["started","out of memory"]}]}`; user["content"] != want {
			t.Errorf("%s", user["content"])
		}
		if strings.Contains(string(r.Body), "sk-test") {
			t.Error("the key is in the body")
		}
	}
}

// TestTemperature: it is sent when it is set, also when it is 0.
func TestTemperature(t *testing.T) {
	s := ct.New(t, ct.Answer(good))
	for temperature, want := range map[float32]string{0: `,"temperature":0,`, 0.7: `,"temperature":0.7,`} {
		// A model by whose name some clients refuse to send one.
		if _, err := client(t, s, func(o *completion.Options) { o.Temperature, o.Model = &temperature, "o3-mini" }).Ask(t.Context(), question()); err != nil {
			t.Fatal(err)
		}
		all := s.Requests()
		if r := all[len(all)-1]; r.Header["Authorization"] != nil || !strings.Contains(string(r.Body), want) {
			t.Errorf("%v %s", r.Header, r.Body)
		}
	}
}

// TestPaths: a base URL may end in a slash, have a path of its own, or be the whole
// address of the call.
func TestPaths(t *testing.T) {
	s := ct.New(t, ct.Answer(good))
	host := strings.TrimSuffix(s.URL, "/v1")
	for _, url := range []string{host, host + "/", host + "/v1", host + "/v1/", host + "/v1/chat/completions", host + "/api/v1", host + "/a%20b"} {
		if _, err := client(t, s, func(o *completion.Options) { o.BaseURL = url }).Ask(t.Context(), question()); err != nil {
			t.Error(err)
		}
	}
	var paths []string
	for _, r := range s.Requests() {
		paths = append(paths, r.Path)
	}
	if want := []string{"/chat/completions", "/chat/completions", "/v1/chat/completions", "/v1/chat/completions", "/v1/chat/completions", "/api/v1/chat/completions", "/a b/chat/completions"}; !slices.Equal(paths, want) {
		t.Errorf("%q", paths)
	}
}

// TestRedirects: the key and the question go to the one server, whatever it says.
func TestRedirects(t *testing.T) {
	other := ct.New(t, ct.Answer(good))
	within := func(status int) ct.Handler {
		return func(w http.ResponseWriter, r ct.Request) {
			if r.Path != "/v2/chat/completions" {
				ct.Redirect(status, "/v2/chat/completions")(w, r)
				return
			}
			ct.Answer(good)(w, r)
		}
	}
	for name, c := range map[string]struct {
		h        ct.Handler
		want     ask.Reason
		requests int
	}{
		"to another host":      {ct.Redirect(307, other.URL+"/chat/completions"), ask.NotFound, 1},
		"to another, 308":      {ct.Redirect(308, other.URL+"/chat/completions"), ask.NotFound, 1},
		"to another, 302":      {ct.Redirect(302, other.URL+"/chat/completions"), ask.NotFound, 1},
		"to another scheme":    {ct.Redirect(307, "https://127.0.0.1/"), ask.NotFound, 1},
		"to a file":            {ct.Redirect(307, "file:///etc/passwd"), ask.NotFound, 1},
		"without where":        {ct.Raw(307, "text/plain", ""), ask.NotFound, 1},
		"as another method":    {within(302), ask.NotFound, 1},
		"not modified":         {ct.Raw(304, "text/plain", ""), ask.NotFound, 1},
		"again and again":      {ct.Redirect(307, "/v1/chat/completions"), ask.NotFound, 3},
		"within the server":    {within(307), "<nil>", 2},
		"with somebody else's": {ct.Redirect(307, strings.Replace(other.URL, "http://", "http://a:b@", 1)), ask.NotFound, 1},
	} {
		s := ct.New(t, c.h)
		_, err := client(t, s, withKey).Ask(t.Context(), question())
		if reasonOf(err) != c.want || len(s.Requests()) != c.requests {
			t.Errorf("%s: %s (%v) after %d requests", name, reasonOf(err), err, len(s.Requests()))
		}
		for _, r := range s.Requests() {
			if r.Header.Get("Authorization") == "" || len(r.Messages) != 2 {
				t.Errorf("%s: %v %s", name, r.Header, r.Body)
			}
		}
	}
	// To itself, but in another way.
	for _, instead := range []string{"https://", "http://a:b@"} {
		var s *ct.Server
		s = ct.New(t, func(w http.ResponseWriter, r ct.Request) {
			ct.Redirect(307, strings.Replace(s.URL, "http://", instead, 1)+"/x/chat/completions")(w, r)
		})
		if _, err := client(t, s, nil).Ask(t.Context(), question()); reasonOf(err) != ask.NotFound || len(s.Requests()) != 1 {
			t.Errorf("%s: %v after %d requests", instead, err, len(s.Requests()))
		}
	}
	if n := len(other.Requests()); n > 0 {
		t.Errorf("the other server got %d requests", n)
	}
}

// TestCertificateIsVerified: nothing is sent to a server that is not who it should
// be, and it is not tried again.
func TestCertificateIsVerified(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	c, err := completion.New(completion.Options{BaseURL: s.URL, Model: "m", Key: key, Sleep: func(context.Context, time.Duration) error {
		t.Error("it is tried again")
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.Unavailable || !strings.Contains(err.Error(), "cannot be trusted") {
		t.Error(err)
	}
}

// TestTooSlow: whatever a server does with the time, it is over in time.
func TestTooSlow(t *testing.T) {
	for name, h := range map[string]ct.Handler{"drips": ct.Drip(5 * time.Millisecond), "never answers": ct.Stall(), "never answers the correction": ct.InTurn(ct.Answer("{}"), ct.Stall())} {
		c := client(t, ct.New(t, h), func(o *completion.Options) { o.Deadline = 300 * time.Millisecond })
		begun := time.Now()
		if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.TooLate || time.Since(begun) > 30*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(begun))
		}
	}
	// A pause that would be longer than the time that is left is not made.
	s := ct.New(t, ct.Fail(503, "busy"))
	c := client(t, s, func(o *completion.Options) {
		o.Jitter = func(time.Duration) time.Duration { return time.Hour }
		o.Sleep = func(context.Context, time.Duration) error { t.Error("it waits"); return nil }
	})
	if _, err := c.Ask(t.Context(), question()); reasonOf(err) != ask.Unavailable || len(s.Requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Ask(ctx, question()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := client(t, ct.New(t, ct.Stall()), nil).Ask(ctx, question()); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestBrokenConnections are asked again.
func TestBrokenConnections(t *testing.T) {
	s := ct.New(t, ct.InTurn(ct.BreakOff(`{"choices":[{"mess`), ct.Answer(good)))
	reply, err := client(t, s, nil).Ask(t.Context(), question())
	if err != nil || len(reply.Exchanges) != 2 || reply.Exchanges[0].Status != 200 || !strings.Contains(reply.Exchanges[0].Error, "broke off") {
		t.Errorf("%v %+v", err, reply)
	}
	nobody := httptest.NewServer(nil)
	nobody.Close()
	reply, err = client(t, s, func(o *completion.Options) { o.BaseURL, o.Key = nobody.URL, key }).Ask(t.Context(), question())
	if reasonOf(err) != ask.Unavailable || len(reply.Exchanges) != 4 || reply.Exchanges[3].Status != 0 || strings.Contains(err.Error(), "Post") {
		t.Errorf("%v %+v", err, reply)
	}
}

func TestRetryAfter(t *testing.T) {
	const at = "Wed, 25 Nov 2026 12:00:20 GMT"
	for _, c := range []struct {
		name, value, date string
		want              time.Duration
	}{
		{"Retry-After", "7", "", 7 * time.Second},
		{"Retry-After", "1.5", "", 1500 * time.Millisecond},
		{"Retry-After", at, "", 20 * time.Second},
		{"Retry-After", at, "Wed, 25 Nov 2026 12:00:15 GMT", 5 * time.Second}, // by the server's own clock
		{"Retry-After", at, "Wed, 25 Nov 2026 12:00:25 GMT", 0},
		{"Retry-After", "soon", "", 0},
		{"Retry-After", "-5", "", 0},
		{"Retry-After", "NaN", "", 0},
		{"Retry-After-Ms", "250", "", 250 * time.Millisecond},
	} {
		busy := func(w http.ResponseWriter, r ct.Request) {
			w.Header().Set(c.name, c.value)
			w.Header()["Date"] = []string{c.date}
			ct.Fail(429, "busy")(w, r)
		}
		var waited time.Duration
		cl := client(t, ct.New(t, ct.InTurn(busy, ct.Answer(good))), func(o *completion.Options) {
			o.Now = func() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }
			o.Sleep = func(_ context.Context, d time.Duration) error { waited = d; return nil }
			o.Jitter = func(time.Duration) time.Duration { return 3 * time.Millisecond }
		})
		want := c.want + 3*time.Millisecond
		if c.want == 0 {
			want += 500 * time.Millisecond
		}
		if _, err := cl.Ask(t.Context(), question()); err != nil || waited != want {
			t.Errorf("%s: %s: %v, waited %v", c.name, c.value, err, waited)
		}
	}
	// Without a word from the server, it waits longer each time, and not for ever.
	var waits []time.Duration
	cl := client(t, ct.New(t, ct.Fail(500, "down")), func(o *completion.Options) {
		o.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
		o.Jitter = func(d time.Duration) time.Duration { return d / 2 }
	})
	if _, err := cl.Ask(t.Context(), question()); reasonOf(err) != ask.Unavailable || !slices.Equal(waits, []time.Duration{750 * time.Millisecond, 1500 * time.Millisecond, 3 * time.Second}) {
		t.Errorf("%v, waited %v", err, waits)
	}
	// What does not fit into the time that there is, is not waited for.
	s := ct.New(t, ct.With("Retry-After", "600", ct.Fail(503, "busy")))
	if _, err := client(t, s, nil).Ask(t.Context(), question()); reasonOf(err) != ask.Unavailable || len(s.Requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
}
