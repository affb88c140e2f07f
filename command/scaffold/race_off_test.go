//go:build !race

package scaffold_test

const raced = false
