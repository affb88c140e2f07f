package completiontest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Knows is a server that does not know all ways of asking: it refuses the shapes
// that are not given, as OpenAI does.
func Knows(h Handler, shapes ...string) Handler {
	return func(w http.ResponseWriter, r Request) {
		if slices.Contains(shapes, r.Shape()) {
			h(w, r)
			return
		}
		message := fmt.Sprintf("Invalid parameter: 'response_format' of type '%s' is not supported with this model.", r.Shape())
		if r.Shape() == "tool" {
			message = "This model does not support tools."
		}
		Fail(400, message)(w, r)
	}
}

// Ignores is a server that takes all ways of asking, and answers in prose to those
// that are not given.
func Ignores(h Handler, shapes ...string) Handler {
	return func(w http.ResponseWriter, r Request) {
		if slices.Contains(shapes, r.Shape()) {
			h(w, r)
			return
		}
		Respond(map[string]any{"role": "assistant", "content": "I would restart it."}, "stop")(w, r)
	}
}

// With answers with another header field.
func With(name, value string, h Handler) Handler {
	return func(w http.ResponseWriter, r Request) {
		w.Header().Set(name, value)
		h(w, r)
	}
}

// Stall never answers.
func Stall() Handler { return func(_ http.ResponseWriter, r Request) { <-r.Gone } }

// Drip begins an answer, and never ends it: a space comes now and then.
func Drip(pause time.Duration) Handler {
	return func(w http.ResponseWriter, r Request) {
		w.Header().Set("Content-Type", "application/json")
		for {
			if _, err := w.Write([]byte(" ")); err != nil {
				return
			}
			flush(w)
			select {
			case <-r.Gone:
				return
			case <-time.After(pause):
			}
		}
	}
}

// Flood answers with so many spaces.
func Flood(size int) Handler {
	return func(w http.ResponseWriter, _ Request) {
		w.Header().Set("Content-Type", "application/json")
		part := slices.Repeat([]byte(" "), 64<<10)
		for size > 0 {
			n, err := w.Write(part[:min(size, len(part))])
			if err != nil {
				return
			}
			size -= n
		}
	}
}

// Redirect sends the client elsewhere.
func Redirect(status int, to string) Handler {
	return func(w http.ResponseWriter, _ Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}
}

// BreakOff promises more than the text, and ends the connection behind it.
func BreakOff(text string) Handler {
	return func(w http.ResponseWriter, _ Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)+1000))
		_, _ = w.Write([]byte(text))
		flush(w)
		panic(http.ErrAbortHandler) // net/http's way to do it
	}
}

// Stream answers as for a request with "stream": true.
func Stream(parts ...string) Handler {
	return func(w http.ResponseWriter, r Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, part := range parts {
			chunk, _ := json.Marshal(map[string]any{"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": r.Model,
				"choices": []any{map[string]any{"index": 0, "delta": map[string]any{"content": part}, "finish_reason": nil}}})
			_, _ = fmt.Fprintf(w, "data: %s\n\n", chunk)
			flush(w)
		}
		_, _ = fmt.Fprint(w, "data: [DONE]\n\n")
	}
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
