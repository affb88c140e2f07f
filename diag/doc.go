// Package diag is the one type in which Clockwork reports what is wrong, to a
// person or to a script: a terse summary, a detail in full sentences that ends
// in what to do, and a source range as tight as can be had.
//
// Inside state and transport code plain wrapped errors are used; they become
// diagnostics at the edge. This package imports nothing else of Clockwork.
package diag
