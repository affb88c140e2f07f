package plan

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// ignoreChanges returns cfg with what is to be ignored as it is in prior, so
// that no difference is seen there.
func ignoreChanges(obj *providers.Object, cfg, prior cty.Value, all bool, paths []hcl.Traversal) cty.Value {
	if prior.IsNull() || !all && len(paths) == 0 {
		return cfg
	}
	if all {
		vals := cfg.AsValueMap()
		for name, a := range obj.Attributes {
			if a.Required || a.Optional {
				vals[name] = prior.GetAttr(name)
			}
		}
		return cty.ObjectVal(vals)
	}
	for _, t := range paths {
		cfg = graft(cfg, prior, t)
	}
	return cfg
}

// graft returns v with what is at path t taken from old. Where old has
// nothing there, a map's key is taken out of v.
func graft(v, old cty.Value, t hcl.Traversal) cty.Value {
	if len(t) == 0 {
		return old
	}
	v, ms := v.Unmark()
	old, _ = old.Unmark()
	if v.IsNull() || !v.IsKnown() || old.IsNull() || !old.IsKnown() {
		// There is nothing to graft into, or from.
		return old.WithMarks(ms)
	}
	ty := v.Type()
	name, index := stepOf(t[0])
	switch {
	case ty.IsObjectType() && ty.HasAttribute(name):
		vals := v.AsValueMap()
		vals[name] = graft(vals[name], old.GetAttr(name), t[1:])
		return cty.ObjectVal(vals).WithMarks(ms)
	case ty.IsMapType():
		vals := v.AsValueMap()
		if vals == nil {
			vals = map[string]cty.Value{}
		}
		was, had := old.AsValueMap()[name]
		now, has := vals[name]
		switch {
		case had && has:
			vals[name] = graft(now, was, t[1:])
		case had && len(t) == 1:
			vals[name] = was
		case has && len(t) == 1:
			delete(vals, name)
		}
		if len(vals) == 0 {
			return cty.MapValEmpty(ty.ElementType()).WithMarks(ms)
		}
		return cty.MapVal(vals).WithMarks(ms)
	case ty.IsListType() && index >= 0 && index < v.LengthInt() && index < old.LengthInt():
		vals := v.AsValueSlice()
		vals[index] = graft(vals[index], old.Index(cty.NumberIntVal(int64(index))), t[1:])
		return cty.ListVal(vals).WithMarks(ms)
	}
	return v.WithMarks(ms)
}

func stepOf(step hcl.Traverser) (name string, index int) {
	switch step := step.(type) {
	case hcl.TraverseRoot:
		return step.Name, -1
	case hcl.TraverseAttr:
		return step.Name, -1
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String {
			return step.Key.AsString(), -1
		}
		if step.Key.Type() == cty.Number {
			i, _ := step.Key.AsBigFloat().Int64()
			return "", int(i)
		}
	}
	return "", -1
}

// checkPlanned checks that a provider's plan changes only what it may: what
// the user set stays as proposed, and so does what is not computed.
func checkPlanned(t *Type, cfg, proposed, planned cty.Value) error {
	if planned == cty.NilVal || planned.IsNull() || planned.Type().TestConformance(t.Type()) != nil {
		return fmt.Errorf("is not an object of the type %s", t.Name)
	}
	for name, a := range t.Object().Attributes {
		was, is := proposed.GetAttr(name), planned.GetAttr(name)
		if a.Nested != nil || was.RawEquals(is) {
			continue
		}
		if !a.Computed {
			return fmt.Errorf("changes %q, which is not computed", name)
		}
		if set := cfg.GetAttr(name); !set.IsNull() && set.IsWhollyKnown() {
			return fmt.Errorf("changes %q, which the configuration sets", name)
		}
	}
	return nil
}
