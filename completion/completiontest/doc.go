// Package completiontest is a server that speaks the wire format of OpenAI's chat
// completions (https://platform.openai.com/docs/api-reference/chat/create), for
// tests of what asks models. It keeps every request's bytes. What it answers is
// said by the test: it is no model.
//
// It imports nothing of ours, and nothing of the client that it is asked by.
package completiontest
