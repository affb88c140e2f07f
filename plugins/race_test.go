//go:build race

package plugins_test

// raced says that the race detector slows everything down.
const raced = true
