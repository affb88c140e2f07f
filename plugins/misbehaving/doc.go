// Package misbehaving is a provider for tests: it does wrong all that a provider
// can do wrong, from its first line of output to its end. It speaks the protocol
// by itself, because the SDK would keep it from most of that.
//
// It may import providers, plugins/proto and plugins/convert.
package misbehaving
