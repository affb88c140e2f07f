package views

import (
	"github.com/zclconf/go-cty/cty"
)

// pair is one place of two sequences laid side by side: an element of either
// or of both, unless same is set, when it is one that they share.
type pair struct {
	before, after cty.Value // NilVal where there is none
	index         int       // of after, or of before where there is no after
	same          bool
}

// align lays two sequences side by side. Between two elements that they share,
// elements of one kind are taken to have changed into one another, in order.
func align(before, after []cty.Value) []pair {
	in := interner{}
	ids := func(vs []cty.Value) []int {
		out := make([]int, len(vs))
		for i, v := range vs {
			out[i] = in.id(canonicalString(v))
		}
		return out
	}
	var out []pair
	b, a := 0, 0
	advance := func(toB, toA int) {
		for b < toB && a < toA && alike(before[b], after[a]) {
			out = append(out, pair{before: before[b], after: after[a], index: a})
			b, a = b+1, a+1
		}
		for ; b < toB; b++ {
			out = append(out, pair{before: before[b], index: b})
		}
		for ; a < toA; a++ {
			out = append(out, pair{after: after[a], index: a})
		}
	}
	for _, m := range common(ids(before), ids(after)) {
		advance(m.A, m.B)
		out = append(out, pair{before: before[b], after: after[a], index: a, same: true})
		b, a = b+1, a+1
	}
	advance(len(before), len(after))
	return out
}

// alike tells whether one element can be shown as a change of the other.
func alike(b, a cty.Value) bool {
	if b.IsMarked() || a.IsMarked() {
		return true // shown as one secret that changes
	}
	if !b.IsKnown() || !a.IsKnown() {
		return true
	}
	if b.IsNull() || a.IsNull() {
		return false
	}
	bt, at := b.Type(), a.Type()
	return isObject(bt) && isObject(at) || isSequence(bt) && isSequence(at) || bt.Equals(at)
}

func elements(v cty.Value) []cty.Value {
	out := make([]cty.Value, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		out = append(out, e)
	}
	return out
}

// diffSequences compares lists and tuples by element. Of what does not change,
// the neighbours of what does are shown.
func (d differ) diffSequences(before, after cty.Value, sc scope, forced []cty.Path) *node {
	n := &node{op: opChange, form: formSequence, noun: "element"}
	pairs := align(elements(before), elements(after))
	esc := sc.elem()
	for i, p := range pairs {
		switch {
		case p.same:
			beside := i > 0 && !pairs[i-1].same || i+1 < len(pairs) && !pairs[i+1].same
			if beside {
				if e := d.whole(p.after, opNone, esc); e.oneLine() {
					n.items = append(n.items, item{val: e})
					continue
				}
			}
			n.skip()
		case p.before == cty.NilVal:
			e := d.whole(p.after, opAdd, esc)
			e.force = len(belowIndex(forced, p.index)) > 0
			n.items = append(n.items, item{val: e})
		case p.after == cty.NilVal:
			n.items = append(n.items, item{val: d.whole(p.before, opRemove, esc)})
		default:
			n.items = append(n.items, item{val: d.diff(p.before, p.after, esc, belowIndex(forced, p.index))})
		}
	}
	return n
}

// skip counts an element that is not shown, in the place where it is.
func (n *node) skip() {
	if last := len(n.items) - 1; last >= 0 && n.items[last].val == nil {
		n.items[last].gap++
		return
	}
	n.items = append(n.items, item{gap: 1})
}

// diffSets compares sets: an element is in one, in the other, or in both. Its
// paths cannot be told apart, so that one which forces replacement marks the
// set.
func (d differ) diffSets(before, after cty.Value, sc scope) *node {
	n := &node{op: opChange, form: formSequence, noun: "element"}
	for _, p := range alignSets(before, after) {
		switch {
		case p.same:
			n.hidden++
		case p.before == cty.NilVal:
			n.items = append(n.items, item{val: d.whole(p.after, opAdd, sc.elem())})
		default:
			n.items = append(n.items, item{val: d.whole(p.before, opRemove, sc.elem())})
		}
	}
	return n
}

// alignSets lays two sets side by side: what is gone, then what is new or in
// both, in the order that cty keeps.
func alignSets(before, after cty.Value) []pair {
	was, is := map[string]bool{}, map[string]bool{}
	bs, as := elements(before), elements(after)
	for _, e := range bs {
		was[canonicalString(e)] = true
	}
	for _, e := range as {
		is[canonicalString(e)] = true
	}
	var out []pair
	for _, e := range bs {
		if !is[canonicalString(e)] {
			out = append(out, pair{before: e})
		}
	}
	for _, e := range as {
		if was[canonicalString(e)] {
			out = append(out, pair{before: e, after: e, same: true})
		} else {
			out = append(out, pair{after: e})
		}
	}
	return out
}
