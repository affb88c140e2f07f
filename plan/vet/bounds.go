package vet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
)

// freeFactor is how many times more, or less, than the user's own value a limit may
// be where the policy sets no bounds.
const freeFactor = 2

// leaf is one value in what is proposed that has no others in it, by the names of the
// attributes on the way to it.
type leaf struct {
	names      []string
	attribute  *providers.Attribute
	value, own cty.Value // own is what the user has there
}

func (l leaf) String() string { return strings.Join(l.names, ".") }

// valuesAreInBounds: what the policy bounds is within, however deep it is in what is
// proposed, and measured by what the user wrote and not by what lies over that. A
// limit without bounds stays near to what the user wrote, or a person decides.
func valuesAreInBounds(_ context.Context, v *vetting) (Outcome, error) {
	out := Allow
	var why error
	for _, c := range v.changes {
		var leaves []leaf
		if c.at.Element && c.at.Attribute.Nested != nil {
			leaves = leavesOfObject(&c.at.Attribute.Nested.Object, c.names(), c.value, c.at.Value)
		} else {
			leaves = leavesOf(c.at.Attribute, c.names(), c.value, c.at.Value)
		}
		for name := range v.Policy.AI.Bounds {
			if boundsMore(name, c.Attribute(), leaves) {
				return Deny, fmt.Errorf("%s cannot be compared with its bounds", name)
			}
		}
		for _, l := range leaves {
			bound, bounded := v.Policy.AI.Bounds[l.String()]
			switch {
			case l.value.RawEquals(l.own):
			case bounded && l.value.IsNull():
				return Deny, fmt.Errorf("%s has bounds, so it cannot be removed", l)
			case bounded:
				if err := within(l.attribute, l.value, bound); err != nil {
					return Deny, fmt.Errorf("%s %w", l, err)
				}
			case v.typ.Object().TierAt(l.names...) == providers.TierFree && !near(l.attribute, l.value, l.own):
				out, why = NeedsApproval, fmt.Errorf("%s has no bounds, and is far from what is configured", l)
			}
		}
	}
	return out, why
}

// boundsMore tells whether what has bounds is more than one value, at or around the
// attribute that changes, or inside it.
func boundsMore(bounded, attribute string, leaves []leaf) bool {
	inside := func(name, of string) bool { return strings.HasPrefix(name+".", of+".") }
	about := inside(attribute, bounded)
	for _, l := range leaves {
		if l.String() == bounded {
			return false
		}
		about = about || inside(l.String(), bounded)
	}
	return about
}

// leavesOf takes a value apart. Beside what is removed or was not there stands null.
func leavesOf(a *providers.Attribute, names []string, value, own cty.Value) []leaf {
	value, _ = value.Unmark()
	own, _ = own.Unmark()
	if a.Nested != nil && a.Nested.Nesting == providers.NestingSingle {
		return leavesOfObject(&a.Nested.Object, names, value, own)
	}
	if a.Nested == nil && !a.Type.IsCollectionType() {
		return []leaf{{names, a, value, own}}
	}
	var out []leaf
	is, was := elementsOf(value), elementsOf(own)
	for _, key := range slices.Sorted(maps.Keys(joined(is, was))) {
		if a.Nested != nil {
			out = append(out, leavesOfObject(&a.Nested.Object, names, is[key], was[key])...)
			continue
		}
		ety := a.Type.ElementType()
		out = append(out, leaf{names, a, orNullOf(is[key], ety), orNullOf(was[key], ety)})
	}
	return out
}

func leavesOfObject(o *providers.Object, names []string, value, own cty.Value) []leaf {
	var out []leaf
	for _, name := range slices.Sorted(maps.Keys(o.Attributes)) {
		a := o.Attributes[name]
		if a.Required || a.Optional {
			out = append(out, leavesOf(a, append(slices.Clip(names), name), memberOf(value, name, a), memberOf(own, name, a))...)
		}
	}
	return out
}

// memberOf is an attribute of an object, null where there is no object.
func memberOf(v cty.Value, name string, a *providers.Attribute) cty.Value {
	if v == cty.NilVal || v.IsNull() {
		return cty.NullVal(a.ValueType())
	}
	v, _ = v.Unmark()
	return v.GetAttr(name)
}

// elementsOf are those of a collection, by key; those of a list by their place.
func elementsOf(v cty.Value) map[string]cty.Value {
	out := map[string]cty.Value{}
	if v.IsNull() || !v.CanIterateElements() {
		return out
	}
	n := 0
	for key, e := range v.Elements() {
		name := fmt.Sprintf("%09d", n)
		if v.Type().IsMapType() {
			name = key.AsString()
		}
		out[name] = e
		n++
	}
	return out
}

func joined(a, b map[string]cty.Value) map[string]cty.Value {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func orNullOf(v cty.Value, ty cty.Type) cty.Value {
	if v == cty.NilVal {
		return cty.NullVal(ty)
	}
	return v
}

// within says why a value is not within bounds.
func within(a *providers.Attribute, v cty.Value, b plan.Bound) error {
	q, ok := a.Quantity(v)
	if !ok {
		return errors.New("cannot be compared with its bounds")
	}
	for _, side := range []struct {
		limit   cty.Value
		outside func(limit float64) bool
	}{{b.Min, func(limit float64) bool { return q < limit }}, {b.Max, func(limit float64) bool { return q > limit }}} {
		if side.limit.IsNull() {
			continue
		}
		if limit, ok := a.Quantity(side.limit); !ok {
			return errors.New("cannot be compared with its bounds")
		} else if side.outside(limit) {
			return errors.New("is out of bounds")
		}
	}
	if q <= 0 {
		return errors.New("is not more than nothing, which lifts a limit")
	}
	return nil
}

// near tells whether a value that can be measured is not far from what the user
// wrote, or from the default. What cannot be measured is not near.
func near(a *providers.Attribute, v, own cty.Value) bool {
	if own.IsNull() && a.Default != cty.NilVal {
		own = a.Default
	}
	x, okX := a.Quantity(v)
	y, okY := a.Quantity(own)
	return okX && okY && x > 0 && y > 0 && x <= freeFactor*y && y <= freeFactor*x
}
