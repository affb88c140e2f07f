package providers

import (
	"cmp"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// Changed returns the paths of what differs between an object as it is and as
// it is planned: whole attributes, or attributes inside nested ones. An object
// that is in a nested list or map only on one side is one path, which leads
// nowhere on the other; a nested set, or a list whose order means nothing, is
// compared as a whole. Values that a
// Normaliser calls equal do not differ; an unknown value differs from any. An
// attribute that is null in planned differs from one that is not.
//
// When one of the two is null (or cty.NilVal), the answer is one empty path.
// Paths are sorted. Marks mean nothing. It is pure and linear, a changed
// nested set aside.
func Changed(obj *Object, prior, planned cty.Value) []cty.Path {
	return diff(obj, prior, planned, false)
}

// ForcesReplacement returns those paths of Changed that cannot be changed in
// place: those of an attribute that is ForceNew, or that is inside one that
// is. A nested object that is added or removed forces replacement if it has a
// ForceNew attribute, and so does any change of a nested set of such. The
// answer is nil for a create and for a delete.
func ForcesReplacement(obj *Object, prior, planned cty.Value) []cty.Path {
	if prior.IsNull() || planned.IsNull() {
		return nil
	}
	return diff(obj, prior, planned, true)
}

func diff(obj *Object, prior, planned cty.Value, onlyForced bool) []cty.Path {
	d := differ{onlyForced: onlyForced}
	if prior.IsNull() || planned.IsNull() {
		if prior.IsNull() && planned.IsNull() {
			return nil
		}
		return []cty.Path{{}}
	}
	d.object(obj, nil, false, prior, planned)
	slices.SortFunc(d.paths, comparePaths)
	return d.paths
}

// differ collects paths. forced, in its methods, says that an enclosing
// attribute is ForceNew.
type differ struct {
	onlyForced bool
	paths      []cty.Path
}

func (d *differ) add(at cty.Path, forced bool) {
	if forced || !d.onlyForced {
		d.paths = append(d.paths, at.Copy())
	}
}

func (d *differ) object(obj *Object, at cty.Path, forced bool, prior, planned cty.Value) {
	if !planned.IsKnown() {
		d.add(at, forced || forcesNew(obj))
		return
	}
	for name, a := range obj.Attributes {
		d.attribute(a, name, at, forced || a.ForceNew, attr(prior, name), attr(planned, name))
	}
}

func (d *differ) attribute(a *Attribute, name string, parent cty.Path, forced bool, prior, planned cty.Value) {
	if planned.IsNull() && (prior.IsNull() || a.isEmptyBlock(prior)) {
		return
	}
	if a.Nested == nil {
		if !same(a, prior, planned) {
			d.add(parent.GetAttr(name), forced)
		}
		return
	}
	at := parent.GetAttr(name)
	switch {
	case !planned.IsKnown() || planned.IsNull():
		d.add(at, forced || forcesNew(&a.Nested.Object))
	case prior.IsNull():
		if !a.isEmptyBlock(planned) {
			d.add(at, forced || forcesNew(&a.Nested.Object))
		}
	case a.Nested.Nesting == NestingSingle:
		d.object(&a.Nested.Object, at, forced, prior, planned)
	case a.unordered():
		if attrDiffers(a, prior, unmarked(planned)) {
			d.add(at, forced || forcesNew(&a.Nested.Object))
		}
	default:
		d.elements(a.Nested, at, forced, prior, planned)
	}
}

// elements compares the objects in two lists or maps that are neither null nor
// unknown.
func (d *differ) elements(n *Nested, at cty.Path, forced bool, prior, planned cty.Value) {
	prior, _ = prior.Unmark()
	planned, _ = planned.Unmark()
	for it := planned.ElementIterator(); it.Next(); {
		k, v := it.Element()
		if prior.HasIndex(k).False() {
			d.add(at.Index(k), forced || forcesNew(&n.Object))
			continue
		}
		if p := prior.Index(k); p.IsNull() != v.IsNull() {
			d.add(at.Index(k), forced || forcesNew(&n.Object))
		} else if !p.IsNull() {
			d.object(&n.Object, at.Index(k), forced, p, v)
		}
	}
	for it := prior.ElementIterator(); it.Next(); {
		if k, _ := it.Element(); planned.HasIndex(k).False() {
			d.add(at.Index(k), forced || forcesNew(&n.Object))
		}
	}
}

// forcesNew tells whether any attribute in obj is ForceNew.
func forcesNew(obj *Object) bool {
	for _, a := range obj.Attributes {
		if a.ForceNew || a.Nested != nil && forcesNew(&a.Nested.Object) {
			return true
		}
	}
	return false
}

// comparePaths orders paths by their steps: names and map keys by letters,
// list indexes by number.
func comparePaths(a, b cty.Path) int {
	return slices.CompareFunc(a, b, func(x, y cty.PathStep) int {
		xi, xIsIndex := x.(cty.IndexStep)
		yi, yIsIndex := y.(cty.IndexStep)
		if xIsIndex && yIsIndex && xi.Key.Type() == cty.Number && yi.Key.Type() == cty.Number {
			return xi.Key.AsBigFloat().Cmp(yi.Key.AsBigFloat())
		}
		return cmp.Compare(stepText(x), stepText(y))
	})
}

func stepText(s cty.PathStep) string {
	switch s := s.(type) {
	case cty.GetAttrStep:
		return s.Name
	case cty.IndexStep:
		if s.Key.Type() == cty.String {
			return s.Key.AsString()
		}
		if s.Key.Type() == cty.Number {
			return s.Key.AsBigFloat().Text('f', -1)
		}
	}
	return ""
}
