package views

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// body is what stands between the braces of a block: attributes, then blocks.
type body struct {
	attrs        []item
	hidden       int // attributes that do not change
	blocks       []block
	hiddenBlocks int
}

// block is a block inside a body.
type block struct {
	op     op
	force  bool
	name   string
	key    string // of a block in a map, as a quoted label
	body   *body
	opaque string // what stands in place of the body
}

// empty tells whether there is nothing to put between the braces.
func (b *body) empty() bool {
	return len(b.attrs) == 0 && b.hidden == 0 && len(b.blocks) == 0 && b.hiddenBlocks == 0
}

// body compares two objects of one schema, either of which may be null. Where
// only one of them is there, everything in it is added, removed or, for two
// that are the same, shown as it is.
func (d differ) body(before, after cty.Value, sc scope, how op, forced []cty.Path) *body {
	out := &body{}
	if before.IsMarked() || after.IsMarked() {
		sc = scope{secret: true}
		before, _ = before.Unmark()
		after, _ = after.Unmark()
	}
	if !isPresent(before) {
		before = after
	}
	if !isPresent(after) {
		after = before
	}
	if !isPresent(after) {
		return out
	}
	for _, f := range fields(before, after) {
		fsc := sc.attr(f.name)
		fforced := below(forced, f.name)
		var a *providers.Attribute
		if sc.obj != nil {
			a = sc.obj.Attributes[f.name]
		}
		if isBlock(a) && !fsc.secret && fits(f.before, a.Nested) && fits(f.after, a.Nested) {
			d.blocks(out, f, a.Nested, how, fforced)
			continue
		}
		if how == opChange {
			n, hidden := d.diffField(f, fsc, false, fforced)
			if n != nil {
				out.attrs = append(out.attrs, item{key: fieldKey(f.name, after.Type()), val: n})
			} else if hidden {
				out.hidden++
			}
			continue
		}
		if isPlainNull(f.after) {
			continue
		}
		n := d.whole(f.after, how, fsc)
		n.force = len(fforced) > 0
		if how == opRemove {
			n.tail = " -> null"
		}
		out.attrs = append(out.attrs, item{key: fieldKey(f.name, after.Type()), val: n})
	}
	return out
}

// isPresent tells whether v is an object that can be looked into.
func isPresent(v cty.Value) bool { return v != cty.NilVal && v.IsKnown() && !v.IsNull() }

// blocks adds the blocks of one name to out.
func (d differ) blocks(out *body, f field, nested *providers.Nested, how op, forced []cty.Path) {
	add := func(p pair, key string, forced []cty.Path) {
		b := block{op: how, name: clean(f.name), key: key}
		switch {
		case how != opChange:
		case p.same:
			out.hiddenBlocks++
			return
		case p.before == cty.NilVal:
			b.op = opAdd
		case p.after == cty.NilVal:
			b.op = opRemove
		}
		sc := objectScope(&nested.Object)
		before, after := p.before, p.after
		if before == cty.NilVal {
			before = cty.NullVal(cty.DynamicPseudoType)
		}
		if after == cty.NilVal {
			after = cty.NullVal(cty.DynamicPseudoType)
		}
		switch {
		case before.IsMarked() || after.IsMarked():
			b.opaque = textSecret
		case !after.IsKnown():
			b.opaque = textUnknown
		default:
			b.body = d.body(before, after, sc, b.op, forced)
		}
		b.force = endsHere(forced) || b.body == nil && len(forced) > 0
		out.blocks = append(out.blocks, b)
	}

	if how == opChange && !f.after.IsKnown() {
		// How many there will be is not known; what was there may go.
		add(pair{before: absentIfNull(f.before), after: f.after}, "", forced)
		return
	}
	before, after := f.before, f.after
	if how != opChange {
		before = after
		if !after.IsKnown() {
			add(pair{after: after}, "", forced)
			return
		}
	}
	switch nested.Nesting {
	case providers.NestingSingle:
		p := pair{before: absentIfNull(before), after: absentIfNull(after)}
		if p.before == cty.NilVal && p.after == cty.NilVal {
			return
		}
		p.same = p.before != cty.NilVal && p.after != cty.NilVal && len(forced) == 0 && p.before.RawEquals(p.after)
		add(p, "", forced)
	case providers.NestingMap:
		for _, e := range fields(emptyIfNull(before), emptyIfNull(after)) {
			p := pair{before: e.before, after: e.after}
			p.same = p.before != cty.NilVal && p.after != cty.NilVal && p.before.RawEquals(p.after)
			add(p, quote(e.name), below(forced, e.name))
		}
	case providers.NestingSet:
		if len(forced) > 0 {
			forced = []cty.Path{{}} // which block it was is past telling
		}
		for _, p := range alignSets(emptyIfNull(before), emptyIfNull(after)) {
			add(p, "", forced)
		}
	default:
		for _, p := range align(elements(emptyIfNull(before)), elements(emptyIfNull(after))) {
			add(p, "", slices.Concat(belowIndex(forced, p.index), ending(forced)))
		}
	}
}

// fits tells whether v is of a kind that can be shown as blocks.
func fits(v cty.Value, nested *providers.Nested) bool {
	switch {
	case v == cty.NilVal:
		return true
	case v.IsMarked():
		return false
	case !v.IsKnown() || v.IsNull():
		return true
	case nested.Nesting == providers.NestingSingle:
		return isObject(v.Type())
	case nested.Nesting == providers.NestingMap && !isObject(v.Type()):
		return false
	case nested.Nesting != providers.NestingMap && !isSequence(v.Type()):
		return false
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e, _ = e.Unmark(); e.IsKnown() && !e.IsNull() && !isObject(e.Type()) {
			return false
		}
	}
	return true
}

// ending returns the paths that end here, which hold for every block.
func ending(forced []cty.Path) []cty.Path {
	if endsHere(forced) {
		return []cty.Path{{}}
	}
	return nil
}

func absentIfNull(v cty.Value) cty.Value {
	if v == cty.NilVal || isPlainNull(v) {
		return cty.NilVal
	}
	return v
}

func emptyIfNull(v cty.Value) cty.Value {
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() {
		return cty.EmptyObjectVal
	}
	return v
}
