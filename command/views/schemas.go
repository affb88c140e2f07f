package views

import (
	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Schemas finds the attributes of a type of resource or data source of the
// provider with the given source address. It returns nil for what it does not
// know, and then no value of it is shown, for nothing says which are secret.
type Schemas func(source string, mode addr.Mode, typ string) *providers.Object

// SchemasOf returns the Schemas that finds types in schemas, which is by
// provider source.
func SchemasOf(schemas map[string]*providers.Schema) Schemas {
	return func(source string, mode addr.Mode, typ string) *providers.Object {
		s := schemas[source]
		if s == nil {
			return nil
		}
		if mode == addr.Data {
			if t := s.Data[typ]; t != nil {
				return &t.Object
			}
			return nil
		}
		if t := s.Resources[typ]; t != nil {
			return &t.Object
		}
		return nil
	}
}

// find is s(...) for an s that may be nil.
func (s Schemas) find(source string, in addr.Resource) *providers.Object {
	if s == nil {
		return nil
	}
	return s(source, in.Mode, in.Type)
}

// scope is what a schema says of the value at one place: of an attribute that
// holds objects (nested), or of one such object (obj). With neither, the value
// is of a plain type, of which the schema says no more.
type scope struct {
	nested *providers.Nested
	obj    *providers.Object
	// secret says that the value must not be shown.
	secret bool
	// nulls says that a null attribute of an object was put there on purpose
	// and shows; else it is one that was not set.
	nulls bool
	// json says that the value was inside a string of JSON.
	json bool
}

// objectScope is the scope of an object with the given schema, nil for
// unknown.
func objectScope(obj *providers.Object) scope {
	return scope{obj: obj, secret: obj == nil}
}

// attribute returns the scope of an attribute's value. An attribute that the
// schema does not know is secret, for it may have been so in the schema that
// knew it.
func attribute(a *providers.Attribute) scope {
	switch {
	case a == nil:
		return scope{secret: true}
	case a.Nested == nil:
		return scope{secret: a.Sensitive, nulls: a.Type.HasDynamicTypes()}
	case a.Nested.Nesting == providers.NestingSingle:
		return scope{obj: &a.Nested.Object, secret: a.Sensitive}
	}
	return scope{nested: a.Nested, secret: a.Sensitive}
}

// attr returns the scope of what an object or map holds under name.
func (s scope) attr(name string) scope {
	switch {
	case s.obj != nil:
		return attribute(s.obj.Attributes[name])
	case s.nested != nil:
		return s.elem()
	}
	return scope{secret: s.secret, nulls: s.nulls, json: s.json}
}

// elem returns the scope of an element of a list or set.
func (s scope) elem() scope {
	switch {
	case s.nested != nil:
		return scope{obj: &s.nested.Object, secret: s.secret}
	case s.obj != nil:
		return scope{secret: true} // a list where the schema has an object
	}
	return scope{secret: s.secret, nulls: s.nulls, json: s.json}
}

// isBlock tells whether an attribute is written as blocks.
func isBlock(a *providers.Attribute) bool { return a != nil && a.Nested != nil && a.Nested.Block }
