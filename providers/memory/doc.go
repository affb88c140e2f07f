// Package memory is a provider whose world is a Store in this process. It
// behaves as a provider of real things does: what it makes can be changed and
// removed behind its back, a creation can stop half-way, a call can be slow,
// fail, or hang until it is released. The core is tested with it, and whoever
// writes a provider can learn from it how each part of the contract is kept.
//
// It has two types of resource: a memory_shelf with room for so many items,
// and a memory_item, which may lie on a shelf.
//
// Like every provider it may import providers, diag and addr, and nothing else
// of Clockwork.
package memory
