// Package completion asks a model over the API that OpenAI made and many servers
// speak. It implements ask.Completer: it puts a question into words within the
// size that may be sent, takes secrets out of it, gets a structured answer by the
// best means that the server knows, and has it corrected when it is not
// acceptable.
//
// A model and its server are not trusted: whatever they answer, Ask returns in time,
// and takes only what the question's Check accepts.
//
// It may import completion/..., and nothing else of Clockwork but internal/....
package completion
