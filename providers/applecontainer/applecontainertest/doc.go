// Package applecontainertest says how the conformance suite tests the provider
// of Apple's containers, so that the same cases run in process and over a
// connection, and makes the world that they run in: a folder with an executable
// that stands in for the container command.
//
// It is for tests only. It may import providers, providers/providertest and its
// own standin, and nothing else of Clockwork: the provider comes from the
// caller.
package applecontainertest
