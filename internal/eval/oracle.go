package eval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/providers"
)

// units are the settings of an object, by name: an attribute, an element of a map
// as in env["A"], or an attribute of a nested object as in healthcheck.interval.
// What only a provider says is left out, and so is what is not known.
func units(object *providers.Object, v cty.Value) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	v, _ = v.UnmarkDeep()
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		return out, nil
	}
	for name, a := range object.Attributes {
		if !a.Required && !a.Optional {
			continue
		}
		if err := addUnits(out, name, a, v.GetAttr(name)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func addUnits(out map[string]json.RawMessage, name string, a *providers.Attribute, v cty.Value) error {
	switch {
	case v.IsNull():
		return nil
	case v.IsKnown() && v.Type().IsMapType():
		for it := v.ElementIterator(); it.Next(); {
			key, e := it.Element()
			if err := addUnit(out, fmt.Sprintf("%s[%q]", name, key.AsString()), e); err != nil {
				return err
			}
		}
		return nil
	case v.IsKnown() && a.Nested != nil && a.Nested.Nesting == providers.NestingSingle:
		inner, err := units(&a.Nested.Object, v)
		for sub, raw := range inner {
			out[name+"."+sub] = raw
		}
		out[name] = json.RawMessage(`"set"`)
		return err
	}
	return addUnit(out, name, v)
}

func addUnit(out map[string]json.RawMessage, name string, v cty.Value) error {
	if v.IsNull() {
		return nil
	}
	if !v.IsWhollyKnown() {
		out[name] = nil // nobody decided on it yet
		return nil
	}
	raw, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	out[name] = raw
	return nil
}

// changed are the units that are other values after than before, with those after:
// null for one that is not set any more. What is not known after is no change.
func changed(before, after map[string]json.RawMessage) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for name, now := range after {
		if now != nil && !bytes.Equal(now, before[name]) {
			out[name] = now
		}
	}
	for name := range before {
		if _, there := after[name]; !there {
			out[name] = json.RawMessage("null")
		}
	}
	return out
}

// outside names the first change that is not permitted, "" if all are.
func outside(permitted map[string]Want, changes map[string]json.RawMessage) string {
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		w, listed := permitted[name]
		if open, _, element := strings.Cut(name, "["); element && !listed {
			w, listed = permitted[open+"[*]"] // any element
		}
		if !listed || !w.meets(changes[name]) {
			return name
		}
	}
	return ""
}

// mends tells whether changes are one of the fixes.
func mends(fixes []map[string]Want, changes map[string]json.RawMessage) bool {
	return slices.ContainsFunc(fixes, func(fix map[string]Want) bool {
		return len(fix) == len(changes) && len(changes) > 0 && outside(fix, changes) == ""
	})
}

// meets tells whether a value is one that is meant.
func (w Want) meets(raw json.RawMessage) bool {
	text := string(raw)
	if s, isText := asText(raw); isText {
		text = s
	}
	if len(w.OneOf) > 0 && !slices.ContainsFunc(w.OneOf, func(x json.RawMessage) bool { return same(x, raw) }) {
		return false
	}
	if string(raw) == "null" && len(w.OneOf) == 0 {
		return w.Unset
	}
	if (w.Min != "" || w.Max != "") && !within(text, w.Min, w.Max) {
		return false
	}
	return (w.Like == "" || regexp.MustCompile(w.Like).MatchString(text)) && (w.Unlike == "" || !regexp.MustCompile(w.Unlike).MatchString(text))
}

// example is a value that is meant.
func (w Want) example() json.RawMessage {
	switch {
	case w.Example != nil:
		return w.Example
	case len(w.OneOf) > 0:
		return w.OneOf[0]
	}
	for _, limit := range []string{w.Min, w.Max} {
		if _, err := strconv.ParseFloat(limit, 64); err == nil {
			return json.RawMessage(limit)
		} else if limit != "" {
			return json.RawMessage(strconv.Quote(limit))
		}
	}
	return nil
}

func asText(raw json.RawMessage) (string, bool) {
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil && string(raw) != "null"
}

// same compares JSON, in which a member that is null may be missing.
func same(a, b json.RawMessage) bool {
	x, errX := canonical(a)
	y, errY := canonical(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func canonical(raw json.RawMessage) ([]byte, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	return json.Marshal(withoutNulls(v))
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, x any) bool { return x == nil })
		for name, x := range v {
			v[name] = withoutNulls(x)
		}
	case []any:
		for i, x := range v {
			v[i] = withoutNulls(x)
		}
	}
	return v
}

// within tells whether a value is between two others, "" being none: durations, if
// all of them are, or else numbers and sizes. It is written anew here, so as not to
// be wrong in the way that the gates may be.
func within(text, low, high string) bool {
	for _, read := range []func(string) (float64, bool){seconds, amount} {
		q, ok := read(text)
		least, okLow := read(low)
		most, okHigh := read(high)
		if ok && (low == "" || okLow) && (high == "" || okHigh) {
			return (low == "" || q >= least) && (high == "" || q <= most)
		}
	}
	return false
}

func seconds(text string) (float64, bool) {
	d, err := time.ParseDuration(text)
	return d.Seconds(), err == nil
}

var amountText = regexp.MustCompile(`(?i)^(-?[0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)i?b?$`)

// amount reads a number, or a size in units that are powers of 1024.
func amount(text string) (float64, bool) {
	m := amountText.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	for range strings.Index("bkmgt", strings.ToLower(m[2] + "b")[:1]) {
		n *= 1024
	}
	return n, err == nil
}
