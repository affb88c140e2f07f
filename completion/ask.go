package completion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/completion/redact"
	"github.com/clockwork-hcl/clockwork/internal/strictjson"
)

// Ask implements ask.Completer. It takes a minute at most.
func (c *Client) Ask(ctx context.Context, q ask.Question) (ask.Reply, error) {
	if len(q.Schema) > maxSchema || !json.Valid(q.Schema) || q.Check == nil {
		return ask.Reply{}, &ask.Error{Reason: ask.Invalid, Detail: "The question cannot be asked: its schema is too long. Allow fewer attributes."}
	}
	if err := c.enter(); err != nil {
		return ask.Reply{}, err
	}
	bounded, cancel := context.WithTimeout(ctx, c.opts.Deadline)
	defer cancel()
	c.mu.Lock()
	t := &talk{Client: c, q: q, shape: c.shape, redactor: redact.New(append([]string{c.opts.Key}, q.Secrets...))}
	c.mu.Unlock()
	answer, err := t.run(bounded)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	c.leave(err)
	if err == nil {
		c.mu.Lock()
		c.shape = t.shape
		c.mu.Unlock()
	}
	return ask.Reply{Answer: answer, Model: t.model, Exchanges: t.exchanges}, err
}

// talk is the asking of one question.
type talk struct {
	*Client
	q         ask.Question
	shape     shape
	redactor  *redact.Redactor
	messages  []openai.ChatCompletionMessage
	model     string
	exchanges []ask.Exchange
}

// run asks until there is an answer that is accepted.
func (t *talk) run(ctx context.Context) ([]byte, error) {
	if err := t.begin(); err != nil {
		return nil, err
	}
	corrections := 0
	for {
		message, err := t.request(ctx)
		var not *wrongShape
		if errors.As(err, &not) && t.shape < plainText {
			t.shape++
			if err := t.begin(); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, t.explained(err)
		}
		text := t.shape.text(message)
		object, isObject := objectIn(text)
		if !isObject && t.shape < plainText && corrections == 0 {
			// It did not do what was asked, and said nothing: it does not know how.
			t.note("there is no JSON object in the answer")
			t.shape++
			if err := t.begin(); err != nil {
				return nil, err
			}
			continue
		}
		wrong := t.wrong(object, isObject)
		if wrong == nil {
			return []byte(object), nil
		}
		t.note(wrong.Error())
		if corrections++; corrections > t.opts.MaxRetries {
			return nil, &ask.Error{Reason: ask.Invalid, Detail: fmt.Sprintf(
				"The model %s gave no answer that can be used, also after %d corrections: %s. Try another model.", t.opts.Model, t.opts.MaxRetries, t.redactor.Text(wrong.Error()))}
		}
		t.correct(text, wrong)
	}
}

// begin writes the messages for the shape.
func (t *talk) begin() error {
	messages, err := prompt(t.q, t.redactor, t.shape)
	if err != nil {
		return &ask.Error{Reason: ask.Invalid, Detail: fmt.Sprintf("The question cannot be asked: %s.", err)}
	}
	t.messages = messages
	return nil
}

// wrong says what is wrong with an answer.
func (t *talk) wrong(object string, isObject bool) error {
	switch {
	case !isObject:
		return errors.New("the answer is not one JSON object")
	case len(object) > maxAnswer:
		return fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	if err := strictjson.Check([]byte(object)); err != nil {
		return fmt.Errorf("the answer is unusable: %w", err)
	}
	return t.q.Check([]byte(object))
}

// correct asks again, with what was wrong. The wrong answer is only sent back
// where there is room.
func (t *talk) correct(text string, wrong error) {
	first := t.messages[:2:2]
	said := t.redactor.Text(shown(text))
	if said == "" || len(said) > maxLine {
		said = "(an answer that was not usable)"
	}
	t.messages = append(first,
		openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, Content: said},
		openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser,
			Content: "That answer was not accepted: " + t.redactor.Text(shown(wrong.Error())) + ". Answer again with one JSON object of the schema."})
}

// wrongShape says that the server does not know the way of asking.
type wrongShape struct{ error }

// request sends the messages, more than once if the server has no time.
func (t *talk) request(ctx context.Context) (openai.ChatCompletionMessage, error) {
	var none openai.ChatCompletionMessage
	for try := 0; ; try++ {
		message, again, err := t.once(ctx)
		if err == nil {
			return message, nil
		}
		if again < 0 || try+1 >= tries || ctx.Err() != nil {
			return none, err
		}
		wait := pause(try, again)
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
			return none, err
		}
		if t.opts.Sleep(ctx, wait) != nil {
			return none, err
		}
	}
}

// once sends the messages once. again is negative when it is of no use to try
// again, and else how long the server wants to be left alone, 0 when it did not
// say.
func (t *talk) once(ctx context.Context) (message openai.ChatCompletionMessage, again time.Duration, err error) {
	req := openai.ChatCompletionRequest{Model: t.opts.Model, Messages: t.messages}
	if t.opts.Temperature != nil {
		// The library leaves 0 out.
		req.Temperature = max(*t.opts.Temperature, math.SmallestNonzeroFloat32)
	}
	t.shape.put(&req, t.q.Schema)
	body, err := json.Marshal(req)
	if err != nil {
		return message, -1, fmt.Errorf("write the request: %w", err)
	}
	if t.q.Permit != nil {
		if err := t.q.Permit(len(body)/3 + 500); err != nil {
			return message, -1, &ask.Error{Reason: ask.NotPermitted, Detail: err.Error()}
		}
	}
	note := &sent{}
	begun := t.opts.Now()
	resp, err := t.openai.CreateChatCompletion(withNote(ctx, note), req)
	x := ask.Exchange{Time: begun.UTC(), Server: t.Server(), Model: t.opts.Model, Shape: t.shape.String(), Status: note.status, Request: body,
		Seconds: t.opts.Now().Sub(begun).Seconds()}
	if err == nil {
		x.PromptTokens, x.CompletionTokens = max(0, resp.Usage.PromptTokens), max(0, resp.Usage.CompletionTokens)
		x.Cost = (float64(x.PromptTokens)*t.opts.PromptPrice + float64(x.CompletionTokens)*t.opts.CompletionPrice) / 1e6
		t.model = t.opts.Model
		if resp.Model != "" {
			t.model = t.redactor.Text(shown(resp.Model))
		}
		x.Model = t.model
		message, err = t.messageOf(resp)
		x.Answer = t.redactor.Text(cut(t.shape.text(message)))
	}
	again = -1
	if err != nil {
		again, err = t.judged(err, note)
		x.Error = err.Error()
	}
	t.exchanges = append(t.exchanges, x)
	return message, again, err
}

// messageOf returns the one message of a response.
func (t *talk) messageOf(resp openai.ChatCompletionResponse) (openai.ChatCompletionMessage, error) {
	if len(resp.Choices) == 0 {
		return openai.ChatCompletionMessage{}, &ask.Error{Reason: ask.Invalid, Detail: "The model's response has no answer in it. Try another model."}
	}
	choice := resp.Choices[0]
	switch {
	case choice.Message.Refusal != "" || choice.FinishReason == openai.FinishReasonContentFilter:
		return choice.Message, &ask.Error{Reason: ask.Refused, Detail: "The model refused to answer. Try another model, or do without its answer."}
	case choice.FinishReason == openai.FinishReasonLength:
		return choice.Message, &ask.Error{Reason: ask.Invalid, Detail: "The model's answer was cut off at its length limit. Raise the limit at the server, or try another model."}
	}
	return choice.Message, nil
}

// judged says of an error of the library, or of the network, whether another try
// may help and after how long; and words it so that it can be shown.
func (t *talk) judged(err error, note *sent) (time.Duration, error) {
	var mine *ask.Error
	if errors.As(err, &mine) {
		return -1, err
	}
	status, message := note.status, ""
	var api *openai.APIError
	var plain *openai.RequestError
	switch {
	case errors.As(err, &plain): // which may wrap an empty one of the other
		message = string(plain.Body)
	case errors.As(err, &api):
		message = api.Message
	}
	message = t.redactor.Text(shown(cutTo(message, 300)))
	switch {
	case status >= 400 && t.shape < plainText && notThisShape(status, message):
		return -1, &wrongShape{fmt.Errorf("the server does not take this way of asking: %s", message)}
	case status >= 400 && reasonOf(status) != "":
		return -1, &ask.Error{Reason: reasonOf(status), Detail: refusal(reasonOf(status), t.opts.Model, t.Server(), status, message)}
	case status >= 400:
		return retryAfter(note.header, t.opts.Now()), &ask.Error{Reason: ask.Unavailable, Detail: fmt.Sprintf(
			"The server %s has no answer now (status %d)%s. It is asked again later.", t.Server(), status, aside(message))}
	case timedOut(err):
		return -1, &ask.Error{Reason: ask.TooLate, Detail: fmt.Sprintf("The model at %s did not answer in time. Take a faster one, or look at the server.", t.Server())}
	case errors.Is(err, errOtherServer), errors.Is(err, errManyRedirect):
		return -1, &ask.Error{Reason: ask.Refused, Detail: fmt.Sprintf("The server %s redirects to somewhere else, where nothing is sent. Correct the base URL.", t.Server())}
	case status > 0:
		return -1, &ask.Error{Reason: ask.Invalid, Detail: fmt.Sprintf("The response of %s cannot be used: %s. Check the base URL.", t.Server(), t.redactor.Text(shown(cutTo(err.Error(), 200))))}
	case errors.Is(err, errTooLong), errors.Is(err, errNotJSON):
		return -1, &ask.Error{Reason: ask.Invalid, Detail: fmt.Sprintf("The response of %s cannot be used: %s. Check the base URL.", t.Server(), err)}
	}
	return 0, &ask.Error{Reason: ask.Unavailable, Detail: fmt.Sprintf("The server %s cannot be reached: %s. Check the base URL and the network.",
		t.Server(), t.redactor.Text(shown(cutTo(err.Error(), 200))))}
}

func refusal(r ask.Reason, model, server string, status int, message string) string {
	switch r {
	case ask.Unauthorised:
		return fmt.Sprintf("The server %s does not accept the key, or there is nothing left to pay with (status %d)%s. Check CW_API_KEY and the account.", server, status, aside(message))
	case ask.NotFound:
		return fmt.Sprintf("The server %s knows no model %q, or its API is at another path (status %d)%s. Check CW_MODEL and CW_BASE_URL.", server, model, status, aside(message))
	}
	return fmt.Sprintf("The server %s refused the request (status %d)%s. Check the model's settings.", server, status, aside(message))
}

func aside(message string) string {
	if message = strings.TrimSpace(message); message == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(message, ".")
}

// explained is an error that ends the asking.
func (t *talk) explained(err error) error {
	var e *ask.Error
	if errors.As(err, &e) {
		return e
	}
	return &ask.Error{Reason: ask.Refused, Detail: fmt.Sprintf("The server %s knows none of the ways to ask for a structured answer. Try another model.", t.Server())}
}

// note adds to the last exchange why its answer was not taken.
func (t *talk) note(why string) {
	if n := len(t.exchanges); n > 0 {
		t.exchanges[n-1].Error = t.redactor.Text(why)
	}
}

// retryAfter is how long a server wants to be left alone (RFC 9110, section
// 10.2.3), 0 when it does not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(0, min(n, 3600))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

func cut(s string) string { return cutTo(s, maxAnswer) }

func cutTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// sent is what is found out about one request on the way.
type sent struct {
	status int
	header http.Header
}

type noteKey struct{}

func withNote(ctx context.Context, n *sent) context.Context {
	return context.WithValue(ctx, noteKey{}, n)
}

func noteOf(ctx context.Context) *sent {
	n, _ := ctx.Value(noteKey{}).(*sent)
	return n
}
