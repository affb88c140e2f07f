package completiontest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Request is one request, as it came.
type Request struct {
	Header http.Header `json:"-"`
	Path   string      `json:"-"`
	Body   []byte      `json:"-"`
	// Number counts from 0.
	Number int `json:"-"`
	// Gone is closed when the client has gone.
	Gone <-chan struct{} `json:"-"`

	// What of the body the answers depend on.
	Model          string          `json:"model"`
	Messages       []Message       `json:"messages"`
	ResponseFormat *ResponseFormat `json:"response_format"`
	Tools          []Tool          `json:"tools"`
	ToolChoice     json.RawMessage `json:"tool_choice"`
	Stream         bool            `json:"stream"`
}

// Message is one message of a request.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// ResponseFormat is how a structured answer is asked for.
type ResponseFormat struct {
	Type       string `json:"type"`
	JSONSchema struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	} `json:"json_schema"`
}

// Tool is a function that the model may call.
type Tool struct {
	Type     string `json:"type"`
	Function struct {
		Name       string          `json:"name"`
		Strict     bool            `json:"strict"`
		Parameters json.RawMessage `json:"parameters"`
	} `json:"function"`
}

// Shape is how the request asks for a structured answer: "json_schema", "tool",
// "json_object" or "text".
func (r Request) Shape() string {
	switch {
	case r.ResponseFormat != nil:
		return r.ResponseFormat.Type
	case len(r.Tools) > 0:
		return "tool"
	}
	return "text"
}

// Handler answers a request.
type Handler func(w http.ResponseWriter, r Request)

// Server is a server, which ends with its test.
type Server struct {
	URL string // with the API's path, as clients want it: "http://127.0.0.1:1234/v1"

	mu       sync.Mutex
	requests []Request
	handler  Handler
}

// New starts a server that answers by h.
func New(t testing.TB, h Handler) *Server {
	s := &Server{handler: h}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL + "/v1"
	return s
}

// Requests are all so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return
	}
	req := Request{Header: r.Header.Clone(), Path: r.URL.Path, Body: body, Gone: r.Context().Done()}
	if err := json.Unmarshal(body, &req); err != nil || r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/chat/completions") {
		Fail(404, "Unknown request URL: "+r.Method+" "+r.URL.Path)(w, req)
		return
	}
	s.mu.Lock()
	req.Number = len(s.requests)
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	s.handler(w, req)
}

// InTurn answers the first request by the first handler, and so on; the last
// answers all that come after.
func InTurn(handlers ...Handler) Handler {
	return func(w http.ResponseWriter, r Request) { handlers[min(r.Number, len(handlers)-1)](w, r) }
}

// Answer answers with a text, in the shape that is asked for.
func Answer(text string) Handler {
	return func(w http.ResponseWriter, r Request) {
		message := map[string]any{"role": "assistant", "content": text, "refusal": nil}
		finish := "stop"
		if len(r.Tools) > 0 {
			message["content"] = nil
			message["tool_calls"] = []any{map[string]any{"id": "call_1", "type": "function",
				"function": map[string]any{"name": r.Tools[0].Function.Name, "arguments": text}}}
			finish = "tool_calls"
		}
		Respond(message, finish)(w, r)
	}
}

// Respond answers with a message and why it ends.
func Respond(message map[string]any, finish string) Handler {
	return func(w http.ResponseWriter, r Request) {
		prompt := len(r.Body) / 4
		Write(200, map[string]any{"id": fmt.Sprintf("chatcmpl-%d", r.Number), "object": "chat.completion", "created": 1_764_000_000,
			"model":   r.Model + "-2026-01-01",
			"choices": []any{map[string]any{"index": 0, "message": message, "logprobs": nil, "finish_reason": finish}},
			"usage":   map[string]any{"prompt_tokens": prompt, "completion_tokens": 50, "total_tokens": prompt + 50}})(w, r)
	}
}

// Write answers with a status and a value as JSON.
func Write(status int, v any) Handler {
	return func(w http.ResponseWriter, _ Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
}

// Raw answers with bytes as they are.
func Raw(status int, contentType, body string) Handler {
	return func(w http.ResponseWriter, _ Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Fail answers with an error in OpenAI's format.
func Fail(status int, message string) Handler {
	return Write(status, map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error", "param": nil, "code": nil}})
}
