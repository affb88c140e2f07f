// Package incident is the record of incidents: what failed, what was done
// about it, and how that went, entry by entry. Each entry carries the SHA-256
// of the one before it and its own, so that Verify finds an entry that was
// changed, moved or removed. What Append has returned for survives a crash at
// any instant.
//
// Every project has a log of its own, so that neither damage nor load in one
// touches another. The package keeps what it is given: callers take secrets out
// before they append.
//
// The chain tells of edits, not of forgers: who can write to the folder can
// make a whole new chain. The hashes are worth keeping elsewhere, in the
// system's log for one, where that matters.
//
// It may import diag, addr and internal/..., and nothing else of Clockwork.
package incident
