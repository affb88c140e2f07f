// Package procgroup starts commands such that they, and whatever they start,
// can be killed as one.
package procgroup
