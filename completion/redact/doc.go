// Package redact takes secrets out of what leaves the machine: those that are
// known, in whatever form, and what looks like one.
//
// It imports nothing of ours.
package redact
