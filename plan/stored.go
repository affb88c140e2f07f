package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// DecodeObject returns the value of a stored object as one of type t, with
// everything sensitive in it marked. Attributes that the schema has got since
// are null, those it has lost are left out.
func DecodeObject(o *state.Object, t *Type) (cty.Value, error) {
	v, err := ctyjson.Unmarshal(o.Attributes, t.Type())
	if err != nil {
		v, err = decodeLoosely(o.Attributes, t.Type())
	}
	if err != nil {
		return cty.NilVal, fmt.Errorf("the stored attributes do not fit the schema of %s: %w", t.Name, err)
	}
	return t.MarkSensitive(markStored(v, o.Sensitive)), nil
}

// decodeLoosely reads attributes that another version of the schema wrote.
func decodeLoosely(raw []byte, ty cty.Type) (cty.Value, error) {
	implied, err := ctyjson.ImpliedType(raw)
	if err != nil {
		return cty.NilVal, err
	}
	if !implied.IsObjectType() {
		return cty.NilVal, fmt.Errorf("an object is required")
	}
	var stored map[string]json.RawMessage
	if err := json.Unmarshal(raw, &stored); err != nil {
		return cty.NilVal, err
	}
	vals := make(map[string]cty.Value, len(ty.AttributeTypes()))
	for name, aty := range ty.AttributeTypes() {
		vals[name] = cty.NullVal(aty)
		if attr, ok := stored[name]; ok {
			v, err := ctyjson.Unmarshal(attr, aty)
			if err != nil {
				return cty.NilVal, fmt.Errorf("attribute %q: %w", name, err)
			}
			vals[name] = v
		}
	}
	return cty.ObjectVal(vals), nil
}

func markStored(v cty.Value, paths []json.RawMessage) cty.Value {
	if len(paths) == 0 {
		return v
	}
	var pvm []cty.PathValueMarks
	for _, raw := range paths {
		if p, err := decodePath(raw); err == nil {
			pvm = append(pvm, cty.PathValueMarks{Path: p, Marks: cty.NewValueMarks(marks.Sensitive)})
		}
	}
	return v.MarkWithPaths(pvm)
}

// EncodeObject returns o with the attributes of a wholly known value of type
// t, and the version of t's schema. What the schema calls sensitive is not
// noted by path.
func EncodeObject(o state.Object, v cty.Value, t *Type) (*state.Object, error) {
	u, _ := v.UnmarkDeep()
	raw, err := ctyjson.Marshal(u, t.Type())
	if err != nil {
		return nil, fmt.Errorf("write the attributes of %s: %w", t.Name, err)
	}
	o.Attributes, o.SchemaVersion = raw, t.Resource.Version
	o.Sensitive, err = SensitivePaths(v, t)
	return &o, err
}

// SensitivePaths returns where v is sensitive beyond what the schema says.
func SensitivePaths(v cty.Value, t *Type) ([]json.RawMessage, error) {
	if !v.ContainsMarked() {
		return nil, nil
	}
	_, pvm := v.UnmarkDeepWithPaths()
	var out []json.RawMessage
	for _, pm := range pvm {
		if _, ok := pm.Marks[marks.Sensitive]; ok && !t.SensitiveAt(pm.Path) {
			p, err := encodePath(pm.Path)
			if err != nil {
				return nil, fmt.Errorf("write the sensitive paths of %s: %w", t.Name, err)
			}
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
	return out, nil
}

// asSecretAs returns prior without the marks of what config sets, and of what is
// computed: how secret these are is for config to say.
func asSecretAs(obj *providers.Object, prior, config cty.Value) cty.Value {
	prior, _ = prior.Unmark()
	config, _ = config.Unmark()
	if prior.IsNull() || !prior.IsKnown() || config.IsNull() || !config.IsKnown() {
		return prior
	}
	vals := prior.AsValueMap()
	for name, a := range obj.Attributes {
		if !config.GetAttr(name).IsNull() || !a.Optional && !a.Required {
			vals[name], _ = vals[name].UnmarkDeep()
		}
	}
	return cty.ObjectVal(vals)
}

// KnownJSON writes a planned value as JSON in which what is unknown is null.
func KnownJSON(v cty.Value, ty cty.Type) (json.RawMessage, error) {
	u, _ := v.UnmarkDeep()
	if !u.IsWhollyKnown() {
		var err error
		u, err = cty.Transform(u, func(_ cty.Path, v cty.Value) (cty.Value, error) {
			if !v.IsKnown() {
				return cty.NullVal(v.Type()), nil
			}
			return v, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return ctyjson.Marshal(u, ty)
}

// encodePath writes a path as a JSON array: an attribute as {"a": "name"}, an
// index as its string or number. A path into a set ends at the set.
func encodePath(p cty.Path) (json.RawMessage, error) {
	steps := make([]any, 0, len(p))
	for _, s := range p {
		switch s := s.(type) {
		case cty.GetAttrStep:
			steps = append(steps, map[string]string{"a": s.Name})
		case cty.IndexStep:
			switch {
			case s.Key.Type() == cty.String:
				steps = append(steps, s.Key.AsString())
			case s.Key.Type() == cty.Number:
				steps = append(steps, json.Number(s.Key.AsBigFloat().Text('f', -1)))
			default:
				return json.Marshal(steps)
			}
		}
	}
	return json.Marshal(steps)
}

func decodePath(raw []byte) (cty.Path, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var steps []any
	if err := dec.Decode(&steps); err != nil {
		return nil, err
	}
	var p cty.Path
	for _, s := range steps {
		switch s := s.(type) {
		case map[string]any:
			name, _ := s["a"].(string)
			p = p.GetAttr(name)
		case string:
			p = p.IndexString(s)
		case json.Number:
			n, err := cty.ParseNumberVal(s.String())
			if err != nil {
				return nil, err
			}
			p = p.Index(n)
		default:
			return nil, fmt.Errorf("a path step must be an attribute, a string or a number")
		}
	}
	return p, nil
}
