// Package sample writes configurations to begin with: what a schema requires,
// with a value of the right type for each attribute.
//
// It may import providers, and nothing else of Clockwork.
package sample
