//go:build race

package scaffold_test

// raced says that the race detector watches, which what is written does not
// notice: it is built without.
const raced = true
