// Package journal keeps files of lines that only grow: appended to with many
// writers sharing an fsync, put in place whole, read line by line, and locked
// against a second writer. What a line holds, and how a damaged one is known,
// is its user's business.
package journal
