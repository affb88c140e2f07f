// Package parallel calls a function many times, some at a time. It imports
// nothing else of Clockwork.
package parallel
