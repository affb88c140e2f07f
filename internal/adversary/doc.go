// Package adversary holds tests of what a model, and those who write what a model
// reads, can get a monitor to do. The whole loop runs: the monitor, the client, a
// server that speaks the wire format, the gates, apply. Only the container engine
// is a stand-in, behind the real provider's schema, checks and planning. There is
// nothing in it but tests; nothing may import it.
package adversary
