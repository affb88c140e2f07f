package views

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
)

// redacted turns values into what documents hold. A sensitive value is null;
// what is unknown is left out of an object, and null in a list.
//
// Where the schema is known, objects have their attributes, and null means
// both "not set" and "not told": sensitive says which.
func redacted(v cty.Value, sc scope) any {
	switch {
	case v == cty.NilVal || sc.secret || v.IsMarked() || !v.IsKnown() || v.IsNull():
		return nil
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		return v.AsString()
	case ty == cty.Number:
		if text, decimal := numberText(v); decimal {
			return json.Number(text)
		}
		return nil // JSON has no word for it
	case ty == cty.Bool:
		return v.True()
	case isObject(ty):
		out := make(map[string]any, v.LengthInt())
		for _, f := range fields(v, v) {
			if f.after.IsMarked() || f.after.IsKnown() {
				out[f.name] = redacted(f.after, sc.attr(f.name))
			}
		}
		return out
	case isSequence(ty):
		out := make([]any, 0, v.LengthInt())
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			out = append(out, redacted(e, sc.elem()))
		}
		return out
	}
	return nil
}

// unknown says which parts of a value are not known yet: true, or a structure
// like the value's in which they are true and all else is left out or false.
// Below a sensitive value it says only whether anything is.
func unknown(v cty.Value, sc scope) any {
	return outline(v, sc, func(v cty.Value, secret bool) (any, bool) {
		if secret {
			v, _ = v.UnmarkDeep()
			return !v.IsWhollyKnown(), true
		}
		return true, !v.IsKnown()
	})
}

// sensitive says which parts of a value are secret, likewise.
func sensitive(v cty.Value, sc scope) any {
	return outline(v, sc, func(_ cty.Value, secret bool) (any, bool) { return true, secret })
}

// outline returns the structure of a value with true in some places, as tell
// says: what stands for v, and whether v is not to be looked into. A secret or
// unknown value never is.
func outline(v cty.Value, sc scope, tell func(v cty.Value, secret bool) (any, bool)) any {
	if v == cty.NilVal {
		return false
	}
	secret := sc.secret || v.IsMarked()
	if is, final := tell(v, secret); final {
		return is
	}
	if !v.IsKnown() || v.IsNull() {
		return false
	}
	ty := v.Type()
	switch {
	case isObject(ty):
		out := make(map[string]any)
		for _, f := range fields(v, v) {
			if o := outline(f.after, sc.attr(f.name), tell); o != false {
				out[f.name] = o
			}
		}
		return out
	case isSequence(ty):
		out := make([]any, 0, v.LengthInt())
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			out = append(out, outline(e, sc.elem(), tell))
		}
		return out
	}
	return false
}

// pathJSON writes a path as an array of names and indexes. What is marked in
// it ends it.
func pathJSON(p cty.Path) []any {
	out := []any{}
	for _, s := range p {
		switch s := s.(type) {
		case cty.GetAttrStep:
			out = append(out, s.Name)
		case cty.IndexStep:
			k := s.Key
			if k.IsMarked() || !k.IsKnown() || k.IsNull() || k.Type() != cty.String && k.Type() != cty.Number {
				return out
			}
			out = append(out, redacted(k, scope{}))
		}
	}
	return out
}

// replacePaths writes paths, each cut off where a schema or a mark hides what
// lies below, for an index can be a secret too.
func replacePaths(paths []cty.Path, v cty.Value, sc scope) []any {
	out := []any{}
	for _, p := range paths {
		out = append(out, pathJSON(p[:openPart(p, v, sc)]))
	}
	return out
}

// openPart returns how many steps of p lead through what may be shown.
func openPart(p cty.Path, v cty.Value, sc scope) int {
	for i, s := range p {
		if sc.secret || v == cty.NilVal || v.IsMarked() || !v.IsKnown() || v.IsNull() {
			return i
		}
		switch s := s.(type) {
		case cty.GetAttrStep:
			sc = sc.attr(s.Name)
		case cty.IndexStep:
			if v.Type().IsSetType() {
				return i
			}
			if v.Type().IsMapType() && s.Key.Type() == cty.String && s.Key.IsWhollyKnown() && !s.Key.IsMarked() && !s.Key.IsNull() {
				sc = sc.attr(s.Key.AsString())
			} else {
				sc = sc.elem()
			}
		}
		next, err := s.Apply(v)
		if err != nil {
			return i + 1
		}
		v = next
	}
	return len(p)
}

// marshal returns v as JSON in which every character that could drive a
// terminal is escaped, and no others are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return escapeJSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// escapeJSON escapes what is not visible in JSON, where it can only be inside
// of strings.
func escapeJSON(in []byte) []byte {
	i := 0
	for i < len(in) && in[i] < 0x7f {
		i++
	}
	if i == len(in) {
		return in
	}
	out := append(make([]byte, 0, len(in)+16), in[:i]...)
	for i < len(in) {
		r, n := utf8.DecodeRune(in[i:])
		switch {
		case r < 0x7f || visible(r):
			out = append(out, in[i:i+n]...)
		case r > 0xffff:
			r -= 0x10000
			out = appendUnicode(out, 0xd800+r>>10)
			out = appendUnicode(out, 0xdc00+r&0x3ff)
		default:
			out = appendUnicode(out, r)
		}
		i += n
	}
	return out
}
