package views

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// storedObject returns the attributes of an object in the state, those that
// are sensitive by their path marked. The schema may be newer or older than
// the object, or nil: an attribute that it does not fit is read as what it
// looks like, and one that it does not have is secret (see scope).
func storedObject(o *state.Object, obj *providers.Object) (cty.Value, error) {
	var attrs map[string]json.RawMessage
	if err := json.Unmarshal(o.Attributes, &attrs); err != nil {
		return cty.NilVal, fmt.Errorf("read stored attributes: %w", err)
	}
	if attrs == nil {
		return cty.NullVal(cty.EmptyObject), nil
	}
	vals := make(map[string]cty.Value, len(attrs))
	for name, raw := range attrs {
		v, err := storedAttribute(raw, obj, name)
		if err != nil {
			return cty.NilVal, fmt.Errorf("read stored attribute %q: %w", name, err)
		}
		vals[name] = v
	}
	v := cty.ObjectVal(vals)
	for _, raw := range o.Sensitive {
		v = markAt(v, storedPath(raw))
	}
	return v, nil
}

func storedAttribute(raw json.RawMessage, obj *providers.Object, name string) (cty.Value, error) {
	if obj != nil {
		if a := obj.Attributes[name]; a != nil {
			if v, err := ctyjson.Unmarshal(raw, a.ValueType()); err == nil {
				return v, nil
			}
			// What does not fit the schema may be secret anywhere in it.
			return cty.UnknownVal(cty.DynamicPseudoType).Mark(marks.Sensitive), nil
		}
	}
	ty, err := ctyjson.ImpliedType(raw)
	if err != nil {
		return cty.NilVal, err
	}
	return ctyjson.Unmarshal(raw, ty)
}

// storedPath reads a path: an array of steps, each a string, a number, or an
// object that holds an attribute's name under "a". What it cannot read it
// leaves out together with all behind it, so that more is hidden, not less.
func storedPath(raw json.RawMessage) []string {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var steps []any
	if dec.Decode(&steps) != nil {
		return nil
	}
	var out []string
	for _, s := range steps {
		switch s := s.(type) {
		case string:
			out = append(out, s)
		case json.Number:
			out = append(out, s.String())
		case map[string]any:
			name, ok := s["a"].(string)
			if !ok {
				return out
			}
			out = append(out, name)
		default:
			return out
		}
	}
	return out
}

// markAt returns v with what is at path marked as sensitive; where the path
// leads nowhere, the last that it leads to.
func markAt(v cty.Value, path []string) cty.Value {
	if len(path) == 0 || v.IsMarked() || !v.IsKnown() || v.IsNull() {
		return v.Mark(marks.Sensitive)
	}
	ty := v.Type()
	switch {
	case isObject(ty):
		vals := v.AsValueMap()
		inner, ok := vals[path[0]]
		if !ok {
			return v.Mark(marks.Sensitive)
		}
		vals[path[0]] = markAt(inner, path[1:])
		if ty.IsMapType() {
			return cty.MapVal(vals)
		}
		return cty.ObjectVal(vals)
	case ty.IsListType() || ty.IsTupleType():
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= v.LengthInt() {
			return v.Mark(marks.Sensitive)
		}
		vals := v.AsValueSlice()
		vals[i] = markAt(vals[i], path[1:])
		if ty.IsTupleType() {
			return cty.TupleVal(vals)
		}
		return cty.ListVal(vals)
	}
	return v.Mark(marks.Sensitive)
}

// storedOutput returns the value of an output in the state.
func storedOutput(o state.Output) (Output, error) {
	ty, err := ctyjson.UnmarshalType(o.Type)
	if err != nil {
		return Output{}, fmt.Errorf("read an output's type: %w", err)
	}
	v, err := ctyjson.Unmarshal(o.Value, ty)
	if err != nil {
		return Output{}, fmt.Errorf("read an output's value: %w", err)
	}
	return Output{Value: v, Sensitive: o.Sensitive}, nil
}

// StateOutputs returns the outputs in a state. An output that cannot be read
// is an error.
func StateOutputs(s *state.State) (map[string]Output, error) {
	out := make(map[string]Output, len(s.Outputs))
	for name, o := range s.Outputs {
		v, err := storedOutput(o)
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", name, err)
		}
		out[name] = v
	}
	return out, nil
}

// sortedKeys returns the keys of a state's objects in order.
func sortedKeys(s *state.State) []state.ObjectKey {
	keys := make([]state.ObjectKey, 0, len(s.Objects))
	for k := range s.Objects {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareKeys)
	return keys
}

func compareKeys(a, b state.ObjectKey) int {
	if c := a.Instance.Compare(b.Instance); c != 0 {
		return c
	}
	switch {
	case a.Deposed < b.Deposed:
		return -1
	case a.Deposed > b.Deposed:
		return 1
	}
	return 0
}
