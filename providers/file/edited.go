package file

import "github.com/zclconf/go-cty/cty"

// edited is an object with some attributes changed. As long as none is, it is
// the object itself, and costs nothing: most of what is read is as it was.
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
