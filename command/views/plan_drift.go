package views

import (
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// drift shows what is no longer as it was applied.
func (v *planView) drift() {
	if len(v.plan.Drift) == 0 {
		return
	}
	sources := driftSources(v.plan, nil)
	v.paint(bold, "Changed outside of Clockwork since the last apply:")
	v.newline()
	v.newline()
	gone := false
	for i := range v.plan.Drift {
		d := &v.plan.Drift[i]
		key := state.ObjectKey{Instance: d.Address, Deposed: d.Deposed}
		if d.Action == plan.Delete {
			v.title(objectName(key), " has been ", "deleted", red)
			gone = true
			continue
		}
		if gone {
			v.newline()
			gone = false
		}
		v.title(objectName(key), " has changed", "", "")
		obj := objectScope(v.schemas.find(sources[key], d.Address.Resource))
		v.object("  ~ ", yellow, d.Address, v.body(d.Before, d.After, obj, opChange, nil))
	}
	if gone {
		v.newline()
	}
	if v.plan.Mode != plan.RefreshOnly {
		v.rule()
	}
}

// moves shows which objects have another address now and are otherwise left
// alone. Where there is more to a move, its change tells.
func (v *planView) moves() {
	moved := quietMoves(v.plan)
	if len(moved) == 0 {
		return
	}
	v.paint(bold, "Moved in the state, and nothing else about them changes:")
	v.newline()
	v.newline()
	for _, m := range moved {
		v.title(objectName(m.From), " has moved to "+objectName(m.To), "", "")
	}
	v.newline()
}

// quietMoves returns the moves of objects that do not change.
func quietMoves(p *plan.Plan) []plan.Move {
	if len(p.Moved) == 0 {
		return nil
	}
	changed := make(map[state.ObjectKey]bool, len(p.Changes))
	for i := range p.Changes {
		changed[state.ObjectKey{Instance: p.Changes[i].Address, Deposed: p.Changes[i].Deposed}] = true
	}
	var out []plan.Move
	for _, m := range p.Moved {
		if !changed[m.To] {
			out = append(out, m)
		}
	}
	return out
}

// driftSources finds the provider of every drifted object: it stands with what
// was read, with the change that follows, or in the prior state, which may be
// nil.
func driftSources(p *plan.Plan, prior *state.State) map[state.ObjectKey]string {
	out := make(map[state.ObjectKey]string, len(p.Drift))
	for i := range p.Drift {
		k := state.ObjectKey{Instance: p.Drift[i].Address, Deposed: p.Drift[i].Deposed}
		out[k] = ""
		if prior != nil && prior.Objects[k] != nil {
			out[k] = prior.Objects[k].Provider.Source
		}
	}
	found := func(k state.ObjectKey, source string) {
		if _, drifted := out[k]; drifted {
			out[k] = source
		}
	}
	if len(out) == 0 {
		return out
	}
	for _, r := range p.Refreshed {
		if r.Object != nil {
			found(r.Key, r.Object.Provider.Source)
		}
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		found(state.ObjectKey{Instance: c.Address, Deposed: c.Deposed}, c.Provider.Source)
	}
	return out
}
