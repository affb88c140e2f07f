package applecontainer

import (
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

// intOf returns a whole number, 0 for null and unknown.
func intOf(v cty.Value) int64 {
	if !known(v) {
		return 0
	}
	n, _ := v.AsBigFloat().Int64()
	return n
}

// elementsOf returns the elements of a list; a null or unknown one has none.
func elementsOf(v cty.Value) []cty.Value {
	if !known(v) {
		return nil
	}
	return v.AsValueSlice()
}

// textsOf returns the strings of a list that are known.
func textsOf(v cty.Value) []string {
	var out []string
	for _, e := range elementsOf(v) {
		if known(e) {
			out = append(out, e.AsString())
		}
	}
	return out
}

// textMap returns the strings of a map that are known.
func textMap(v cty.Value) map[string]string {
	out := map[string]string{}
	if !known(v) {
		return out
	}
	for k, e := range v.AsValueMap() {
		if known(e) {
			out[k] = e.AsString()
		}
	}
	return out
}

// orNull is a string, null when it is empty.
func orNull(s string) cty.Value {
	if s == "" {
		return cty.NullVal(cty.String)
	}
	return cty.StringVal(s)
}

// textList is a list of strings.
func textList(texts []string) cty.Value {
	if len(texts) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	out := make([]cty.Value, len(texts))
	for i, s := range texts {
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
