//go:build !race

package state

const slowdown = 1
