// Package addr is the addresses of things: module instances, resources and
// their instances, as a user writes them (`module.web["a"].file.index[0]`).
// All addresses are comparable values, fit as map keys, with one canonical
// text form that Parse reads back. It imports nothing else of Clockwork.
package addr
