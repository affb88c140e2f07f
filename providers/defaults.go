package providers

import "github.com/zclconf/go-cty/cty"

// WithDefaults returns a configuration with the defaults of what it does not
// set, also inside nested attributes. What is computed stays null. It is for
// what is not planned: the configuration of a provider or of a data source.
// Marks are kept. One that is null or unknown is returned as it is.
func WithDefaults(obj *Object, config cty.Value) cty.Value {
	v, marks := config.Unmark()
	if v.IsNull() || !v.IsKnown() || len(obj.Attributes) == 0 {
		return config
	}
	out := make(map[string]cty.Value, len(obj.Attributes))
	for name, a := range obj.Attributes {
		set, own := a.orDefault(attr(v, name))
		if a.Nested != nil {
			set = nestedWithDefaults(a.Nested, set)
		}
		out[name] = set.WithMarks(own)
	}
	return cty.ObjectVal(out).WithMarks(marks)
}

// nestedWithDefaults does so for the objects in a nested attribute.
func nestedWithDefaults(n *Nested, v cty.Value) cty.Value {
	switch {
	case v.IsNull() || !v.IsKnown():
		return v
	case n.Nesting == NestingSingle:
		return WithDefaults(&n.Object, v)
	case v.LengthInt() == 0:
		return v
	}
	var list []cty.Value
	dict := map[string]cty.Value{}
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if e = WithDefaults(&n.Object, e); n.Nesting == NestingMap {
			dict[k.AsString()] = e
		} else {
			list = append(list, e)
		}
	}
	switch n.Nesting {
	case NestingSet:
		return cty.SetVal(list)
	case NestingMap:
		return cty.MapVal(dict)
	}
	return cty.ListVal(list)
}
