package completion_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/clockwork-hcl/clockwork/completion"
	"github.com/clockwork-hcl/clockwork/completion/ask"
)

// answering is a server that answers everything with the same bytes.
type answering struct {
	status int
	kind   string
	body   []byte
	last   []byte // what it was sent
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	a.last, _ = io.ReadAll(r.Body)
	return &http.Response{StatusCode: a.status, Header: http.Header{"Content-Type": {a.kind}}, Body: io.NopCloser(bytes.NewReader(a.body)), Request: r}, nil
}

func (a *answering) client(t *testing.T) *completion.Client {
	c, err := completion.New(completion.Options{Model: "m", Key: key, MaxRetries: 1, Transport: a, Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// FuzzResponse: any bytes are an error of a kind, or an answer that Check accepts.
func FuzzResponse(f *testing.F) {
	f.Add(200, "application/json", []byte(`{"choices":[{"message":{"content":"{\"fix\":\"yes\"}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":-1}}`))
	f.Add(200, "application/json", []byte(`{"choices":[{"message":{"tool_calls":[{"function":{"name":"answer","arguments":{"fix":"yes"}}}]}}]}`))
	f.Add(200, "text/event-stream", []byte("data: {}\n\n"))
	f.Add(200, "application/json", []byte(`{"error":{"code":429,"message":"busy"}}`))
	f.Add(400, "application/json", []byte(`{"error":{"message":"response_format is not supported","code":[1]}}`))
	f.Add(422, "text/plain", []byte("Failed to deserialize response_format"))
	f.Add(500, "text/html", []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		if status < 200 || status > 599 || len(body) > 100_000 {
			return
		}
		a := &answering{status: status, kind: kind, body: body}
		reply, err := a.client(t).Ask(t.Context(), question())
		if (err == nil) != (reply.Answer != nil) || err == nil && question().Check(reply.Answer) != nil {
			t.Fatalf("%q %v", reply.Answer, err)
		}
		if err != nil && (strings.HasSuffix(string(reasonOf(err)), ".") || !utf8.ValidString(err.Error())) {
			t.Errorf("%q", err)
		}
		if raw, err := json.Marshal(reply.Exchanges); err != nil || strings.Contains(string(raw), key) {
			t.Errorf("%v %s", err, raw)
		}
	})
}

// FuzzPrompt: whatever is known, at most 16 KiB of JSON go out, and no secret does.
func FuzzPrompt(f *testing.F) {
	f.Add("a", "logs", "line\nline", `{"a":1}`, 1)
	f.Add("\xff", "\u202e", "\x1b[31m\x00", `["hunter2-hunter2",null]`, 5000)
	f.Add("hunter2-hunter2", "n", "hunter2-\nhunter2", `{"password":"x","hunter2-hunter2":{}}`, 3)
	const secret = "hunter2-hunter2"
	f.Fuzz(func(t *testing.T, subject, name, log, value string, times int) {
		if times < 0 || times > 5000 || len(subject)+len(name)+len(log)+len(value) > 20_000 {
			return
		}
		var v any = value
		if json.Valid([]byte(value)) {
			v = json.RawMessage(value)
		}
		var lines []string
		for range min(times, 1+500_000/(len(log)+1)) {
			lines = append(lines, strings.Split(log, "\n")...)
		}
		a := &answering{status: 200, kind: "application/json", body: []byte(`{"choices":[{"message":{"content":"{\"fix\":\"yes\"}"}}]}`)}
		q := question()
		q.Subject, q.Secrets = subject, []string{secret}
		q.Evidence = []ask.Evidence{{ID: "e1", Name: name, Value: v}, {ID: "e2", Name: name, Lines: lines}}
		if _, err := a.client(t).Ask(t.Context(), q); err != nil {
			if len(subject) < 10_000 { // a long one leaves no room
				t.Fatal(err)
			}
			return
		}
		var body struct {
			Messages []struct{ Content string } `json:"messages"`
		}
		if err := json.Unmarshal(a.last, &body); err != nil || !utf8.Valid(a.last) || len(body.Messages) != 2 {
			t.Fatalf("%v: %s", err, a.last)
		}
		if n := len(body.Messages[0].Content) + len(body.Messages[1].Content); n > most || !json.Valid([]byte(body.Messages[1].Content)) || strings.Contains(body.Messages[1].Content, secret) {
			t.Errorf("%d bytes: %s", n, body.Messages[1].Content)
		}
	})
}
