// Package ask has the words between those who ask a model something and package
// completion, which does ask: questions, evidence, replies, and the record of
// what went over the wire. It does nothing itself.
//
// It imports nothing of ours.
package ask
