// Package notify tells people and programs of incidents: by webhook, command or
// mail, from a queue on disk. To enqueue a message takes an fsync and nothing
// else; a target that is slow or dead delays neither that nor other targets. A
// message that was enqueued survives a crash, and is delivered once, but for
// one that was under way when the process died.
//
// The queue holds names of targets, never their settings, so no secret of a
// target is written to disk or logged. Messages are kept and sent as they are
// given: callers take secrets out before they enqueue.
//
// It may import diag, addr and internal/..., and nothing else of Clockwork.
package notify
