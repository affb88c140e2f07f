package eval

import (
	"slices"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Missing is an attribute that has to be set and is not, and that an AI may
// complete.
type Missing struct {
	Name string
	// Says is what there is to say when it stays so.
	Says diag.Diagnostics
}

// gaps collects what is missing. A nil one takes nothing, so that everything
// that is missing is an error.
type gaps struct{ all []Missing }

// take notes an attribute as missing, unless it may not be completed. False
// means that what says says is to be said.
func (g *gaps) take(a *decodeAttr, says diag.Diagnostics) bool {
	if g == nil || !a.MayBeCompleted() {
		return false
	}
	if !slices.ContainsFunc(g.all, func(m Missing) bool { return m.Name == a.name }) {
		g.all = append(g.all, Missing{a.name, says})
	}
	return true
}

// takeOne does so for the first of a group that can be completed.
func (g *gaps) takeOne(d *Decoder, group []string, says diag.Diagnostics) bool {
	for _, name := range group {
		if g.take(&d.attrs[d.byName[name]], says) {
			return true
		}
	}
	return false
}
