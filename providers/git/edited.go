package git

import "github.com/zclconf/go-cty/cty"

// edited is an object with some attributes changed: the object itself as long
// as none is.
type edited struct {
	was   cty.Value
	attrs map[string]cty.Value // all, once one has changed
}

func (e *edited) get(name string) cty.Value {
	if e.attrs != nil {
		return e.attrs[name]
	}
	return e.was.GetAttr(name)
}

func (e *edited) set(name string, v cty.Value) {
	if e.get(name).RawEquals(v) {
		return
	}
	if e.attrs == nil {
		e.attrs = e.was.AsValueMap()
	}
	e.attrs[name] = v
}

func (e *edited) value() cty.Value {
	if e.attrs == nil {
		return e.was
	}
	return cty.ObjectVal(e.attrs)
}

func known(v cty.Value) bool { return v.IsKnown() && !v.IsNull() }

// text is a string attribute; "" when it is null or not known.
func text(object cty.Value, name string) string {
	if v := object.GetAttr(name); known(v) {
		return v.AsString()
	}
	return ""
}

// flag is a bool attribute that is set.
func flag(object cty.Value, name string) bool {
	v := object.GetAttr(name)
	return known(v) && v.True()
}

// textOrNull is "" as null.
func textOrNull(s string) cty.Value {
	if s == "" {
		return cty.NullVal(cty.String)
	}
	return cty.StringVal(s)
}

func texts(list []string) cty.Value {
	if len(list) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	values := make([]cty.Value, len(list))
	for i, s := range list {
		values[i] = cty.StringVal(s)
	}
	return cty.ListVal(values)
}

// discards tells whether the local changes of an object may be lost.
func discards(object cty.Value) bool { return text(object, "clean") == cleanDiscard }
