// Package scaffold writes the beginning of a provider: a project that builds,
// and passes its tests, as it is.
//
// It may import diag, and nothing else of Clockwork.
package scaffold
