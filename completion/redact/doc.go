// Package redact takes secrets out of what leaves the machine: those that are
// known, in whatever form, and what looks like one. It reads everything that is
// to leave as one text, so that a secret is found whatever it is spread over.
//
// What it does costs time in proportion to the length of the text, however many
// secrets are known.
//
// It imports nothing of ours.
package redact
