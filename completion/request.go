package completion

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/internal/strictjson"
)

const (
	tries      = 4 // of one request that the server has no time for
	firstPause = 500 * time.Millisecond
	never      = time.Duration(-1)
)

// request sends the messages, more than once if the server has no time. Its errors
// are an *ask.Error or a *wrongShape.
func (t *talk) request(ctx context.Context) (message, error) {
	for try := 0; ; try++ {
		said, again, err := t.once(ctx)
		if err == nil || again == never || try+1 >= tries || ctx.Err() != nil {
			return said, err
		}
		wait := firstPause << try
		if again > 0 {
			wait = again + t.opts.Jitter(firstPause)
		} else {
			wait += t.opts.Jitter(wait)
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
			return said, err
		}
		if t.opts.Sleep(ctx, wait) != nil {
			return said, err
		}
	}
}

// once sends the messages once. again is never when it is of no use to try again,
// and else how long the server wants to be left alone, 0 when it did not say.
func (t *talk) once(ctx context.Context) (said message, again time.Duration, err error) {
	messages, err := prompt(t.q, t.known, t.shape, t.more)
	if err != nil {
		return said, never, unaskable(err)
	}
	req := body{Model: t.opts.Model, Messages: messages, Temperature: t.opts.Temperature}
	t.shape.put(&req, t.q.Schema)
	raw, err := encoded(req)
	if err != nil {
		return said, never, unaskable(err)
	}
	if t.q.Permit != nil {
		if err := t.q.Permit(len(raw)/3 + 500); err != nil {
			return said, never, &ask.Error{Reason: ask.NotPermitted, Detail: err.Error()}
		}
	}
	begun := t.opts.Now()
	g := t.wire.post(ctx, raw)
	x := ask.Exchange{Time: begun.UTC(), Server: t.Server(), Model: t.opts.Model, Shape: t.shape.String(), Status: g.status, Request: raw,
		Seconds: max(0, t.opts.Now().Sub(begun).Seconds())}
	said, again, err = t.read(g, &x)
	if err != nil {
		x.Error = err.Error()
	}
	t.exchanges = append(t.exchanges, x)
	return said, again, err
}

// read understands a response, and notes in the exchange what is in it.
func (t *talk) read(g got, x *ask.Exchange) (message, time.Duration, error) {
	var none message
	switch {
	case g.err != nil:
		again, err := t.unreachable(g)
		return none, again, err
	case g.status >= http.StatusBadRequest:
		again, err := t.refused(g, readFailure(g.status, g.body))
		return none, again, err
	case g.status >= http.StatusMultipleChoices:
		return none, never, t.elsewhere()
	}
	if kind, _, err := mime.ParseMediaType(g.header.Get("Content-Type")); err == nil && kind == "text/event-stream" {
		return none, never, t.unusable("it is a stream, which was not asked for")
	}
	if err := strictjson.Check(g.body); err != nil {
		if text := bytes.TrimSpace(g.body); len(text) > 0 && text[0] == '<' {
			return none, never, t.unusable("it is a page, and no JSON")
		}
		return none, never, t.unusable(err.Error())
	}
	var r response
	if err := unmarshal(g.body, &r); err != nil {
		return none, never, t.unusable(err.Error())
	}
	if len(r.Choices) == 0 && len(r.Error) > 0 && string(r.Error) != "null" {
		f := readFailure(0, g.body)
		if f.status < http.StatusBadRequest {
			f.status = http.StatusBadGateway
		}
		again, err := t.refused(g, f)
		return none, again, err
	}
	if r.Usage != nil {
		x.PromptTokens, x.CompletionTokens = max(0, r.Usage.PromptTokens), max(0, r.Usage.CompletionTokens)
		x.Cost = (float64(x.PromptTokens)*t.opts.PromptPrice + float64(x.CompletionTokens)*t.opts.CompletionPrice) / 1e6
	}
	t.model = t.opts.Model
	if r.Model != "" {
		t.model = cutTo(shown(t.redactor.Text(r.Model)), maxName)
	}
	x.Model = t.model
	said, err := r.said()
	x.Answer = cutTo(t.redactor.Text(said.answer(t.shape)), maxAnswer)
	var e *ask.Error
	if errors.As(err, &e) && e.Reason == ask.Unavailable {
		return said, 0, err
	}
	return said, never, err
}

// retryAfter is how long a server wants to be left alone (RFC 9110, section
// 10.2.3), 0 when it does not say. A date is by the server's own clock.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 { // OpenAI
		return time.Duration(min(ms, 3600_000) * float64(time.Millisecond))
	}
	text := h.Get("Retry-After")
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 {
		return time.Duration(min(n, 3600) * float64(time.Second))
	}
	if at, err := http.ParseTime(text); err == nil {
		if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
			now = theirs
		}
		return max(0, at.Sub(now))
	}
	return 0
}
