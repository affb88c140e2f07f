package complete

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Resource is one instance of a resource that lacks attributes.
type Resource struct {
	Address string
	// Subject is what the model is told that it is asked about: the address without
	// keys, so that instances which differ in nothing else have one question.
	Subject string
	Source  string // of its provider
	Type    string
	Object  *providers.Object
	// Description is what the user says that it is for.
	Description string
	// Config is what the user wrote, with marks on what is sensitive.
	Config  cty.Value
	Missing []string // names of attributes that MayBeCompleted
}

// inputs is what decides whether an earlier answer still holds.
type inputs struct {
	Version     int              `json:"version"`
	Source      string           `json:"source"`
	Type        string           `json:"type"`
	Description string           `json:"description"`
	Attributes  []inputAttribute `json:"attributes"`
}

type inputAttribute struct {
	Name string          `json:"name"`
	Type json.RawMessage `json:"type"`
	Enum []string        `json:"enum,omitempty"`
}

// Inputs is the hash of what decides whether an earlier answer for the
// attributes still holds: the type, the description, and of each attribute its
// name, type and enum. Nothing is in it that may be unknown at one plan and known
// at the next, and no words of documentation: a better sentence in a
// provider's schema is no reason to make a container anew.
func (r *Resource) Inputs(attributes []string) string {
	in := inputs{Version: 1, Source: r.Source, Type: r.Type, Description: r.Description}
	for _, name := range slices.Sorted(slices.Values(attributes)) {
		a := r.Object.Attributes[name]
		if a == nil {
			return ""
		}
		ty, err := ctyjson.MarshalType(a.ValueType())
		if err != nil {
			return ""
		}
		in.Attributes = append(in.Attributes, inputAttribute{name, ty, a.Enum})
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Decode reads values as Encode wrote them. False means that one of names is not
// among them, or is of another type now.
func (r *Resource) Decode(stored map[string]json.RawMessage, names []string) (map[string]cty.Value, bool) {
	out := make(map[string]cty.Value, len(names))
	for _, name := range names {
		a, raw := r.Object.Attributes[name], stored[name]
		if a == nil || !a.MayBeCompleted() || raw == nil {
			return nil, false
		}
		v, err := ctyjson.Unmarshal(raw, a.Type)
		if err != nil || v.IsNull() {
			return nil, false
		}
		out[name] = v
	}
	return out, true
}

// Encode writes values as JSON.
func Encode(values map[string]cty.Value) (map[string]json.RawMessage, error) {
	out := make(map[string]json.RawMessage, len(values))
	for name, v := range values {
		raw, err := ctyjson.Marshal(v, v.Type())
		if err != nil {
			return nil, err
		}
		out[name] = raw
	}
	return out, nil
}

// Fill returns config with the values in it.
func Fill(config cty.Value, values map[string]cty.Value) cty.Value {
	if len(values) == 0 {
		return config
	}
	u, marks := config.Unmark()
	vals := u.AsValueMap()
	maps.Copy(vals, values)
	return cty.ObjectVal(vals).WithMarks(marks)
}

// Unknown returns config with unknown values for attributes.
func (r *Resource) Unknown(attributes []string) cty.Value {
	values := make(map[string]cty.Value, len(attributes))
	for _, name := range attributes {
		values[name] = cty.UnknownVal(r.Object.Attributes[name].ValueType())
	}
	return Fill(r.Config, values)
}

// Describes tells whether a description says anything.
func Describes(description string) bool { return strings.TrimSpace(description) != "" }
