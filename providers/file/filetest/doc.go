// Package filetest says how the conformance suite tests the file provider, so
// that the same cases run in process and over a connection.
//
// It is for tests only. It may import providers and providers/providertest, and
// nothing else of Clockwork: the provider comes from the caller.
package filetest
