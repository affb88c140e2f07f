package plan

import (
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
