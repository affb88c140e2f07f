// Package applecontainer is the provider of containers that Apple's container
// command runs on macOS. Whatever it does, it does by starting that command and
// reading its JSON, so what it needs is the command and nothing else.
//
// It may import providers and diag, and nothing else of Clockwork.
package applecontainer
