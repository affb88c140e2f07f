package sdk

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

// encoder turns Go's values into those of the language. What cannot be is a
// mistake of the provider, which it collects; it is left out, so that what is
// left can be kept all the same.
type encoder struct {
	// unknown says that what is computed need not be known, as in a plan.
	unknown  bool
	typeName string
	method   string

	problems diag.Diagnostics
}

func (e *encoder) fail(at *place, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	e.problems = append(e.problems, diag.Diagnostic{Summary: "Mistake in the provider", Path: at.path(),
		Detail: fmt.Sprintf("The provider's method %s of %s returned an object whose %s %s. Please report it to the provider's authors.",
			e.method, e.typeName, pathText(at.path()), what)})
}

// encode makes an object of a T.
func encode[T any](m *model, v *T, e *encoder) cty.Value {
	if value, raw := any(v).(*cty.Value); raw {
		return e.explicit(m, *value)
	}
	return e.object(m.root, reflect.ValueOf(v).Elem(), nil)
}

// explicit checks an object that the provider made itself.
func (e *encoder) explicit(m *model, v cty.Value) cty.Value {
	switch {
	case v == cty.NilVal:
		return cty.NullVal(m.ty)
	case v.Type().TestConformance(m.ty) != nil:
		e.problems = append(e.problems, diag.Errorf("Mistake in the provider",
			"The provider's method %s of %s returned an object that is not as its schema says: %v. Please report it to the provider's authors.",
			e.method, e.typeName, v.Type().TestConformance(m.ty)[0])...)
		return cty.NullVal(m.ty)
	case e.unknown || v.IsWhollyKnown():
		return v
	}
	out, _ := cty.Transform(v, func(path cty.Path, v cty.Value) (cty.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		var at *place
		for _, step := range path {
			at = &place{at, step}
		}
		e.fail(at, "is unknown")
		return cty.NullVal(v.Type()), nil
	})
	return out
}

func (e *encoder) object(o *objectNode, v reflect.Value, at *place) cty.Value {
	attrs := make(map[string]cty.Value, len(o.fields))
	for i := range o.fields {
		f := &o.fields[i]
		attrs[f.name] = e.value(f.node, v.FieldByIndex(f.index), &place{at, cty.GetAttrStep{Name: f.name}})
	}
	return cty.ObjectVal(attrs)
}

func (e *encoder) value(n *node, v reflect.Value, at *place) cty.Value {
	switch n.kind {
	case kindDynamic:
		return e.dynamic(v.Interface().(cty.Value), at)
	case kindWrapper:
		state, inside := v.Addr().Interface().(wrapper).look()
		switch {
		case state == isKnown:
			return e.value(n.elem, inside, at)
		case state == isUnknown && e.unknown:
			return cty.UnknownVal(n.ty)
		case state == isUnknown:
			e.fail(at, "is unknown")
		}
		return cty.NullVal(n.ty)
	case kindString:
		if !utf8.ValidString(v.String()) {
			e.fail(at, "is not UTF-8")
			return cty.StringVal(strings.ToValidUTF8(v.String(), "\uFFFD"))
		}
		return cty.StringVal(v.String())
	case kindBool:
		return cty.BoolVal(v.Bool())
	case kindInt:
		return cty.NumberIntVal(v.Int())
	case kindUint:
		return cty.NumberUIntVal(v.Uint())
	case kindFloat:
		if math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) {
			e.fail(at, "is no number")
			return cty.NumberIntVal(0)
		}
		// By way of its digits, so that 0.1 is what a user has written as 0.1.
		return cty.MustParseNumberVal(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
	case kindObject:
		return e.object(n.object, v, at)
	case kindMap:
		return e.mapValue(n, v, at)
	}
	if v.Len() == 0 && n.kind == kindSet {
		return cty.SetValEmpty(n.elem.ty)
	} else if v.Len() == 0 {
		return cty.ListValEmpty(n.elem.ty)
	}
	all := make([]cty.Value, v.Len())
	for i := range all {
		all[i] = e.value(n.elem, v.Index(i), &place{at, cty.IndexStep{Key: cty.NumberIntVal(int64(i))}})
	}
	if n.kind == kindSet {
		return cty.SetVal(all)
	}
	return cty.ListVal(all)
}

func (e *encoder) mapValue(n *node, v reflect.Value, at *place) cty.Value {
	if v.Len() == 0 {
		return cty.MapValEmpty(n.elem.ty)
	}
	all := make(map[string]cty.Value, v.Len())
	for it := v.MapRange(); it.Next(); {
		one := reflect.New(n.rtype.Elem()).Elem() // what is in a map has no address
		one.Set(it.Value())
		key := it.Key().String()
		all[key] = e.value(n.elem, one, &place{at, cty.IndexStep{Key: cty.StringVal(key)}})
	}
	return cty.MapVal(all)
}

func (e *encoder) dynamic(v cty.Value, at *place) cty.Value {
	switch {
	case v == cty.NilVal:
		return cty.NullVal(cty.DynamicPseudoType)
	case v.ContainsMarked():
		e.fail(at, "is marked")
		v, _ = v.UnmarkDeep()
	}
	if !e.unknown && !v.IsWhollyKnown() {
		e.fail(at, "is unknown")
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return v
}

// pathText writes a path as users do.
func pathText(path cty.Path) string {
	var b strings.Builder
	for _, step := range path {
		switch step := step.(type) {
		case cty.GetAttrStep:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step.Name)
		case cty.IndexStep:
			switch {
			case step.Key.Type() == cty.String && step.Key.IsKnown():
				fmt.Fprintf(&b, "[%q]", step.Key.AsString())
			case step.Key.Type() == cty.Number && step.Key.IsKnown():
				b.WriteString("[" + step.Key.AsBigFloat().Text('f', -1) + "]")
			default:
				b.WriteString("[...]")
			}
		}
	}
	return b.String()
}
