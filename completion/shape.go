package completion

import (
	"encoding/json"

	"github.com/sashabaranov/go-openai"
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

// body is what is sent. It has the library's types where they put on the wire what
// the API wants; but its request leaves out a temperature of 0, and its client
// refuses some models' settings by their names.
type body struct {
	Model          string                               `json:"model"`
	Messages       []openai.ChatCompletionMessage       `json:"messages"`
	ResponseFormat *openai.ChatCompletionResponseFormat `json:"response_format,omitempty"`
	Tools          []openai.Tool                        `json:"tools,omitempty"`
	// ToolChoice is "required": there is one tool only, and LM Studio and llama.cpp
	// do not know the form that names it.
	ToolChoice  string   `json:"tool_choice,omitempty"`
	Temperature *float32 `json:"temperature,omitempty"`
	Stream      bool     `json:"stream"`
}

// put asks for an answer of a shape.
func (s shape) put(b *body, schema json.RawMessage) {
	switch s {
	case jsonSchema:
		b.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: answerName, Schema: schema, Strict: true}}
	case forcedTool:
		b.Tools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
			Name: answerName, Description: "Gives the answer.", Strict: true, Parameters: schema}}}
		b.ToolChoice = "required"
	case jsonObject:
		b.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
}
