// Package session speaks the protocol of package proto on one gRPC stream: a
// Client is a providers.Provider whose provider lives at the other end, and a
// Server is that other end.
//
// A request is a message with a number, and costs no round trip of its own:
// whatever waits to be sent goes into one frame, so that the cost of a frame is
// shared by all requests in flight. It knows nothing of processes, and may
// import providers, diag, plugins/proto and plugins/convert.
package session

// MaxMessage is the size in bytes of the largest request or answer.
const MaxMessage = 256 << 20

// MaxFrame is what both ends must allow gRPC to receive: a message and its
// envelope.
const MaxFrame = MaxMessage + 1<<10
