// Package state is what Clockwork remembers of what it deployed: the model, its
// versioned file format, the journalled store that keeps it safe through a
// crash at any instant, and the lock.
//
// It may import addr and diag, and nothing else of Clockwork: attributes are
// kept as JSON, because only a provider's schema says what they are.
package state
