package views

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

const (
	textUnknown = "(known after apply)"
	textSecret  = "(sensitive value)"
)

// differ turns values into nodes.
type differ struct {
	ascii bool
}

// diff returns what it takes to turn before into after. Both are there; null
// is a value.
func (d differ) diff(before, after cty.Value, sc scope, forced []cty.Path) *node {
	if sc.secret || before.IsMarked() || after.IsMarked() {
		return d.secret(before, after, forced)
	}
	n, detailed := d.diffOpen(before, after, sc, forced)
	// A path that goes deeper than what is shown in detail is marked here.
	n.force = endsHere(forced) || len(forced) > 0 && !detailed
	return n
}

// diffOpen is diff for what may be shown. It returns whether it passed forced
// on to the parts.
func (d differ) diffOpen(before, after cty.Value, sc scope, forced []cty.Path) (n *node, detailed bool) {
	switch {
	case before.IsKnown() && before.IsNull():
		if after.IsKnown() && after.IsNull() {
			return scalar(opNone, "null"), false
		}
		return d.whole(after, opAdd, sc), false
	case !after.IsKnown():
		if !before.IsKnown() {
			return scalar(opNone, textUnknown), false
		}
		n = d.whole(before, opRemove, sc)
		n.op, n.tail = opChange, " -> "+textUnknown
		return n, false
	case after.IsNull():
		n = d.whole(before, opRemove, sc)
		n.tail = " -> null"
		return n, false
	case before.RawEquals(after):
		return d.whole(after, opNone, sc), false
	case !before.IsKnown():
		return d.swap(before, after, sc), false
	}
	bt, at := before.Type(), after.Type()
	switch {
	case bt == cty.String && at == cty.String:
		return d.diffStrings(before.AsString(), after.AsString(), sc), false
	case isObject(bt) && isObject(at):
		return d.diffObjects(before, after, sc, forced), true
	case bt.IsSetType() && at.IsSetType():
		return d.diffSets(before, after, sc), false
	case isSequence(bt) && isSequence(at):
		return d.diffSequences(before, after, sc, forced), true
	}
	return d.swap(before, after, sc), false
}

// swap shows one value and then the other.
func (d differ) swap(before, after cty.Value, sc scope) *node {
	left, right := d.whole(before, opRemove, sc), d.whole(after, opAdd, sc)
	if left.form == formScalar && right.form == formScalar {
		return scalar(opChange, left.text+" -> "+right.text)
	}
	return &node{op: opChange, form: formSwap, left: left, right: right}
}

// secret says only whether there is a value, and whether it changes.
func (d differ) secret(before, after cty.Value, forced []cty.Path) *node {
	b, _ := before.UnmarkDeep()
	a, _ := after.UnmarkDeep()
	n := scalar(opChange, textSecret)
	switch {
	case b.RawEquals(a):
		n.op = opNone
	case b.IsKnown() && b.IsNull():
		n.op = opAdd
	case a.IsKnown() && a.IsNull():
		n.op, n.tail = opRemove, " -> null"
	}
	n.force = len(forced) > 0
	return n
}

// whole returns v as it is, everything in it added, removed or unchanged.
func (d differ) whole(v cty.Value, op op, sc scope) *node {
	switch {
	case sc.secret || v.IsMarked():
		return scalar(op, textSecret)
	case !v.IsKnown():
		return scalar(op, textUnknown)
	case v.IsNull():
		return scalar(op, "null")
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		return d.wholeString(v.AsString(), op, sc)
	case isObject(ty):
		n := &node{op: op, form: formObject, noun: objectNoun(ty)}
		for _, f := range fields(v, v) {
			if !sc.nulls && ty.IsObjectType() && f.after.Type() != cty.DynamicPseudoType && isPlainNull(f.after) {
				continue
			}
			n.items = append(n.items, item{key: fieldKey(f.name, ty), val: d.whole(f.after, op, sc.attr(f.name))})
		}
		return n
	case isSequence(ty):
		n := &node{op: op, form: formSequence, noun: "element"}
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			n.items = append(n.items, item{val: d.whole(e, op, sc.elem())})
		}
		return n
	}
	return scalar(op, scalarText(v))
}

// scalarText returns a known, unmarked value that is not a collection.
func scalarText(v cty.Value) string {
	switch {
	case v.IsNull():
		return "null"
	case v.Type() == cty.String:
		return quote(v.AsString())
	case v.Type() == cty.Number:
		text, _ := numberText(v)
		return text
	case v.Type() == cty.Bool:
		return strconv.FormatBool(v.True())
	}
	return "(" + clean(v.Type().FriendlyName()) + ")"
}

// numberText writes a number out. One that would take more digits than anybody
// reads has an exponent, to the base 2 where even that would take long to find.
// It says whether the number is written in decimal.
func numberText(v cty.Value) (text string, decimal bool) {
	f := v.AsBigFloat()
	exp := f.MantExp(nil)
	switch {
	case f.IsInf():
		return f.Text('f', -1), false
	case exp >= -256 && exp <= 256:
		return f.Text('f', -1), true
	case exp >= -1<<14 && exp <= 1<<14:
		return f.Text('g', -1), true
	}
	return new(big.Float).SetPrec(53).Set(f).Text('p', 0), false
}

// diffObjects compares objects or maps by name.
func (d differ) diffObjects(before, after cty.Value, sc scope, forced []cty.Path) *node {
	ty := after.Type()
	n := &node{op: opChange, form: formObject, noun: objectNoun(ty)}
	for _, f := range fields(before, after) {
		child, hidden := d.diffField(f, sc.attr(f.name), sc.nulls, below(forced, f.name))
		switch {
		case child != nil:
			n.items = append(n.items, item{key: fieldKey(f.name, ty), val: child})
		case hidden:
			n.hidden++
		}
	}
	return n
}

// diffField compares what two objects have under one name. It returns nil for
// what does not change and need not be shown; hidden says that there is
// something to count, which null is only where nulls says so.
func (d differ) diffField(f field, sc scope, nulls bool, forced []cty.Path) (n *node, hidden bool) {
	switch {
	case f.before == cty.NilVal:
		n = d.whole(f.after, opAdd, sc)
	case f.after == cty.NilVal:
		n = d.whole(f.before, opRemove, sc)
	case len(forced) == 0 && sameUnmarked(f.before, f.after):
		if isPlainNull(f.after) && !nulls {
			return nil, false
		}
		if !telling(f.name) || isPlainNull(f.after) || sc.secret {
			return nil, true
		}
		if n = d.whole(f.after, opNone, sc); !n.oneLine() {
			return nil, true
		}
		return n, false
	default:
		return d.diff(f.before, f.after, sc, forced), false
	}
	n.force = len(forced) > 0
	return n, false
}

// telling names the attributes that tell one object from another, and hence
// are shown though they do not change.
func telling(name string) bool { return name == "id" || name == "name" || name == "path" }

// field is what two objects hold under one name; NilVal where there is none.
type field struct {
	name          string
	before, after cty.Value
}

// fields pairs what two objects or maps hold, sorted by name.
func fields(before, after cty.Value) []field {
	b, a := namesOf(before), namesOf(after)
	names := slices.Concat(b, a)
	slices.Sort(names)
	names = slices.Compact(names)
	out := make([]field, len(names))
	for i, name := range names {
		out[i] = field{name, lookup(before, name), lookup(after, name)}
	}
	return out
}

func namesOf(v cty.Value) []string {
	if ty := v.Type(); ty.IsObjectType() {
		names := make([]string, 0, len(ty.AttributeTypes()))
		for name := range ty.AttributeTypes() {
			names = append(names, name)
		}
		return names
	}
	names := make([]string, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		k, _ := it.Element()
		names = append(names, k.AsString())
	}
	return names
}

// lookup returns what an object or map holds under name, or NilVal.
func lookup(v cty.Value, name string) cty.Value {
	if v.Type().IsObjectType() {
		if v.Type().HasAttribute(name) {
			return v.GetAttr(name)
		}
		return cty.NilVal
	}
	k := cty.StringVal(name)
	if v.HasIndex(k).True() {
		return v.Index(k)
	}
	return cty.NilVal
}

func isObject(ty cty.Type) bool { return ty.IsObjectType() || ty.IsMapType() }

func isSequence(ty cty.Type) bool {
	return ty.IsListType() || ty.IsTupleType() || ty.IsSetType()
}

func objectNoun(ty cty.Type) string {
	if ty.IsMapType() {
		return "element"
	}
	return "attribute"
}

// fieldKey returns a name as it is written in front of its "=".
func fieldKey(name string, ty cty.Type) string {
	if !ty.IsMapType() && isIdentifier(name) {
		return name
	}
	return quote(name)
}

func isIdentifier(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || (r < '0' || r > '9') && r != '-') {
			return false
		}
	}
	return s != ""
}

// isPlainNull tells whether v is null and not marked.
func isPlainNull(v cty.Value) bool { return !v.IsMarked() && v.IsKnown() && v.IsNull() }

// sameUnmarked tells whether two values are the same but for their marks.
func sameUnmarked(a, b cty.Value) bool {
	if a.ContainsMarked() {
		a, _ = a.UnmarkDeep()
	}
	if b.ContainsMarked() {
		b, _ = b.UnmarkDeep()
	}
	return a.RawEquals(b)
}

// below returns what is left of the paths that go through name.
func below(paths []cty.Path, name string) []cty.Path {
	return step(paths, func(s cty.PathStep) bool {
		switch s := s.(type) {
		case cty.GetAttrStep:
			return s.Name == name
		case cty.IndexStep:
			return s.Key.Type() == cty.String && s.Key.IsKnown() && !s.Key.IsNull() && s.Key.AsString() == name
		}
		return false
	})
}

// belowIndex returns what is left of the paths that go through an element.
func belowIndex(paths []cty.Path, index int) []cty.Path {
	return step(paths, func(s cty.PathStep) bool {
		is, ok := s.(cty.IndexStep)
		return ok && is.Key.Type() == cty.Number && is.Key.IsKnown() && !is.Key.IsNull() &&
			is.Key.RawEquals(cty.NumberIntVal(int64(index)))
	})
}

func step(paths []cty.Path, through func(cty.PathStep) bool) []cty.Path {
	var out []cty.Path
	for _, p := range paths {
		if len(p) > 0 && through(p[0]) {
			out = append(out, p[1:])
		}
	}
	return out
}

func endsHere(paths []cty.Path) bool {
	return slices.ContainsFunc(paths, func(p cty.Path) bool { return len(p) == 0 })
}

// canonical appends to out what tells v from values that differ from it, in
// content or in what of it is secret.
func canonical(out *strings.Builder, v cty.Value) {
	if v.IsMarked() {
		out.WriteByte('!')
		v, _ = v.Unmark()
	}
	switch {
	case !v.IsKnown():
		out.WriteByte('?')
		return
	case v.IsNull():
		out.WriteByte('0')
		return
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		s := v.AsString()
		out.WriteString(strconv.Itoa(len(s)))
		out.WriteByte(':')
		out.WriteString(s)
	case ty == cty.Number:
		out.WriteByte('#')
		out.WriteString(v.AsBigFloat().Text('p', 0))
	case ty == cty.Bool:
		out.WriteString(strconv.FormatBool(v.True()))
	case isObject(ty):
		out.WriteByte('{')
		for _, f := range fields(v, v) {
			canonical(out, cty.StringVal(f.name))
			out.WriteByte('=')
			canonical(out, f.after)
		}
		out.WriteByte('}')
	case isSequence(ty):
		out.WriteByte('[')
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			canonical(out, e)
			out.WriteByte(',')
		}
		out.WriteByte(']')
	default:
		out.WriteString(v.GoString())
	}
}

func canonicalString(v cty.Value) string {
	var b strings.Builder
	canonical(&b, v)
	return b.String()
}
