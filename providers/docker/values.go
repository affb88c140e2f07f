package docker

import (
	"iter"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// known tells whether v is neither unknown nor null.
func known(v cty.Value) bool { return v.IsKnown() && !v.IsNull() }

// textOf returns a string, "" for null and unknown.
func textOf(v cty.Value) string {
	if !known(v) {
		return ""
	}
	return v.AsString()
}

// textsOf returns a list or set of strings. Nulls in it are left out.
func textsOf(v cty.Value) []string {
	var out []string
	for _, e := range elements(v) {
		if known(e) {
			out = append(out, e.AsString())
		}
	}
	return out
}

// textMap returns a map of strings; nil for null.
func textMap(v cty.Value) map[string]string {
	if !known(v) {
		return nil
	}
	out := make(map[string]string, v.LengthInt())
	for k, e := range elements(v) {
		if known(e) {
			out[k] = e.AsString()
		}
	}
	return out
}

// intOf returns a whole number, 0 for null and unknown.
func intOf(v cty.Value) int64 {
	if !known(v) {
		return 0
	}
	n, _ := v.AsBigFloat().Int64()
	return n
}

// isTrue tells whether v is known to be true.
func isTrue(v cty.Value) bool { return known(v) && v.True() }

// elements goes through a collection: the elements of a map in the order of
// its keys, those of others with "" for a key. A null or unknown one has none.
func elements(v cty.Value) iter.Seq2[string, cty.Value] {
	return func(yield func(string, cty.Value) bool) {
		if !known(v) {
			return
		}
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			key := ""
			if k.Type() == cty.String && (v.Type().IsMapType() || v.Type().IsObjectType()) {
				key = k.AsString()
			}
			if !yield(key, e) {
				return
			}
		}
	}
}

// keys goes through the keys of a map.
func keys(v cty.Value) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range elements(v) {
			if !yield(k) {
				return
			}
		}
	}
}

// orNull is a string, null when it is empty.
func orNull(s string) cty.Value {
	if s == "" {
		return cty.NullVal(cty.String)
	}
	return cty.StringVal(s)
}

// textList is a list of strings.
func textList(ss []string) cty.Value {
	if len(ss) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	out := make([]cty.Value, len(ss))
	for i, s := range ss {
		out[i] = cty.StringVal(s)
	}
	return cty.ListVal(out)
}

// mapOfText is a map of strings.
func mapOfText(m map[string]string) cty.Value {
	if len(m) == 0 {
		return cty.MapValEmpty(cty.String)
	}
	out := make(map[string]cty.Value, len(m))
	for k, s := range m {
		out[k] = cty.StringVal(s)
	}
	return cty.MapVal(out)
}

// sortedKeys returns a map's keys in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
