package redact

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Value returns a value made of what encoding/json decodes to, and of []string,
// without secrets: neither in its texts, nor in the names in its objects, nor in
// its numbers. What stands under a name that looks like a secret's is one, whatever
// it is. Texts that follow each other are looked at as the lines of one.
func (r *Redactor) Value(v any) any {
	var pieces []piece
	walk(v, false, func(s string, secret bool) string {
		pieces = append(pieces, piece{s, secret})
		return s
	})
	out := r.pieces(pieces)
	return walk(v, false, func(string, bool) string {
		s := out[0]
		out = out[1:]
		return s
	})
}

// walk returns a value in which do has replaced the texts and numbers, always in
// the same order.
func walk(v any, secret bool, do func(s string, secret bool) string) any {
	switch v := v.(type) {
	case string:
		return do(v, secret && !isNothing(v))
	case json.Number:
		if s := do(v.String(), secret); s != v.String() {
			return s
		}
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if s := do(text, secret); s != text {
			return s
		}
	case []string:
		out := make([]string, len(v))
		for i, s := range v {
			out[i] = do(s, secret && !isNothing(s) || i > 0 && isFlag(v[i-1]))
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			before := ""
			if i > 0 {
				before, _ = v[i-1].(string)
			}
			out[i] = walk(x, secret || isFlag(before), do)
		}
		return out
	case map[string]any:
		return walkObject(v, secret, do)
	}
	return v
}

func walkObject(v map[string]any, secret bool, do func(s string, secret bool) string) map[string]any {
	out := make(map[string]any, len(v))
	// {"name": "DB_PASSWORD", "value": "..."}
	named := ""
	for _, name := range []string{"name", "key", "Name", "Key"} {
		if s, ok := v[name].(string); ok {
			named = s
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		shown := do(name, false)
		key := shown
		for n := 2; out[key] != nil; n++ { // two secrets may have become the same
			key = shown + " (" + strconv.Itoa(n) + ")"
		}
		of := strings.EqualFold(name, "value") && kindOf(named) != ordinary
		out[key] = walk(v[name], secret || of || kindOf(name) != ordinary, do)
	}
	return out
}

// isFlag tells whether what follows an argument of a command is a secret.
func isFlag(s string) bool {
	name := strings.TrimLeft(s, "-")
	return len(name) < len(s) && !strings.ContainsAny(name, " =:") && kindOf(name) != ordinary
}
