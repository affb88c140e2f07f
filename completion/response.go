package completion

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sashabaranov/go-openai"

	"github.com/clockwork-hcl/clockwork/completion/ask"
)

// response is what a server answers, as far as it is looked at. All servers agree
// on these fields, and not on the others.
type response struct {
	Model   string `json:"model"`
	Choices []struct {
		Message      message             `json:"message"`
		FinishReason openai.FinishReason `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
	} `json:"usage"`
	// Error is how OpenRouter says, with the status 200, that the server behind it
	// failed.
	Error json.RawMessage `json:"error"`
}

// message is what a model said.
type message struct {
	Content   content `json:"content"`
	Refusal   string  `json:"refusal"`
	ToolCalls []struct {
		Function struct {
			Name      string    `json:"name"`
			Arguments arguments `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

// content is a text, or some in parts.
type content string

// UnmarshalJSON implements json.Unmarshaler.
func (c *content) UnmarshalJSON(raw []byte) error {
	var text *string
	if json.Unmarshal(raw, &text) == nil {
		if text != nil {
			*c = content(*text)
		}
		return nil
	}
	var parts []openai.ChatMessagePart
	if err := json.Unmarshal(raw, &parts); err != nil {
		return errors.New("its content is not a text")
	}
	var all strings.Builder
	for _, p := range parts {
		all.WriteString(p.Text)
	}
	*c = content(all.String())
	return nil
}

// arguments are JSON in a text, or just JSON, as some servers have it.
type arguments string

// UnmarshalJSON implements json.Unmarshaler.
func (a *arguments) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*a = arguments(text)
		return nil
	}
	*a = arguments(raw)
	return nil
}

// answer returns what a message answers, "" for nothing. A model that is to call a
// function may have answered in words.
func (m message) answer(s shape) string {
	if s == forcedTool && len(m.ToolCalls) > 0 {
		if len(m.ToolCalls) == 1 && m.ToolCalls[0].Function.Name == answerName {
			return string(m.ToolCalls[0].Function.Arguments)
		}
		return ""
	}
	return string(m.Content)
}

// said returns the one message of a response. The error says why it is none.
func (r *response) said() (message, error) {
	if len(r.Choices) == 0 {
		return message{}, &ask.Error{Reason: ask.Invalid, Detail: "The model's response has no answer in it. Try another model."}
	}
	m := r.Choices[0].Message
	switch reason := r.Choices[0].FinishReason; {
	case m.Refusal != "" || reason == openai.FinishReasonContentFilter:
		return m, &ask.Error{Reason: ask.Refused, Detail: "The model refused to answer. Try another model, or do without its answer."}
	case reason == openai.FinishReasonLength:
		return m, &ask.Error{Reason: ask.Invalid, Detail: "The model's answer was cut off at its length limit. Raise the limit at the server, or try another model."}
	case reason == "error":
		return m, &ask.Error{Reason: ask.Unavailable, Detail: "The model failed while it answered. It is asked again later."}
	}
	return m, nil
}

// unmarshal decodes JSON. Its errors quote nothing.
func unmarshal(raw []byte, into any) error {
	err := json.Unmarshal(raw, into)
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType):
		return fmt.Errorf("%q is of another type than the API says", wrongType.Field)
	case errors.As(err, &syntax):
		return errors.New("it is not JSON")
	}
	return err
}
