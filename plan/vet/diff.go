package vet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// planChangesNothingElse: what the plan would do to the world is what was
// proposed, and what follows from it.
func planChangesNothingElse(_ context.Context, v *vetting) (Outcome, error) {
	m := v.made
	if len(m.Changes) != 1 || len(m.Moved) > 0 {
		return Deny, fmt.Errorf("the plan has %d changes, and not one", len(m.Changes))
	}
	c := &m.Changes[0]
	switch {
	case c.Address != v.Target || c.Deposed != "" || c.Previous != v.Target:
		return Deny, fmt.Errorf("the plan would change %s", c.Address)
	case c.Action == plan.Update:
	case !c.Action.IsReplace():
		return Deny, fmt.Errorf("the plan would %s it", c.Action)
	case c.Reason != plan.ReasonCannotUpdate || len(c.Replace) == 0 || c.PreventDestroy:
		return Deny, errors.New("the plan would make it anew, and not because of what is proposed")
	case !v.typ.Resource.Restartable:
		// What can be started again keeps nothing that matters in itself.
		return Deny, errors.New("the plan would make it anew, and it may hold data")
	}
	if !slices.EqualFunc(c.Overlay, v.overlay, func(a, b state.Overlay) bool { return a.Path == b.Path && bytes.Equal(a.Value, b.Value) }) {
		return Deny, errors.New("the plan does not have all of what is proposed")
	}
	for _, path := range elementwise(c.Replace, c.Before, c.After) {
		if !v.proposes(path) {
			return Deny, errors.New("the plan would make it anew, and not because of what is proposed")
		}
	}
	for _, path := range elementwise(providers.Changed(v.typ.Object(), c.Before, c.After), c.Before, c.After) {
		if !v.proposes(path) && !follows(v.typ.Object(), c.Config, path) && !v.restores(c, path) {
			return Deny, fmt.Errorf("the plan would change %s, which is not proposed; apply what is configured first", plan.PathOf(path).Attribute())
		}
	}
	return Allow, nil
}

// proposes tells whether a path is inside one that lies over the configuration.
func (v *vetting) proposes(path cty.Path) bool {
	at := plan.PathOf(path)
	return slices.ContainsFunc(v.overlay, func(e state.Overlay) bool {
		p, err := plan.ParseAttributePath(e.Path)
		return err == nil && at.Within(p)
	})
}

// restores tells whether what is planned at a path is what was last applied there,
// and something else than Clockwork has changed it since. What has failed is often
// not as it was applied: a container that has exited does not run.
func (v *vetting) restores(c *plan.Change, path cty.Path) bool {
	for _, d := range v.made.Drift {
		if d.Address != v.Target || d.Deposed != "" || d.Action != plan.Update {
			continue
		}
		applied, planned, now := valueAt(d.Before, path), valueAt(c.After, path), valueAt(d.After, path)
		return applied != cty.NilVal && planned != cty.NilVal && applied.RawEquals(planned) && (now == cty.NilVal || !now.RawEquals(applied))
	}
	return false
}

// valueAt returns the value at a path, cty.NilVal where there is none that is known.
func valueAt(v cty.Value, path cty.Path) cty.Value {
	v, _ = v.UnmarkDeep()
	at, err := path.Apply(v)
	if err != nil || !at.IsWhollyKnown() {
		return cty.NilVal
	}
	return at
}

// elementwise returns paths with those of whole maps replaced by those of the
// elements that differ.
func elementwise(paths []cty.Path, before, after cty.Value) []cty.Path {
	var out []cty.Path
	for _, path := range paths {
		was, is := elements(path, before), elements(path, after)
		if was == nil && is == nil {
			out = append(out, path)
			continue
		}
		for key, x := range is {
			if y, had := was[key]; !had || !x.RawEquals(y) {
				out = append(out, path.Index(cty.StringVal(key)))
			}
		}
		for key := range was {
			if _, has := is[key]; !has {
				out = append(out, path.Index(cty.StringVal(key)))
			}
		}
	}
	return out
}

// elements are those of a map at a path that is known; nil when that is not what
// is there.
func elements(path cty.Path, v cty.Value) map[string]cty.Value {
	v, _ = v.UnmarkDeep()
	at, err := path.Apply(v)
	if err != nil || !at.IsKnown() || at.IsNull() || !at.Type().IsMapType() {
		return nil
	}
	if at.LengthInt() == 0 {
		return map[string]cty.Value{}
	}
	return at.AsValueMap()
}

// follows tells whether a value is the provider's to say.
func follows(obj *providers.Object, cfg cty.Value, path cty.Path) bool {
	step, ok := path[0].(cty.GetAttrStep)
	if !ok {
		return false
	}
	a := obj.Attributes[step.Name]
	if a == nil || !a.Computed {
		return false
	}
	return !a.Optional || cfg.GetAttr(step.Name).IsNull()
}
