//go:build race

package state

// slowdown thins out, under the race detector, what runs in one goroutine anyway.
const slowdown = 7
