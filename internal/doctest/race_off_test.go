//go:build !race

package doctest

// raced says that the race detector watches.
const raced = false
