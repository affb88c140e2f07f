// Package doctest holds the tests that keep the documents and the examples
// true: HCL in README.md and docs is validated, console sessions are played
// against the real binary and their output compared, links lead somewhere, and
// the examples run. docs/contributing.md has the convention.
//
// It has no code but tests. It imports nothing of Clockwork, but for the images
// that examples use and what stands in for a model: what it checks is what a user
// would get from the binary.
package doctest
