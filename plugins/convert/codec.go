package convert

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// Codec encodes and decodes the values of one type. It never changes once made,
// and may be used by many goroutines at once.
type Codec struct {
	ty   cty.Type
	root *node
}

// NewCodec prepares a codec for values of type ty. It is costly beside what the
// codec does with one value: keep it.
func NewCodec(ty cty.Type) *Codec {
	if ty.HasDynamicTypes() {
		// Were only the dynamic parts to carry their types, those of empty
		// collections and of nulls would be lost: the whole value carries its.
		return &Codec{ty: ty, root: newNode(cty.DynamicPseudoType)}
	}
	return &Codec{ty: ty, root: newNode(ty)}
}

// Type returns the type whose values the codec is for.
func (c *Codec) Type() cty.Type { return c.ty }

// Encode appends v to buf. Nothing is appended for the zero Value, cty.NilVal,
// which Decode returns for no bytes. A value that does not conform to the type,
// or that is marked anywhere, is an error, which names the attribute and never
// a value.
func (c *Codec) Encode(buf []byte, v cty.Value) (b []byte, err error) {
	if v == cty.NilVal {
		return buf, nil
	}
	if c.root.kind == kindDynamic {
		if err := conforms(v, c.ty); err != nil {
			return nil, err
		}
	}
	// cty panics when asked for an attribute that is not there. Asking first
	// whether it is would cost all those that are.
	defer func() {
		if r := recover(); r != nil {
			if err = conforms(v, c.ty); err == nil {
				err = fmt.Errorf("%v", r)
			}
			b = nil
		}
	}()
	e := encoder{buf: buf}
	if err := e.value(c.root, v); err != nil {
		return nil, err
	}
	return e.buf, nil
}

// Decode reads exactly one value from b, of which it keeps nothing. Bytes that
// are no value of the type are an error, whatever they are.
func (c *Codec) Decode(b []byte) (v cty.Value, err error) {
	if len(b) == 0 {
		return cty.NilVal, nil
	}
	// cty panics where the elements of a collection disagree about their type,
	// as they can in a dynamic value from a peer that is not ours.
	defer func() {
		if r := recover(); r != nil {
			v, err = cty.NilVal, fmt.Errorf("%v", r)
		}
	}()
	d := decoder{buf: b}
	if v, err = d.value(c.root); err != nil {
		return cty.NilVal, err
	}
	if len(d.buf) > 0 {
		return cty.NilVal, fmt.Errorf("the value is followed by %d bytes", len(d.buf))
	}
	if c.root.kind != kindDynamic {
		return v, nil
	}
	if err := conforms(v, c.ty); err != nil {
		return cty.NilVal, err
	}
	switch { // of no type of its own: it is of ours
	case v.Type() != cty.DynamicPseudoType:
	case v.IsNull():
		v = cty.NullVal(c.ty)
	default:
		v = cty.UnknownVal(c.ty)
	}
	return v, nil
}

// conforms checks a value whose type says more than the schema's. A null or an
// unknown of no type at all conforms to every type.
func conforms(v cty.Value, ty cty.Type) error {
	if v.Type() == cty.DynamicPseudoType {
		return nil
	}
	for _, err := range v.Type().TestConformance(ty) {
		return err
	}
	return nil
}

type nodeKind uint8

const (
	kindDynamic nodeKind = iota
	kindString
	kindNumber
	kindBool
	kindList
	kindSet
	kindMap
	kindTuple
	kindObject
	kindOther // what cannot travel: a capsule
)

// node is a type, taken apart once.
type node struct {
	kind  nodeKind
	ty    cty.Type
	elem  *node   // of a list, set or map
	items []*node // of a tuple
	attrs []attr  // of an object, by name
}

type attr struct {
	name string
	key  []byte // the name, encoded
	node *node
}

func newNode(ty cty.Type) *node {
	n := &node{ty: ty}
	switch {
	case ty == cty.DynamicPseudoType:
		n.kind = kindDynamic
	case ty == cty.String:
		n.kind = kindString
	case ty == cty.Number:
		n.kind = kindNumber
	case ty == cty.Bool:
		n.kind = kindBool
	case ty.IsListType():
		n.kind, n.elem = kindList, newNode(ty.ElementType())
	case ty.IsSetType():
		n.kind, n.elem = kindSet, newNode(ty.ElementType())
	case ty.IsMapType():
		n.kind, n.elem = kindMap, newNode(ty.ElementType())
	case ty.IsTupleType():
		n.kind = kindTuple
		for _, ety := range ty.TupleElementTypes() {
			n.items = append(n.items, newNode(ety))
		}
	case ty.IsObjectType():
		n.kind = kindObject
		for name, aty := range ty.AttributeTypes() {
			n.attrs = append(n.attrs, attr{name, appendString(nil, name), newNode(aty)})
		}
		slices.SortFunc(n.attrs, func(a, b attr) int { return cmp.Compare(a.name, b.name) })
	default:
		n.kind = kindOther
	}
	return n
}

// required is the error for something that is not of the node's type.
func (n *node) required() error {
	switch n.kind {
	case kindString:
		return &valueError{problem: "a string is required"}
	case kindNumber:
		return &valueError{problem: "a number is required"}
	case kindBool:
		return &valueError{problem: "a bool is required"}
	case kindTuple:
		return &valueError{problem: fmt.Sprintf("a tuple of %d elements is required", len(n.items))}
	case kindObject:
		return &valueError{problem: fmt.Sprintf("an object with %d attributes is required", len(n.attrs))}
	case kindOther:
		return &valueError{problem: "values of its type cannot be sent"}
	}
	return &valueError{problem: "a " + n.ty.FriendlyName() + " is required"}
}

// valueError is a problem with a part of a value. Its path is put together on
// the way out, so that a good value pays nothing for it.
type valueError struct {
	path    string
	problem string
}

func (e *valueError) Error() string {
	if e.path == "" {
		return e.problem
	}
	return e.path + ": " + e.problem
}

// at says that err happened in the part of a value that step leads to.
func at(step string, err error) error {
	if ve, ok := err.(*valueError); ok {
		return &valueError{path: step + ve.path, problem: ve.problem}
	}
	return &valueError{path: step, problem: err.Error()}
}
