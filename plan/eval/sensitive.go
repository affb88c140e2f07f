package eval

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/providers"
)

// HoldsSensitive tells whether the schema calls some attribute, at any depth,
// sensitive.
func (d *Decoder) HoldsSensitive() bool { return d.sensitive }

// MarkSensitive marks what the schema calls sensitive in a value of Type.
func (d *Decoder) MarkSensitive(v cty.Value) cty.Value {
	if !d.sensitive {
		return v
	}
	return d.markSensitive(v)
}

func (d *Decoder) markSensitive(v cty.Value) cty.Value {
	u, ms := v.Unmark()
	if u.IsNull() || !u.IsKnown() {
		return v
	}
	var vals map[string]cty.Value // made when something must be marked
	for i := range d.attrs {
		a := &d.attrs[i]
		if !a.Sensitive && (a.inner == nil || !a.inner.sensitive) {
			continue
		}
		av := u.GetAttr(a.name)
		if av.IsNull() || marks.IsSensitive(av) {
			continue
		}
		if a.Sensitive {
			av = av.Mark(marks.Sensitive)
		} else {
			av = a.inner.markElements(av, a.Nested.Nesting)
		}
		if vals == nil {
			vals = u.AsValueMap()
		}
		vals[a.name] = av
	}
	if vals == nil {
		return v
	}
	return cty.ObjectVal(vals).WithMarks(ms)
}

func (d *Decoder) markElements(v cty.Value, n providers.Nesting) cty.Value {
	if n == providers.NestingSingle {
		return d.markSensitive(v)
	}
	u, ms := v.Unmark()
	if u.IsNull() || !u.IsKnown() || u.LengthInt() == 0 {
		return v
	}
	switch n {
	case providers.NestingMap:
		vals := u.AsValueMap()
		for k, e := range vals {
			vals[k] = d.markSensitive(e)
		}
		u = cty.MapVal(vals)
	default:
		vals := u.AsValueSlice()
		for i, e := range vals {
			vals[i] = d.markSensitive(e)
		}
		u = cty.ListVal(vals)
		if n == providers.NestingSet {
			u = cty.SetVal(vals)
		}
	}
	return u.WithMarks(ms)
}

// SensitiveAt tells whether the schema calls the attribute at path, or one
// around it, sensitive.
func (d *Decoder) SensitiveAt(path cty.Path) bool {
	for _, step := range path {
		get, ok := step.(cty.GetAttrStep)
		if !ok {
			continue
		}
		i, ok := d.byName[get.Name]
		if !ok {
			return false
		}
		if d.attrs[i].Sensitive {
			return true
		}
		if d.attrs[i].inner == nil {
			return false
		}
		d = d.attrs[i].inner
	}
	return false
}
