package providers

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// Propose plans one object from its schema alone. config is what the user
// wrote, unset attributes null; prior is what is there, null (or cty.NilVal)
// for a create. Both conform to obj. The result is what should be there:
//
//   - an attribute that the user set is as set, or as in prior when the two
//     mean the same (see Normaliser);
//   - one that has a Default and is not set is the default, likewise;
//   - one that is computed and not set is unknown in a create. In an update it
//     is as in prior unless what it depends on changes: see
//     Attribute.DependsOn and Stable. An attribute that forces replacement
//     cannot change in place, so it becomes unknown only if DependsOn says so;
//   - any other is null, which is a change if it is not so in prior: the user
//     has set it once, and does so no more.
//
// The objects in a nested attribute are matched to those in prior by index or
// key; in a set, or a list whose order means nothing, by equality of all that
// is set. DependsOn names attributes of
// the same object; a change "of anything" is one anywhere in the resource.
//
// When nothing changes the result is prior itself. A config that is null or
// unknown is returned as it is.
//
// Marks are allowed anywhere: what comes from config keeps config's marks, what
// comes from prior keeps prior's. A computed attribute that is not set gets the
// marks of what it depends on by name as well, so that a checksum of a secret
// is one.
//
// Propose is pure, and linear in the size of the values (a changed set or
// unsorted list of nested objects aside, which is quadratic in its length).
//
// For a replacement, call it again with a null prior.
func Propose(obj *Object, prior, config cty.Value) cty.Value {
	cfg, marks := config.Unmark()
	if cfg.IsNull() || !cfg.IsKnown() {
		return config
	}
	changed := prior.IsNull() || differs(obj, prior, cfg)
	if !changed && len(marks) == 0 && !holdsMarks(cfg) {
		return prior
	}
	return build(obj, prior, cfg, changed).WithMarks(marks)
}

// attr returns one attribute of an object, cty.NilVal (which counts as null)
// when the object is null or has no such attribute.
func attr(obj cty.Value, name string) cty.Value {
	if obj.IsNull() || !obj.Type().HasAttribute(name) {
		return cty.NilVal
	}
	return obj.GetAttr(name)
}

// orDefault returns what config says of an attribute, or else its default.
// The marks are those of config.
func (a *Attribute) orDefault(v cty.Value) (cty.Value, cty.ValueMarks) {
	if v == cty.NilVal {
		v = cty.NullVal(a.ValueType())
	}
	v, marks := v.Unmark()
	if v.IsNull() && a.Default != cty.NilVal {
		return a.Default, marks
	}
	return v, marks
}

// differs tells whether config asks for anything that is not in prior. Neither
// is null or unknown, and config is not itself marked.
func differs(obj *Object, prior, config cty.Value) bool {
	for name, a := range obj.Attributes {
		c := attr(config, name)
		if a.Computed && c.IsNull() && a.Default == cty.NilVal {
			continue // as attrDiffers would say, without looking at prior
		}
		if attrDiffers(a, attr(prior, name), c) {
			return true
		}
	}
	return false
}

// attrDiffers tells the same of one attribute. What is computed and not set
// does not differ; what is not set any more does.
func attrDiffers(a *Attribute, prior, config cty.Value) bool {
	config, _ = a.orDefault(config)
	if config.IsNull() {
		return !a.Computed && !prior.IsNull() && !a.isEmptyBlock(prior)
	}
	if a.Nested == nil {
		return !same(a, prior, config)
	}
	if !config.IsKnown() {
		return true
	}
	if prior.IsNull() {
		return !a.isEmptyBlock(config)
	}
	if a.Nested.Nesting == NestingSingle {
		return differs(&a.Nested.Object, prior, config)
	}
	if length(prior) != length(config) {
		return true
	}
	match := matcher(a, prior)
	for it := config.ElementIterator(); it.Next(); {
		k, c := it.Element()
		c, _ = c.Unmark()
		p := match(k, c)
		if p.IsNull() != c.IsNull() || !c.IsKnown() || !c.IsNull() && differs(&a.Nested.Object, p, c) {
			return true
		}
	}
	return false
}

// isEmptyBlock tells whether v is what a config without any such block holds,
// which is as good as null.
func (a *Attribute) isEmptyBlock(v cty.Value) bool {
	return a.Nested != nil && a.Nested.Block && a.Nested.Nesting != NestingSingle && length(v) == 0
}

// length is the number of elements of a collection that may be marked.
func length(v cty.Value) int {
	v, _ = v.Unmark()
	return v.LengthInt()
}

// unordered tells whether a holds several objects whose order means nothing.
func (a *Attribute) unordered() bool {
	return a.Nested.Nesting == NestingSet || a.Nested.Nesting == NestingList && a.Normalise == NormaliseUnsorted
}

// matcher returns a function that finds the object in prior, a collection,
// that one in config continues: cty.NilVal when there is none. Where the order
// means nothing it gives no element twice. What it returns carries the marks
// of prior.
func matcher(a *Attribute, prior cty.Value) func(key, config cty.Value) cty.Value {
	prior, marks := prior.Unmark()
	if prior.IsNull() {
		return func(cty.Value, cty.Value) cty.Value { return cty.NilVal }
	}
	if !a.unordered() {
		return func(key, _ cty.Value) cty.Value {
			if prior.HasIndex(key).False() {
				return cty.NilVal
			}
			return prior.Index(key).WithMarks(marks)
		}
	}
	rest := prior.AsValueSlice()
	return func(_, config cty.Value) cty.Value {
		if !config.IsKnown() || config.IsNull() {
			return cty.NilVal
		}
		for i, p := range rest {
			if !p.IsNull() && !differs(&a.Nested.Object, p, config) {
				rest = slices.Delete(rest, i, i+1)
				return p.WithMarks(marks)
			}
		}
		return cty.NilVal
	}
}

// same tells whether two values of an attribute without nested objects mean
// the same. Marks mean nothing.
func same(a *Attribute, prior, config cty.Value) bool {
	if prior.IsNull() || config.IsNull() {
		return prior.IsNull() && config.IsNull()
	}
	if prior.RawEquals(config) { // most often, and cheap
		return config.IsWhollyKnown()
	}
	return a.Normalise.Equal(unmarked(prior), unmarked(config))
}

// holdsMarks is config.ContainsMarked, which is slow on objects.
func holdsMarks(config cty.Value) bool {
	for name := range config.Type().AttributeTypes() {
		v := config.GetAttr(name)
		if v.IsMarked() || !v.IsNull() && !v.Type().IsPrimitiveType() && v.ContainsMarked() {
			return true
		}
	}
	return false
}

// unmarked is UnmarkDeep that costs little where there are no marks.
func unmarked(v cty.Value) cty.Value {
	if v.IsMarked() || !v.Type().IsPrimitiveType() && v.ContainsMarked() {
		v, _ = v.UnmarkDeep()
	}
	return v
}

// build makes the proposed object. config is known, not null and not itself
// marked; prior may be null. changed says that something in the resource
// differs.
func build(obj *Object, prior, config cty.Value, changed bool) cty.Value {
	create := prior.IsNull()
	out := make(map[string]cty.Value, len(obj.Attributes))
	differing := map[string]bool{}
	var pending, derived []string // computed with DependsOn: to be decided, all
	for name, a := range obj.Attributes {
		p := attr(prior, name)
		c, marks := a.orDefault(attr(config, name))
		switch {
		case !c.IsNull():
			out[name] = buildAttr(a, p, c, changed).WithMarks(marks)
			if changed && !create && attrDiffers(a, p, c) {
				differing[name] = true
			}
		case !a.Computed:
			if !changed && p != cty.NilVal {
				c = p
			} else if !create && attrDiffers(a, p, c) {
				differing[name] = true
			}
			out[name] = c.WithMarks(marks)
		case create || p == cty.NilVal:
			out[name] = cty.UnknownVal(a.ValueType())
			if a.DependsOn != nil {
				derived = append(derived, name)
			}
		case a.DependsOn != nil && !a.Stable:
			out[name] = p
			pending = append(pending, name)
			derived = append(derived, name)
		case changed && !a.Stable && !a.ForceNew:
			out[name] = cty.UnknownVal(a.ValueType())
			differing[name] = true
		default:
			out[name] = p
		}
	}
	for again := len(differing) > 0 && len(pending) > 0; again; {
		again = false
		for _, name := range pending {
			a := obj.Attributes[name]
			if !differing[name] && slices.ContainsFunc(a.DependsOn, func(d string) bool { return differing[d] }) {
				out[name] = cty.UnknownVal(a.ValueType())
				differing[name] = true
				again = true
			}
		}
	}
	deriveMarks(obj, out, derived)
	return cty.ObjectVal(out)
}

// deriveMarks gives the attributes named the marks of what they depend on,
// also through each other.
func deriveMarks(obj *Object, out map[string]cty.Value, names []string) {
	for again := true; again; {
		again = false
		for _, name := range names {
			for _, d := range obj.Attributes[name].DependsOn {
				v := out[d]
				if !v.IsMarked() && (v.IsNull() || v.Type().IsPrimitiveType() || !v.ContainsMarked()) {
					continue
				}
				_, marks := v.UnmarkDeep()
				for m := range marks {
					if !out[name].HasMark(m) {
						out[name] = out[name].Mark(m)
						again = true
					}
				}
			}
		}
	}
}

// buildAttr makes the proposed value of an attribute that is set and not
// itself marked.
func buildAttr(a *Attribute, prior, config cty.Value, changed bool) cty.Value {
	if a.Nested == nil {
		if prior.IsNull() || !same(a, prior, config) || unmarked(config).RawEquals(unmarked(prior)) {
			return config
		}
		// Another spelling of one value: prior's, as secret as config's.
		_, marks := config.UnmarkDeep()
		return unmarked(prior).WithMarks(marks)
	}
	switch {
	case !config.IsKnown():
		return config
	case a.Nested.Nesting == NestingSingle:
		return build(&a.Nested.Object, prior, config, changed)
	case config.LengthInt() == 0:
		if !changed && prior != cty.NilVal {
			return prior // perhaps null, where blocks are concerned
		}
		return config
	}
	if a.Nested.Nesting == NestingList && a.unordered() && !attrDiffers(a, prior, config) {
		config = inOrderOf(a, prior, config)
	}
	match := matcher(a, prior)
	var list []cty.Value
	dict := map[string]cty.Value{}
	for it := config.ElementIterator(); it.Next(); {
		k, c := it.Element()
		c, marks := c.Unmark()
		if !c.IsNull() && c.IsKnown() {
			c = build(&a.Nested.Object, match(k, c), c, changed)
		}
		if c = c.WithMarks(marks); a.Nested.Nesting == NestingMap {
			dict[k.AsString()] = c
		} else {
			list = append(list, c)
		}
	}
	switch a.Nested.Nesting {
	case NestingSet:
		return cty.SetVal(list)
	case NestingMap:
		return cty.MapVal(dict)
	}
	return cty.ListVal(list)
}

// inOrderOf returns the objects of config, a list that does not differ from
// prior but in its order, in the order of prior.
func inOrderOf(a *Attribute, prior, config cty.Value) cty.Value {
	if prior.IsNull() {
		return config
	}
	prior, _ = prior.Unmark()
	rest := config.AsValueSlice()
	out := make([]cty.Value, 0, len(rest))
	for _, p := range prior.AsValueSlice() {
		i := slices.IndexFunc(rest, func(c cty.Value) bool {
			c, _ = c.Unmark()
			if p.IsNull() || c.IsNull() {
				return p.IsNull() == c.IsNull()
			}
			return !differs(&a.Nested.Object, p, c)
		})
		if i < 0 {
			return config
		}
		out = append(out, rest[i])
		rest = slices.Delete(rest, i, i+1)
	}
	return cty.ListVal(out)
}
