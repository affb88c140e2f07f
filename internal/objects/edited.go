package objects

import "github.com/zclconf/go-cty/cty"

// Edited is an object with some attributes changed. As long as none is, it is
// the object itself, and costs nothing: most of what is read is as it was.
type Edited struct {
	was   cty.Value
	attrs map[string]cty.Value // all, once one has changed
}

// Edit begins to edit an object, which is neither null nor unknown.
func Edit(object cty.Value) *Edited { return &Edited{was: object} }

// Get returns an attribute as it is by now.
func (e *Edited) Get(name string) cty.Value {
	if e.attrs != nil {
		return e.attrs[name]
	}
	return e.was.GetAttr(name)
}

// Set changes an attribute.
func (e *Edited) Set(name string, v cty.Value) {
	if e.Get(name).RawEquals(v) {
		return
	}
	if e.attrs == nil {
		e.attrs = e.was.AsValueMap()
	}
	e.attrs[name] = v
}

// Value returns the object as it is by now.
func (e *Edited) Value() cty.Value {
	if e.attrs == nil {
		return e.was
	}
	return cty.ObjectVal(e.attrs)
}
