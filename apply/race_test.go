//go:build race

package apply_test

// raced says that the race detector is on, which makes everything ten times as
// slow: fewer seeds are run, and nothing is timed.
const raced = true
