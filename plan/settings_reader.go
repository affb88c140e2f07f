package plan

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan/eval"
)

// settingsReader evaluates one setting after the other.
type settingsReader struct {
	scope *eval.Scope
	rep   eval.Repetition
	diags diag.Diagnostics
	ok    bool
}

func (r *settingsReader) fail(at hcl.Range, summary, detail string, args ...any) {
	r.ok = false
	r.diags = append(r.diags, diag.At(at, summary, detail, args...)...)
}

// part is a value without marks, and where it is written.
type part struct {
	name   string // of the argument, for messages
	value  cty.Value
	at     hcl.Range
	secret bool // it must not be shown
}

// shown is the text of a part in a message.
func (p part) shown(text string) string {
	if p.secret {
		return "(sensitive value)"
	}
	return strconv.Quote(text)
}

// value returns the value of e without marks; false when e is nil, or the value
// null or unknown.
func (r *settingsReader) value(e hcl.Expression, want cty.Type) (cty.Value, bool) {
	p, ok := r.part("", e, want)
	return p.value, ok
}

func (r *settingsReader) part(name string, e hcl.Expression, want cty.Type) (part, bool) {
	if e == nil {
		return part{}, false
	}
	v, diags, ok := r.scope.Eval(e, want, r.rep, cty.NilVal)
	r.diags = append(r.diags, diags...)
	p := part{name: name, at: e.Range(), secret: marks.HoldsSensitive(v)}
	p.value, _ = v.UnmarkDeep()
	if !ok || !p.value.IsKnown() {
		r.ok = false
		return p, false
	}
	return p, !p.value.IsNull()
}

func (r *settingsReader) duration(name string, e hcl.Expression, least, most time.Duration, into *time.Duration) {
	if p, ok := r.part(name, e, cty.String); ok {
		r.durationOf(p, least, most, into)
	}
}

func (r *settingsReader) durationOf(p part, least, most time.Duration, into *time.Duration) {
	text, ok := r.text(p)
	if !ok {
		return
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		hint := ""
		if _, err := strconv.ParseUint(text, 10, 32); err == nil {
			hint = " Its unit is missing."
		}
		r.fail(p.at, "Invalid duration", `The value of %q is not a duration.%s Write numbers with units, such as "30s", "1m30s" or "500ms".`, p.name, hint)
		return
	}
	if d < least || d > most {
		r.fail(p.at, "Duration out of range", "The value of %q must be from %s to %s. Change it.", p.name, brief(least), brief(most))
		return
	}
	*into = d
}

func (r *settingsReader) number(name string, e hcl.Expression, most int, into *int) {
	if p, ok := r.part(name, e, cty.Number); ok {
		r.numberOf(p, most, into)
	}
}

// numberOf reads a whole number from 1 up.
func (r *settingsReader) numberOf(p part, most int, into *int) {
	v, ok := r.converted(p, cty.Number)
	if !ok {
		return
	}
	var n int
	if err := gocty.FromCtyValue(v, &n); err != nil || n < 1 || n > most {
		r.fail(p.at, "Number out of range", "The value of %q must be a whole number from 1 to %d. Change it.", p.name, most)
		return
	}
	*into = n
}

// converted returns a part's value as another type; false when it is null or
// unknown, or does not fit.
func (r *settingsReader) converted(p part, want cty.Type) (cty.Value, bool) {
	v, err := convert.Convert(p.value, want)
	switch {
	case err != nil:
		r.fail(p.at, "Unsuitable value", "The value of %q must be a %s. Change it.", p.name, want.FriendlyName())
		return v, false
	case !v.IsKnown():
		r.ok = false
		return v, false
	case v.IsNull():
		r.fail(p.at, "Unsuitable value", "The value of %q must not be null. Set it, or leave it out.", p.name)
		return v, false
	}
	return v, true
}

func (r *settingsReader) text(p part) (string, bool) {
	v, ok := r.converted(p, cty.String)
	if !ok {
		return "", false
	}
	return v.AsString(), true
}

// choice reads a word out of words.
func (r *settingsReader) choice(p part, words []string, into *string) bool {
	given, ok := r.text(p)
	if !ok {
		return false
	}
	if !slices.Contains(words, given) {
		r.fail(p.at, "Unknown word", "The value of %q must be one of %s.%s Write one of those.", p.name, strings.Join(words, ", "), diag.DidYouMean(given, words))
		return false
	}
	*into = given
	return true
}

// choices reads a list of words out of words, each at most once. False says
// that nothing is set, or not all is as it should be.
func (r *settingsReader) choices(name string, e hcl.Expression, words []string) ([]string, bool) {
	parts, ok := r.items(name, e)
	out := []string{}
	for _, p := range parts {
		var word string
		if !r.choice(p, words, &word) {
			ok = false
			continue
		}
		if slices.Contains(out, word) {
			ok = false
			r.fail(p.at, "Repeated word", "The word %s is in %q already. Keep one.", p.shown(word), name)
			continue
		}
		out = append(out, word)
	}
	return out, ok
}

// required is part for a text that must not be null.
func (r *settingsReader) required(name string, e hcl.Expression) (part, bool) {
	p, ok := r.part(name, e, cty.String)
	if !ok {
		r.null(name, e, p)
	}
	return p, ok
}

// null complains of a value that is null, if it is that.
func (r *settingsReader) null(name string, e hcl.Expression, p part) {
	if p.value != cty.NilVal && p.value.IsNull() {
		r.fail(e.Range(), "Unsuitable value", "The value of %q must not be null. Set it, or leave out the block.", name)
	}
}

// items returns the elements of a list.
func (r *settingsReader) items(name string, e hcl.Expression) ([]part, bool) {
	p, ok := r.part(name, e, cty.DynamicPseudoType)
	if !ok {
		return nil, false
	}
	return r.itemsOf(p, e)
}

// itemsOf returns the elements of a list that e, if it is written out, says.
func (r *settingsReader) itemsOf(p part, e hcl.Expression) ([]part, bool) {
	if !r.isThere(p) {
		return nil, false
	}
	ty := p.value.Type()
	if !ty.IsTupleType() && !ty.IsListType() && !ty.IsSetType() {
		r.fail(p.at, "Unsuitable value", "The value of %q must be a list. Write it in brackets, as [A, B].", p.name)
		return nil, false
	}
	var written []hcl.Expression
	if e != nil {
		written, _ = hcl.ExprList(e)
	}
	var out []part
	for _, v := range p.value.AsValueSlice() {
		item := part{name: p.name, value: v, at: p.at, secret: p.secret}
		if i := len(out); len(written) == p.value.LengthInt() {
			item.at = written[i].Range()
		}
		out = append(out, item)
	}
	return out, true
}

// isThere tells whether a part is known and not null, whatever its type.
func (r *settingsReader) isThere(p part) bool {
	if !p.value.IsKnown() {
		r.ok = false
		return false
	}
	return !p.value.IsNull()
}

// member is a part of an object, and its expression if that is written out.
type member struct {
	part
	expr hcl.Expression
	key  hcl.Range
}

// members returns the members of an object or a map. Where allowed is not nil,
// it has no others.
func (r *settingsReader) members(name string, e hcl.Expression, allowed []string) (map[string]member, bool) {
	p, ok := r.part(name, e, cty.DynamicPseudoType)
	if !ok {
		return nil, false
	}
	return r.membersOf(member{part: p, expr: e, key: p.at}, allowed)
}

func (r *settingsReader) membersOf(m member, allowed []string) (map[string]member, bool) {
	if !r.isThere(m.part) {
		return nil, false
	}
	if ty := m.value.Type(); !ty.IsObjectType() && !ty.IsMapType() {
		r.fail(m.at, "Unsuitable value", "The value of %q must be an object. Write it in braces, as { NAME = VALUE }.", m.name)
		return nil, false
	}
	written := map[string]hcl.KeyValuePair{}
	if m.expr != nil {
		pairs, _ := hcl.ExprMap(m.expr)
		for _, pair := range pairs {
			if key, hdiags := pair.Key.Value(nil); !hdiags.HasErrors() && key.Type() == cty.String && key.IsKnown() && !key.IsNull() {
				written[key.AsString()] = pair
			}
		}
	}
	values := m.value.AsValueMap()
	out := make(map[string]member, len(values))
	for _, key := range sortedKeys(values) {
		x := member{part: part{name: m.name + "." + key, value: values[key], at: m.at, secret: m.secret}, key: m.at}
		if pair, ok := written[key]; ok {
			x.at, x.key, x.expr = pair.Value.Range(), pair.Key.Range(), pair.Value
		}
		if allowed != nil && !slices.Contains(allowed, key) {
			r.fail(x.key, "Unsupported argument", "There is no %s in %q.%s It has %s.", x.shown(key), m.name,
				diag.DidYouMean(key, allowed), strings.Join(allowed, ", "))
			continue
		}
		if x.value.IsNull() {
			continue // as if it were not there
		}
		out[key] = x
	}
	return out, true
}
