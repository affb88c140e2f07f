package sdk

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

// decoder turns values into Go's. What a Go type cannot hold makes the result
// incomplete, and then nobody gets to see it.
type decoder struct {
	// validating calls the methods Validate.
	validating bool
	// unsetIsUnknown says that a null of what the provider computes stands for
	// what is not known yet.
	unsetIsUnknown bool

	incomplete bool
	missing    cty.Path // the first thing that made it so
	problems   diag.Diagnostics
}

func (d *decoder) lacks(at *place) {
	if d.missing == nil && at != nil {
		d.missing = at.path()
	}
	d.incomplete = true
}

// place is where a value is; its path is put together only when it is needed.
type place struct {
	up   *place
	step cty.PathStep
}

func (p *place) path() cty.Path {
	var path cty.Path
	for ; p != nil; p = p.up {
		path = append(path, p.step)
	}
	slices.Reverse(path)
	return path
}

func (d *decoder) fail(at *place, summary, detail string, args ...any) {
	d.incomplete = true
	d.problems = append(d.problems, diag.Diagnostic{Summary: summary, Detail: fmt.Sprintf(detail, args...), Path: at.path()})
}

// decode makes a T of an object, or says why it cannot.
func decode[T any](m *model, v cty.Value, d *decoder) (out T, err error) {
	if value, raw := any(&out).(*cty.Value); raw {
		*value = v
		return out, nil
	}
	d.object(m.root, v, reflect.ValueOf(&out).Elem(), nil)
	switch {
	case len(d.problems) > 0:
		return out, d.problems
	case d.incomplete:
		return out, incomplete{d.missing}
	}
	return out, nil
}

// incomplete says that there is null, or unknown, where neither can be.
type incomplete struct{ at cty.Path }

func (e incomplete) Error() string {
	return fmt.Sprintf("there is no value for %s, which always has one; if the state is of an older version of the provider, "+
		"that has forgotten to say how it is brought up to date: report it to its authors", pathText(e.at))
}

// validate checks a configuration beyond what its schema says. What is null or
// unknown is left out, and so is what cannot be judged without it.
func (m *model) validate(config cty.Value) diag.Diagnostics {
	if !m.validates || m.root.rtype == nil || config.IsNull() || !config.IsKnown() {
		return nil
	}
	d := &decoder{validating: true, unsetIsUnknown: true}
	d.object(m.root, config, reflect.New(m.root.rtype).Elem(), nil)
	return d.problems
}

func (d *decoder) object(o *objectNode, v cty.Value, into reflect.Value, at *place) {
	if v.IsNull() || !v.IsKnown() {
		d.lacks(at)
		return
	}
	before := d.incomplete
	d.incomplete = false
	for i := range o.fields {
		f := &o.fields[i]
		a := v.GetAttr(f.name)
		if d.unsetIsUnknown && f.attr.Computed && a.IsNull() {
			a = cty.UnknownVal(f.node.ty)
		}
		if f.attr.Default != cty.NilVal && a.IsNull() { // not set, or older than the default
			a = f.attr.Default
		}
		d.value(f.node, a, into.FieldByIndex(f.index), &place{at, cty.GetAttrStep{Name: f.name}})
	}
	if o.validates && d.validating && !d.incomplete {
		d.validate(into, at)
	}
	d.incomplete = d.incomplete || before
}

func (d *decoder) value(n *node, v cty.Value, into reflect.Value, at *place) {
	if n.kind == kindDynamic {
		into.Set(reflect.ValueOf(v))
		return
	}
	if n.kind == kindWrapper {
		d.wrapped(n, v, into, at)
		return
	}
	if v.IsNull() || !v.IsKnown() {
		// Blocks that are not there are an empty slice or map.
		if v.IsNull() && n.elem != nil && n.elem.kind == kindObject {
			return
		}
		d.lacks(at)
		return
	}
	before := d.incomplete
	d.incomplete = false
	switch n.kind {
	case kindString:
		into.SetString(v.AsString())
	case kindBool:
		into.SetBool(v.True())
	case kindInt, kindUint:
		d.whole(n, v.AsBigFloat(), into, at)
	case kindFloat:
		f, _ := v.AsBigFloat().Float64()
		if into.OverflowFloat(f) {
			d.fail(at, "Number too large", "It is beyond what can be handled here. Make it smaller.")
		}
		into.SetFloat(f)
	case kindObject:
		d.object(n.object, v, into, at)
	case kindList, kindSet:
		d.elements(n, v, into, at)
	case kindMap:
		into.Set(reflect.MakeMapWithSize(n.rtype, v.LengthInt()))
		for it := v.ElementIterator(); it.Next(); {
			key, e := it.Element()
			one := reflect.New(n.rtype.Elem()).Elem()
			d.element(n.elem, e, one, &place{at, cty.IndexStep{Key: key}})
			into.SetMapIndex(reflect.ValueOf(key.AsString()).Convert(n.rtype.Key()), one)
		}
	}
	if n.validates && d.validating && !d.incomplete {
		d.validate(into, at)
	}
	d.incomplete = d.incomplete || before
}

func (d *decoder) wrapped(n *node, v cty.Value, into reflect.Value, at *place) {
	w := into.Addr().Interface().(wrapper)
	switch {
	case n.wrap.null && v.IsNull():
		w.put(isNull)
	case n.wrap.unknown && !v.IsKnown():
		w.put(isUnknown)
	case n.wrap.unknown && !v.IsNull() && !v.IsWhollyKnown() && !n.holdsUnknown():
		w.put(isUnknown) // some of it is
	case v.IsNull() || !v.IsKnown():
		d.lacks(at)
	default:
		d.value(n.elem, v, w.put(isKnown), at)
	}
}

// holdsUnknown tells whether a part of it can be unknown by itself.
func (n *node) holdsUnknown() bool {
	for n = n.elem; n != nil; n = n.elem {
		if n.kind == kindObject || n.kind == kindDynamic || n.kind == kindWrapper && n.wrap.unknown {
			return true
		}
	}
	return false
}

func (d *decoder) elements(n *node, v cty.Value, into reflect.Value, at *place) {
	into.Set(reflect.MakeSlice(n.rtype, v.LengthInt(), v.LengthInt()))
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		key, e := it.Element()
		d.element(n.elem, e, into.Index(i), &place{at, cty.IndexStep{Key: key}})
	}
}

// element is value for what is in a collection, of which the schema does not
// say that it may not be null.
func (d *decoder) element(n *node, v cty.Value, into reflect.Value, at *place) {
	if v.IsNull() && n.kind != kindDynamic && !(n.kind == kindWrapper && n.wrap.null) {
		d.fail(at, "Missing value", "What is in here may not be null. Remove it, or give it a value.")
		return
	}
	d.value(n, v, into, at)
}

// whole puts a number into an integer.
func (d *decoder) whole(n *node, number *big.Float, into reflect.Value, at *place) {
	i, accuracy := number.Int(nil)
	switch {
	case accuracy != big.Exact:
		d.fail(at, "Not a whole number", "It must be a whole number. Write it without a fraction.")
	case n.kind == kindInt && (!i.IsInt64() || into.OverflowInt(i.Int64())),
		n.kind == kindUint && i.Sign() >= 0 && (!i.IsUint64() || into.OverflowUint(i.Uint64())):
		d.fail(at, "Number too large", "It is beyond what can be handled here. Make it smaller.")
	case n.kind == kindUint && i.Sign() < 0:
		d.fail(at, "Negative number", "It cannot be below zero. Write a number from 0 on.")
	case n.kind == kindInt:
		into.SetInt(i.Int64())
	default:
		into.SetUint(i.Uint64())
	}
}

// validate asks a value whether it is right.
func (d *decoder) validate(v reflect.Value, at *place) {
	asked, ok := v.Interface().(validator)
	if !ok {
		asked = v.Addr().Interface().(validator)
	}
	if err := asked.Validate(); err != nil {
		problems := diagnose(err, "Invalid value")
		for i := range problems {
			problems[i].Path = append(at.path(), problems[i].Path...)
		}
		d.problems = append(d.problems, problems...)
	}
}
