package completion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sashabaranov/go-openai"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/completion/redact"
	"github.com/clockwork-hcl/clockwork/internal/strictjson"
)

// talk is the asking of one question.
type talk struct {
	*Client
	q        ask.Question
	redactor *redact.Redactor
	known    *document

	shape shape
	// ownShape says that the server refused a way of asking because of this
	// question's schema.
	ownShape bool
	// more are the messages of a correction.
	more      []openai.ChatCompletionMessage
	model     string
	exchanges []ask.Exchange
}

// run asks until there is an answer that is accepted.
func (t *talk) run(ctx context.Context) ([]byte, error) {
	known, err := known(t.q, t.redactor)
	if err != nil {
		return nil, unaskable(err)
	}
	t.known = known
	for corrections := 0; ; {
		said, err := t.request(ctx)
		var not *wrongShape
		if errors.As(err, &not) {
			if t.shape == plainText {
				return nil, &ask.Error{Reason: ask.Refused, Detail: fmt.Sprintf("The server %s knows none of the ways to ask for a structured answer. Try another model.", t.Server())}
			}
			t.ownShape = t.ownShape || not.schema
			t.next()
			continue
		}
		if err != nil {
			return nil, err
		}
		object, isObject := objectIn(said.answer(t.shape))
		if !isObject && t.shape < plainText && corrections == 0 {
			// It did not do what was asked, and said nothing: it does not know how.
			t.note("there is no JSON object in the answer")
			t.next()
			continue
		}
		wrong := t.wrong(object, isObject)
		if wrong == nil {
			return []byte(object), nil
		}
		t.note(wrong.Error())
		if corrections++; corrections > t.opts.MaxRetries {
			return nil, &ask.Error{Reason: ask.Invalid, Detail: fmt.Sprintf(
				"The model %s gave no answer that can be used%s: %s. Try another model.", t.opts.Model, also(t.opts.MaxRetries), strings.TrimSuffix(t.redactor.Text(wrong.Error()), "."))}
		}
		t.correct(said.answer(t.shape), wrong)
	}
}

func also(corrections int) string {
	switch corrections {
	case 0:
		return ""
	case 1:
		return ", also after a correction"
	}
	return fmt.Sprintf(", also after %d corrections", corrections)
}

// unaskable is the error for a question that cannot be put into messages.
func unaskable(err error) error {
	return &ask.Error{Reason: ask.Invalid, Detail: fmt.Sprintf("The question cannot be asked: %s. Look at the matter yourself.", err)}
}

// next takes the next way of asking.
func (t *talk) next() {
	t.shape++
	t.more = nil
}

// wrong says what is wrong with an answer, whatever way it came.
func (t *talk) wrong(object string, isObject bool) error {
	switch {
	case len(object) > maxAnswer:
		return fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	case !isObject:
		return errors.New("the answer is not one JSON object")
	}
	if err := strictjson.Check([]byte(object)); err != nil {
		return fmt.Errorf("the answer cannot be used: %w", err)
	}
	return t.q.Check([]byte(object))
}

// correct asks again, with what was wrong. The wrong answer is sent back where it
// is short.
func (t *talk) correct(text string, wrong error) {
	said := "(an answer that cannot be used)"
	if clean := t.redactor.Text(text); clean != "" && len(clean) <= maxText {
		said = shown(clean)
	}
	t.more = []openai.ChatCompletionMessage{
		{Role: openai.ChatMessageRoleAssistant, Content: said},
		{Role: openai.ChatMessageRoleUser,
			Content: "That answer was not accepted: " + shown(t.redactor.Text(wrong.Error())) + ". Answer again with one JSON object of the schema."},
	}
}

// note adds to the last exchange why its answer was not taken.
func (t *talk) note(why string) {
	if n := len(t.exchanges); n > 0 {
		t.exchanges[n-1].Error = t.redactor.Text(why)
	}
}

// objectIn returns the one JSON object in a text, which may stand between fences or
// sentences. There must be no other braces beside it.
func objectIn(text string) (string, bool) {
	from, to := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if from < 0 || to < from {
		return "", false
	}
	object := text[from : to+1]
	return object, json.Valid([]byte(object))
}
