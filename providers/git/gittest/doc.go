// Package gittest makes real repositories and serves them over HTTP, for tests
// of the git provider, and says how the conformance suite tests it, so that the
// same cases run in process and over a connection.
//
// It is for tests only. It may import providers and providers/providertest, and
// nothing else of Clockwork: the provider comes from the caller.
package gittest
