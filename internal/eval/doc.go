// Package eval measures how good a model is as the rung ai of the monitor: it asks
// it about incidents whose right answers are known, by the question that the
// monitor asks, and judges the answers by the gates that the monitor has.
//
// A case is one file in testdata/cases. What no gate may let through is said there
// too, in words of the case's own, and compared by code of this package: so a gate
// that lets too much through is found, whatever package vet thinks of it.
package eval
