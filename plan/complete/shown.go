package complete

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

const maxExponent = 4096

// shown turns values into what may be sent: what is sensitive or not known is
// left out, and named by its path.
type shown struct{ left []string }

// value returns v as what JSON is made of. False means that it was left out.
func (s *shown) value(v cty.Value, path string) (any, bool) {
	switch {
	case v.IsMarked():
		s.left = append(s.left, path+" (sensitive)")
		return nil, false
	case !v.IsKnown():
		s.left = append(s.left, path+" (not known yet)")
		return nil, false
	case v.IsNull():
		return nil, false
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		return v.AsString(), true
	case ty == cty.Number:
		f := v.AsBigFloat()
		// What is far beyond any use takes long to write.
		if exp := f.MantExp(nil); f.IsInf() || exp > maxExponent || exp < -maxExponent {
			s.left = append(s.left, path+" (not a number of use)")
			return nil, false
		}
		return json.Number(f.Text('g', -1)), true
	case ty == cty.Bool:
		return v.True(), true
	case ty.IsObjectType() || ty.IsMapType():
		return s.object(v, path), true
	case ty.IsListType() || ty.IsTupleType() || ty.IsSetType():
		return s.list(v, path), true
	}
	return nil, false
}

func (s *shown) object(v cty.Value, path string) map[string]any {
	out := map[string]any{}
	all := v.AsValueMap()
	for _, name := range sorted(all) {
		at := path + "." + name
		if v.Type().IsMapType() {
			at = fmt.Sprintf("%s[%q]", path, name)
		}
		if path == "" {
			at = name
		}
		if e, ok := s.value(all[name], at); ok {
			out[name] = e
		}
	}
	return out
}

func (s *shown) list(v cty.Value, path string) []any {
	out := []any{}
	for i, e := range v.AsValueSlice() {
		if e, ok := s.value(e, fmt.Sprintf("%s[%d]", path, i)); ok {
			out = append(out, e)
		}
	}
	return out
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
