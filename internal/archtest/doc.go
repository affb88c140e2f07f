// Package archtest holds the tests that keep the shape of the project: which
// package may import which, which library stays behind which package, no hidden
// state and no hidden start-up code, small files, a doc.go everywhere, and a
// reason on record for every dependency.
//
// It has no code but tests. It imports nothing of Clockwork, and nothing may
// import it: it reads the source.
package archtest
