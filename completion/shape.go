package completion

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/sashabaranov/go-openai"

	"github.com/clockwork-hcl/clockwork/completion/ask"
)

// shape is how a structured answer is asked for.
type shape int

// The shapes, in the order in which they are tried.
const (
	jsonSchema shape = iota
	forcedTool
	jsonObject
	plainText
)

// String returns the shape's name.
func (s shape) String() string {
	return [...]string{"json_schema", "tool", "json_object", "text"}[s]
}

// answerName is what the answer is called where it needs a name.
const answerName = "answer"

// put asks for an answer of a shape.
func (s shape) put(r *openai.ChatCompletionRequest, schema json.RawMessage) {
	switch s {
	case jsonSchema:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: answerName, Schema: schema, Strict: true}}
	case forcedTool:
		r.Tools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
			Name: answerName, Description: "Gives the answer.", Strict: true, Parameters: schema}}}
		r.ToolChoice = openai.ToolChoice{Type: openai.ToolTypeFunction, Function: openai.ToolFunction{Name: answerName}}
	case jsonObject:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
}

// text returns what a message of a shape answers, "" for nothing.
func (s shape) text(m openai.ChatCompletionMessage) string {
	if s == forcedTool {
		if len(m.ToolCalls) == 1 && m.ToolCalls[0].Function.Name == answerName {
			return m.ToolCalls[0].Function.Arguments
		}
		if len(m.ToolCalls) > 1 {
			return ""
		}
	}
	return m.Content
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

// unsupported matches what servers say when they do not know a way to ask for
// structured answers; OpenAI, OpenRouter, Ollama, llama.cpp and vLLM each have
// words of their own, but name the parameter.
var unsupported = regexp.MustCompile(`(?i)response_?format|json_?schema|json_?object|structured|grammar|tool_?choice|\btools?\b|function`)

// notThisShape tells whether a server refused a request because of its shape.
func notThisShape(status int, message string) bool {
	switch status {
	case 400, 404, 405, 415, 422, 500, 501:
		return unsupported.MatchString(message)
	}
	return false
}

// reasonOf is why a request was refused for good, "" when another try may help.
func reasonOf(status int) ask.Reason {
	switch {
	case status == 401 || status == 402 || status == 403:
		return ask.Unauthorised
	case status == 404:
		return ask.NotFound
	case status == 408 || status == 409 || status == 425 || status == 429 || status >= 500:
		return ""
	case status >= 400:
		return ask.Refused
	}
	return ""
}
