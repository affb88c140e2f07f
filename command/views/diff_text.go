package views

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// contextLines is how many unchanged lines are shown on either side of one
// that changes.
const contextLines = 3

// wholeString returns a string as a quoted one, as lines, or as the JSON in it.
func (d differ) wholeString(s string, op op, sc scope) *node {
	if v, ok := fromJSON(s, sc); ok {
		return d.json(d.whole(v, op, jsonScope()))
	}
	if !strings.Contains(s, "\n") {
		return scalar(op, quote(s))
	}
	lines, _ := splitLines(s)
	n := &node{op: op, form: formText, label: label(lines)}
	for _, l := range lines {
		n.lines = append(n.lines, line{text: escape(l, keepTabs)})
	}
	return n
}

// diffStrings compares two strings that differ.
func (d differ) diffStrings(before, after string, sc scope) *node {
	if b, ok := fromJSON(before, sc); ok {
		if a, ok := fromJSON(after, sc); ok {
			return d.diffJSON(b, a)
		}
	}
	if !strings.Contains(before, "\n") && !strings.Contains(after, "\n") {
		return scalar(opChange, quote(before)+" -> "+quote(after))
	}
	return d.diffLines(before, after)
}

// diffLines compares two texts by line.
func (d differ) diffLines(before, after string) *node {
	b, bEnds := splitLines(before)
	a, aEnds := splitLines(after)
	n := &node{op: opChange, form: formText, label: label(b, a)}
	switch {
	case bEnds && !aEnds:
		n.note = "newline at the end removed"
	case !bEnds && aEnds:
		n.note = "newline at the end added"
	}
	in := interner{}
	ids := func(lines []string) []int {
		out := make([]int, len(lines))
		for i, l := range lines {
			out[i] = in.id(l)
		}
		return out
	}
	i, j := 0, 0
	for _, m := range append(common(ids(b), ids(a)), match{len(b), len(a)}) {
		d.appendChanged(n, b[i:m.A], a[j:m.B])
		if m.A < len(b) {
			n.lines = append(n.lines, line{text: escape(b[m.A], keepTabs)})
		}
		i, j = m.A+1, m.B+1
	}
	n.lines = foldLines(n.lines)
	return n
}

// appendChanged adds lines that were removed and lines that took their place.
// White space that would not be seen is made visible: what ends a line, and
// all of it where nothing else changes.
func (d differ) appendChanged(n *node, removed, added []string) {
	squeezed := func(lines []string) map[string]bool {
		out := make(map[string]bool, len(lines))
		for _, l := range lines {
			out[withoutSpace(l)] = true
		}
		return out
	}
	was, is := squeezed(removed), squeezed(added)
	for _, l := range removed {
		n.lines = append(n.lines, line{op: opRemove, text: d.showSpace(l, is[withoutSpace(l)])})
	}
	for _, l := range added {
		n.lines = append(n.lines, line{op: opAdd, text: d.showSpace(l, was[withoutSpace(l)])})
	}
}

func withoutSpace(l string) string { return strings.Join(strings.Fields(l), "") }

// showSpace escapes a line, with its white space visible: all of it, or only
// that at the end.
func (d differ) showSpace(l string, all bool) string {
	text := strings.TrimRight(l, " \t")
	end := l[len(text):]
	if all {
		text, end = "", l
	}
	space, tab := "·", "→"
	if d.ascii {
		space, tab = `\u0020`, `\t`
	}
	end = strings.NewReplacer(" ", space, "\t", tab).Replace(escape(end, keepTabs))
	return escape(text, keepTabs) + end
}

// foldLines leaves out lines that do not change, but for those around one that
// does. A gap is worth its own line only when it stands for several.
func foldLines(lines []line) []line {
	var out []line
	for i := 0; i < len(lines); {
		if lines[i].op != opNone {
			out = append(out, lines[i])
			i++
			continue
		}
		end := i
		for end < len(lines) && lines[end].op == opNone {
			end++
		}
		from, to := i+contextLines, end-contextLines
		if i == 0 {
			from = 0
		}
		if end == len(lines) {
			to = end
		}
		if to-from < 2 || i == 0 && end == len(lines) && len(lines) <= 2*contextLines {
			out = append(out, lines[i:end]...)
		} else {
			out = append(out, lines[i:from]...)
			out = append(out, line{gap: to - from})
			out = append(out, lines[to:end]...)
		}
		i = end
	}
	return out
}

// splitLines cuts a text into lines, and says whether the last one is ended.
func splitLines(s string) (lines []string, ended bool) {
	if s == "" {
		return nil, true
	}
	s, ended = strings.CutSuffix(s, "\n")
	return strings.Split(s, "\n"), ended
}

// label returns an end marker that is none of the lines.
func label(texts ...[]string) string {
	used := map[string]bool{}
	for _, lines := range texts {
		for _, l := range lines {
			if t := strings.TrimSpace(l); strings.HasPrefix(t, "EOT") {
				used[t] = true
			}
		}
	}
	name := "EOT"
	for used[name] {
		name += "_"
	}
	return name
}

// jsonScope is the scope of what was inside a string of JSON.
func jsonScope() scope { return scope{nulls: true, json: true} }

// maxJSON bounds the text that is looked into, and maxJSONDepth how deep.
const (
	maxJSON      = 1 << 20
	maxJSONDepth = 64
)

// fromJSON returns the object or array of which s is the JSON. What was itself
// inside JSON is not looked into again.
func fromJSON(s string, sc scope) (cty.Value, bool) {
	t := strings.TrimSpace(s)
	if sc.json || len(t) < 2 || len(t) > maxJSON || t[0] != '{' && t[0] != '[' || !shallow(t) {
		return cty.NilVal, false
	}
	ty, err := ctyjson.ImpliedType([]byte(t))
	if err != nil {
		return cty.NilVal, false
	}
	v, err := ctyjson.Unmarshal([]byte(t), ty)
	return v, err == nil
}

// shallow tells whether JSON is nested no deeper than can be laid out. It may
// count brackets in strings too, and then errs towards no.
func shallow(s string) bool {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{', '[':
			if depth++; depth > maxJSONDepth {
				return false
			}
		case '}', ']':
			depth--
		}
	}
	return true
}

func (d differ) json(inner *node) *node {
	return &node{op: inner.op, form: formJSON, left: inner}
}

// diffJSON compares the contents of two strings that differ. Where the
// contents are the same, the spelling is not.
func (d differ) diffJSON(before, after cty.Value) *node {
	if before.RawEquals(after) {
		n := d.json(d.whole(after, opNone, jsonScope()))
		n.op, n.note = opChange, "only the formatting changes"
		return n
	}
	n := d.json(d.diff(before, after, jsonScope(), nil))
	n.op = opChange
	return n
}
