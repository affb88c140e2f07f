// Package registry keeps what people told the monitor, so that it holds for
// the next one too: which projects it watches over, and where it may heal
// nothing for a while.
//
// All of it is one small file, put in place whole under a lock, so any number
// of processes may use it.
//
// The package imports nothing else of Clockwork but internal/....
package registry
