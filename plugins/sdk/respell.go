package sdk

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// speller says what a provider returned in the words that are known already, so
// that nothing seems to have changed that has not: where something means the
// same as before it is spelled as it was, "1m30s" as "90s", and a list whose
// order means nothing keeps its order.
type speller struct {
	// read says that the object was looked at. Then what nobody has set and
	// nobody computes is left out: what a world fills in by itself is no drift.
	read bool
}

// object respells got by want, which may hold unknown values.
func (s speller) object(obj *providers.Object, want, got cty.Value) cty.Value {
	if want.IsNull() || got.IsNull() || !want.IsKnown() || !got.IsKnown() {
		return got
	}
	attrs := make(map[string]cty.Value, len(obj.Attributes))
	for name, a := range obj.Attributes {
		attrs[name] = s.attribute(a, want.GetAttr(name), got.GetAttr(name))
	}
	return cty.ObjectVal(attrs)
}

// unasked tells whether an attribute is one that nobody has set or computes.
func (s speller) unasked(a *providers.Attribute, want cty.Value) bool {
	return s.read && want.IsNull() && a.Optional && !a.Computed && a.Default == cty.NilVal
}

func (s speller) attribute(a *providers.Attribute, want, got cty.Value) cty.Value {
	switch {
	case !want.IsKnown() || !got.IsKnown():
		return got
	case s.unasked(a, want), empty(a, want) && empty(a, got):
		return want
	case want.IsNull() || got.IsNull():
		return got
	case a.Nested == nil:
		if same(a, want, got) {
			return want
		}
		return got
	case a.Nested.Nesting == providers.NestingSingle:
		return s.object(&a.Nested.Object, want, got)
	case a.Nested.Nesting == providers.NestingSet || got.LengthInt() == 0:
		return got
	case a.Nested.Nesting == providers.NestingMap:
		out := map[string]cty.Value{}
		for it := got.ElementIterator(); it.Next(); {
			key, e := it.Element()
			if want.HasIndex(key).True() {
				e = s.object(&a.Nested.Object, want.Index(key), e)
			}
			out[key.AsString()] = e
		}
		return cty.MapVal(out)
	}
	wants, gots := want.AsValueSlice(), got.AsValueSlice()
	if a.Normalise == providers.NormaliseUnsorted {
		gots = s.inOrderOf(&a.Nested.Object, wants, gots)
	}
	for i := range min(len(wants), len(gots)) {
		gots[i] = s.object(&a.Nested.Object, wants[i], gots[i])
	}
	return cty.ListVal(gots)
}

// same tells whether two values, neither of them null, mean the same.
func same(a *providers.Attribute, want, got cty.Value) bool {
	// cty writes numbers out to compare them, which takes most of the time.
	if a.Type == cty.Number && want.AsBigFloat().Cmp(got.AsBigFloat()) == 0 {
		return true
	}
	return a.Normalise.Equal(want, got)
}

// empty tells whether v is what a configuration without any such block holds,
// which may be null or a collection with nothing in it.
func empty(a *providers.Attribute, v cty.Value) bool {
	return v.IsNull() || a.Nested != nil && a.Nested.Block && a.Nested.Nesting != providers.NestingSingle && v.LengthInt() == 0
}

// inOrderOf returns got with those first that are in want too, in the order
// that they have there.
func (s speller) inOrderOf(obj *providers.Object, want, got []cty.Value) []cty.Value {
	var same []cty.Value
	rest := slices.Clone(got)
	for _, w := range want {
		if i := slices.IndexFunc(rest, func(g cty.Value) bool { return s.agrees(obj, w, g) }); i >= 0 {
			same = append(same, rest[i])
			rest = slices.Delete(rest, i, i+1)
		}
	}
	return append(same, rest...)
}

// agrees tells whether got means what want says, as far as want says anything.
func (s speller) agrees(obj *providers.Object, want, got cty.Value) bool {
	if !want.IsKnown() {
		return true
	}
	if want.IsNull() || !got.IsKnown() || got.IsNull() {
		return want.IsNull() && got.IsKnown() && got.IsNull()
	}
	for name, a := range obj.Attributes {
		w, g := want.GetAttr(name), got.GetAttr(name)
		switch {
		case !w.IsKnown(), s.unasked(a, w), empty(a, w) && empty(a, g):
		case w.IsNull() || !g.IsKnown() || g.IsNull():
			return false
		case a.Nested == nil && !same(a, w, g):
			return false
		case a.Nested != nil && !s.attribute(a, w, g).RawEquals(w):
			return false
		}
	}
	return true
}
