// Package memorytest says how the conformance suite tests the memory provider,
// so that the same cases run in process and over a connection.
//
// It is for tests only. It may import providers, providers/providertest and
// providers/memory.
package memorytest
