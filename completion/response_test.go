package completion_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	ct "github.com/clockwork-hcl/clockwork/completion/completiontest"
)

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
		"choices are null":   {ct.Write(200, map[string]any{"choices": nil, "error": nil}), ask.Invalid, 1},
		"null":               {ct.Raw(200, "application/json", "null"), ask.Invalid, 1},
		"a list":             {ct.Raw(200, "application/json", "[]"), ask.Invalid, 1},
		"other types":        {ct.Raw(200, "application/json", `{"choices":"hunter2"}`), ask.Invalid, 1},
		"a content of bytes": {ct.Raw(200, "application/json", `{"choices":[{"message":{"content":5}}]}`), ask.Invalid, 1},
		"an empty message":   {ct.Raw(200, "application/json", `{"choices":[{}]}`), ask.Invalid, 6},
		"refusal":            {message(map[string]any{"role": "assistant", "refusal": "I cannot"}, "stop"), ask.Refused, 1},
		"filtered":           {message(text(""), "content_filter"), ask.Refused, 1},
		"cut off":            {message(text(`{"fix":"y`), "length"), ask.Invalid, 1},
		"cut off, whole":     {message(text(good), "length"), ask.Invalid, 1},
		"failed":             {message(text(""), "error"), ask.Unavailable, 4},
		"HTML":               {ct.Raw(200, "text/html", "<html>hello</html>"), ask.Invalid, 1},
		"empty":              {ct.Raw(200, "application/json", ""), ask.Invalid, 1},
		"no content":         {func(w http.ResponseWriter, _ ct.Request) { w.WriteHeader(204) }, ask.Invalid, 1},
		"truncated":          {ct.Raw(200, "application/json", `{"choices":[{"mess`), ask.Invalid, 1},
		"a stream":           {ct.Stream(`{"fix":`, `"yes"}`), ask.Invalid, 1},
		"as a stream":        {ct.Raw(200, "text/event-stream; charset=utf-8", `{"choices":[{"message":{"content":"{\"fix\":\"yes\"}"}}]}`), ask.Invalid, 1},
		"a hidden stream":    {ct.Raw(200, "application/json", "data: {}\n\ndata: [DONE]\n"), ask.Invalid, 1},
		"50 MB":              {ct.Flood(50 << 20), ask.Invalid, 1},
		"50 MB of an error":  {floodOf(500), ask.Unavailable, 4},
		"deep":               {ct.Raw(200, "application/json", deep), ask.Invalid, 1},
		"deep answer":        {ct.Answer(deep), ask.Invalid, 3},
		"deep error":         {ct.Raw(400, "application/json", `{"error":`+deep+`}`), ask.Refused, 1},
		"a key twice":        {ct.Answer(`{"fix":"no","fix":"yes"}`), ask.Invalid, 3},
		"a key in two cases": {ct.Answer(`{"FIX":"no","fix":"yes"}`), ask.Invalid, 3},
		"choices twice":      {ct.Raw(200, "application/json", `{"choices":[],"choices":[{"message":{"content":"{\"fix\":\"yes\"}"}}]}`), ask.Invalid, 1},
		"invalid UTF-8":      {ct.Raw(200, "application/json", "{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}"), ask.Invalid, 1},
		"UTF-16":             {ct.Raw(200, "application/json; charset=utf-16", "\xff\xfe{\x00}\x00"), ask.Invalid, 1},
		"NUL":                {ct.Answer("{\"fix\":\"\x00\"}"), ask.Invalid, 6},
		"an escaped NUL":     {ct.Answer(`{"fix":"\u0000"}`), ask.Invalid, 3},
		"half a character":   {ct.Answer(`{"fix":"\ud800"}`), ask.Invalid, 3},
		"NaN":                {ct.Answer(`{"fix":NaN}`), ask.Invalid, 6},
		"1e999":              {ct.Answer(`{"fix":1e999}`), ask.Invalid, 3},
		"prose":              {ct.Answer("I would restart it."), ask.Invalid, 6},
		"two objects":        {ct.Answer(good + " or " + good), ask.Invalid, 6},
		"a list of one":      {ct.Answer("[1]"), ask.Invalid, 6},
		"two calls":          {calls(good, good), ask.Invalid, 6},
		"another function":   {call("delete_all", good), ask.Invalid, 6},
		"64 KiB":             {ct.Answer(`{"fix":"` + strings.Repeat("x", 70_000) + `"}`), ask.Invalid, 3},
		"401":                {ct.Fail(401, "Incorrect API key provided: "+key), ask.Unauthorised, 1},
		"402":                {ct.Fail(402, "Insufficient credits"), ask.Unauthorised, 1},
		"403":                {ct.Fail(403, "Country not supported"), ask.Unauthorised, 1},
		"404":                {ct.Fail(404, "The model `m` does not exist"), ask.NotFound, 1},
		"405":                {ct.Fail(405, "Method Not Allowed"), ask.NotFound, 1},
		"nothing refused":    {ct.Fail(400, "Something happened on the way to response_format"), ask.Refused, 1},
		"too long for tools": {ct.InTurn(ct.Knows(nil), ct.Failures()["length"][0].Handler()), ask.Refused, 2},
		"too long, invalid":  {ct.InTurn(ct.Knows(nil), ct.Fail(400, "Invalid request: the tools exceed the maximum context length")), ask.Refused, 2},
		"too much":           {ct.Write(200, map[string]any{"padding": strings.Repeat(" ", 1<<20), "choices": []any{map[string]any{"message": map[string]any{"content": good}}}}), ask.Invalid, 1},
		"400":                {ct.Fail(400, "Something is wrong"), ask.Refused, 1},
		"429":                {ct.Fail(429, "Rate limit reached"), ask.Unavailable, 4},
		"408":                {ct.Fail(408, "Request timeout"), ask.Unavailable, 4},
		"500 without a body": {ct.Raw(500, "text/plain", ""), ask.Unavailable, 4},
		"knows nothing":      {ct.Knows(nil), ask.Refused, 4},
		"error as a string":  {ct.Write(400, map[string]any{"error": "bad request"}), ask.Refused, 1},
		"error as a number":  {ct.Write(400, 17), ask.Refused, 1},
		"a long error":       {ct.Fail(400, strings.Repeat("wrong ", 10_000)), ask.Refused, 1},
		"error with escapes": {ct.Fail(400, "\x1b[31m\u202ered "+key[:8]+"\u200b"+key[8:]), ask.Refused, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := ct.New(t, c.handler)
			reply, err := client(t, s, withKey).Ask(t.Context(), question())
			if reasonOf(err) != c.want || len(s.Requests()) > c.most || len(reply.Exchanges) != len(s.Requests()) || reply.Answer != nil {
				t.Fatalf("%s (%v) after %d requests, %d exchanges", reasonOf(err), err, len(s.Requests()), len(reply.Exchanges))
			}
			raw, _ := json.Marshal(reply.Exchanges)
			for _, said := range []string{err.Error(), string(raw)} {
				if strings.Contains(said, "sk-test") || strings.ContainsAny(said, "\x1b\u202e\u200b") {
					t.Errorf("it says %s", said)
				}
			}
			if len(err.Error()) > 800 || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("it says %s", err)
			}
		})
	}
}

// TestFloodIsNotRead: of a response without an end, only what may be is read.
func TestFloodIsNotRead(t *testing.T) {
	var written atomic.Int64
	ended := make(chan struct{})
	s := ct.New(t, func(w http.ResponseWriter, _ ct.Request) {
		defer close(ended)
		part := []byte(strings.Repeat(" ", 64<<10))
		for written.Load() < 1<<30 {
			n, err := w.Write(part)
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	})
	if _, err := client(t, s, nil).Ask(t.Context(), question()); reasonOf(err) != ask.Invalid || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Error(err)
	}
	<-ended
	if n := written.Load(); n > 100<<20 { // the system's buffers take some
		t.Errorf("it took %d bytes", n)
	}
}

// TestGoodResponses: what servers do differently is understood.
func TestGoodResponses(t *testing.T) {
	long := `{"fix":"yes","why":"` + strings.Repeat("x", 60_000) + `"}`
	for name, c := range map[string]struct {
		handler ct.Handler
		answer  string
	}{
		"in fences":              {ct.Answer("Here it is:\n```json\n" + good + "\n```\nGood luck."), good},
		"behind a thought":       {ct.Answer("<think>hm</think>\n" + good), good},
		"in parts":               {ct.Respond(map[string]any{"content": []any{map[string]any{"type": "text", "text": `{"fix":`}, map[string]any{"type": "text", "text": `"yes"}`}}}, "stop"), good},
		"arguments as an object": {ct.Ignores(raw(`{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"answer","arguments":`+good+`}}]},"finish_reason":"tool_calls"}]}`), "tool"), good},
		"words instead of calls": {ct.Ignores(ct.Respond(map[string]any{"content": good}, "stop"), "tool"), good},
		"a call that stops":      {ct.Ignores(raw(`{"choices":[{"message":{"tool_calls":[{"function":{"name":"answer","arguments":"{\"fix\":\"yes\"}"}}]},"finish_reason":"stop"}]}`), "tool"), good},
		"as text":                {ct.Raw(200, "text/plain", `{"choices":[{"message":{"content":"{\"fix\":\"yes\"}"},"finish_reason":null}],"usage":null,"model":null}`), good},
		"with more":              {raw(`{"choices":[{"index":0.5,"message":{"content":"{\"fix\":\"yes\"}","reasoning":"hm","annotations":[]},"logprobs":{"content":[]}},{"message":7}],"created":"now","x":{}}`), ""},
		"long":                   {ct.Answer(long), long},
		"almost 1 MiB":           {ct.Write(200, map[string]any{"padding": strings.Repeat(" ", 1_000_000), "choices": []any{map[string]any{"message": map[string]any{"content": good}}}}), good},
	} {
		q := question()
		q.Check = func(answer []byte) error {
			var a map[string]string
			return json.Unmarshal(answer, &a)
		}
		reply, err := client(t, ct.New(t, c.handler), nil).Ask(t.Context(), q)
		if c.answer == "" {
			if reasonOf(err) != ask.Invalid {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || string(reply.Answer) != c.answer {
			t.Errorf("%s: %.100q %v", name, reply.Answer, err)
		}
	}
}

func raw(body string) ct.Handler { return ct.Raw(200, "application/json", body) }

func floodOf(status int) ct.Handler {
	return func(w http.ResponseWriter, r ct.Request) {
		w.WriteHeader(status)
		ct.Flood(50<<20)(w, r)
	}
}

// calls answers with a call for each text.
func calls(arguments ...string) ct.Handler {
	var all []any
	for _, a := range arguments {
		all = append(all, map[string]any{"id": "1", "type": "function", "function": map[string]any{"name": "answer", "arguments": a}})
	}
	return ct.Respond(map[string]any{"role": "assistant", "tool_calls": all}, "tool_calls")
}

func call(name, arguments string) ct.Handler {
	return ct.Respond(map[string]any{"role": "assistant", "tool_calls": []any{map[string]any{"function": map[string]any{"name": name, "arguments": arguments}}}}, "tool_calls")
}
