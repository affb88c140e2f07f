// Package watch watches folders for many, with one watcher of the operating
// system's: those are few, on Linux 128 for a user. A folder that the system
// cannot watch, because its limits are reached, is looked at every few seconds
// instead. It imports nothing else of Clockwork.
package watch
