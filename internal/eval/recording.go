package eval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/clockwork-hcl/clockwork/completion"
)

// Recording is what a model answered to a case.
type Recording struct {
	// Source says where it comes from: "model", or "hand" for one that a person
	// wrote in the form in which models answer.
	Source  string           `json:"source"`
	Model   string           `json:"model"`
	Answers []RecordedAnswer `json:"answers"`
}

// RecordedAnswer is one response of the server, redacted as all that is kept.
type RecordedAnswer struct {
	Shape            string  `json:"shape"` // of the request
	Answer           string  `json:"answer"`
	PromptTokens     int     `json:"prompt_tokens"`
	CompletionTokens int     `json:"completion_tokens"`
	Seconds          float64 `json:"seconds,omitempty"`
}

// Record writes what a model answered in a case.
func Record(dir string, r Result) error {
	rec := Recording{Source: "model", Model: r.Model}
	for _, e := range r.exchanges {
		if e.Status == http.StatusOK {
			rec.Answers = append(rec.Answers, RecordedAnswer{e.Shape, e.Answer, e.PromptTokens, e.CompletionTokens, e.Seconds})
		}
	}
	raw, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return fmt.Errorf("write a recording: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write a recording: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, r.Case+".json"), append(raw, '\n'), 0o644)
}

// Replay returns a client that gets the answers which are recorded of a case.
func Replay(dir, name string) (*completion.Client, error) {
	raw, err := os.ReadFile(filepath.Join(dir, name+".json"))
	if err != nil {
		return nil, fmt.Errorf("read a recording: %w", err)
	}
	var rec Recording
	if err := json.Unmarshal(raw, &rec); err != nil {
		return nil, fmt.Errorf("read the recording of %s: %w", name, err)
	}
	t := &tape{Recording: rec, now: time.Unix(0, 0)}
	return completion.New(completion.Options{BaseURL: "http://localhost/v1", Model: rec.Model, MaxRetries: completion.DefaultMaxRetries,
		Transport: t, Now: func() time.Time { return t.now }})
}

// tape is a server that answers what is recorded, in turn. It knows the ways of
// asking that the recorded one knew, and has nothing to say when all is said.
type tape struct {
	Recording
	next int
	now  time.Time
}

// RoundTrip implements http.RoundTripper.
func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return nil, err
	}
	var asked struct {
		ResponseFormat struct {
			Type string `json:"type"`
		} `json:"response_format"`
		Tools []struct{} `json:"tools"`
	}
	if err := json.Unmarshal(raw, &asked); err != nil {
		return nil, err
	}
	shape := asked.ResponseFormat.Type
	switch {
	case len(asked.Tools) > 0:
		shape = "tool"
	case shape == "":
		shape = "text"
	}
	if t.next >= len(t.Answers) {
		return response(r, http.StatusUnprocessableEntity, map[string]any{"error": map[string]any{"message": "the recording is at its end"}})
	}
	a := t.Answers[t.next]
	if a.Shape != shape {
		return response(r, http.StatusBadRequest, map[string]any{"error": map[string]any{"message": "response_format or tools of this type are not supported"}})
	}
	t.next++
	t.now = t.now.Add(time.Duration(a.Seconds * float64(time.Second)))
	message := map[string]any{"role": "assistant", "content": a.Answer}
	if shape == "tool" {
		message = map[string]any{"role": "assistant", "content": nil, "tool_calls": []any{map[string]any{"id": "call_1", "type": "function",
			"function": map[string]any{"name": "answer", "arguments": a.Answer}}}}
	}
	return response(r, http.StatusOK, map[string]any{"object": "chat.completion", "model": t.Model,
		"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": "stop"}},
		"usage":   map[string]any{"prompt_tokens": a.PromptTokens, "completion_tokens": a.CompletionTokens, "total_tokens": a.PromptTokens + a.CompletionTokens}})
}

func response(r *http.Request, status int, v any) (*http.Response, error) {
	raw, err := json.Marshal(v)
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(raw)), Body: io.NopCloser(bytes.NewReader(raw))}, err
}
