// Package index has the format in which providers are published: a folder of
// static files that anybody can serve, or read as a filesystem mirror, with a
// signed list of each version's executables. docs/provider-index.md describes it.
//
// Package index may import plugins, for sources, platforms and hashes, and
// nothing else of Clockwork.
package index
