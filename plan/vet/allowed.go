package vet

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Allowed is an attribute that a model may propose to change, for it to read.
type Allowed struct {
	Path        string `json:"path"`
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	// Tier is "free" or "approval".
	Tier string `json:"tier"`
	// Elements says that it is a map, of which elements are named by a key.
	Elements bool `json:"elements,omitempty"`
	// Hidden are the keys of a map's elements that are sensitive: they are not told,
	// and cannot be changed.
	Hidden []string `json:"hidden,omitempty"`
	// Configured is what the user wrote, left out where there is nothing.
	Configured json.RawMessage `json:"configured,omitempty"`
	// Min and Max are the policy's bounds, or what is near to the user's own value.
	Min json.RawMessage `json:"min,omitempty"`
	Max json.RawMessage `json:"max,omitempty"`
	// Images are the repositories that the policy lists, of an image.
	Images []string `json:"images,omitempty"`
	// Approval says that a person will have to approve it.
	Approval bool `json:"needs_approval,omitempty"`

	attribute *providers.Attribute
}

// AllowedFor returns what may be proposed for a request's target, by path. Of
// Request it needs Target, Policy and Input. Attributes that the policy does not
// list are left out, though a person could approve them: a model that sees
// fewer proposes better.
func AllowedFor(ctx context.Context, r Request) ([]Allowed, error) {
	if r.Policy.AI == nil {
		return nil, fmt.Errorf("the policy has no ai block")
	}
	typ, cfg, ds := plan.Configuration(ctx, r.Input, r.Target)
	if ds.HasErrors() {
		return nil, fmt.Errorf("read the configuration of %s: %w", r.Target, ds)
	}
	paths := map[string]bool{}
	for _, p := range r.Policy.AI.Allow {
		if p.Matches(r.Target.Resource, p.Attribute) {
			paths[p.Attribute] = true
		}
	}
	var out []Allowed
	for _, text := range slices.Sorted(maps.Keys(paths)) {
		path, err := plan.ParseAttributePath(text)
		if err != nil {
			continue
		}
		seen, hidden := withoutSensitive(cfg, path)
		at, err := plan.ConfigAt(typ.Object(), seen, path)
		tier := typ.Object().TierAt(strings.Split(path.Attribute(), ".")...)
		if err != nil || !at.IsWhollyKnown() || tier == providers.TierNever {
			continue // it would be denied
		}
		a := Allowed{Path: text, Type: typeName(at.Attribute), Description: at.Attribute.Description, Tier: tier.String(),
			Elements: at.Attribute.ValueType().IsMapType(), Hidden: hidden, attribute: at.Attribute}
		if !at.IsNull() {
			if a.Configured, err = ctyjson.Marshal(at.Value, at.Type()); err != nil {
				return nil, fmt.Errorf("write what %s is: %w", text, err)
			}
		}
		if b, ok := r.Policy.AI.Bounds[text]; ok {
			a.Min, a.Max = bound(b.Min), bound(b.Max)
		} else if tier == providers.TierFree {
			a.Min, a.Max = around(at.Attribute, at.Value)
		}
		if isImage(typ.Name, path) {
			a.Images, a.Approval = r.Policy.AI.Images, true
		}
		out = append(out, a)
	}
	return out, nil
}

// withoutSensitive returns a configuration without the sensitive elements of the map
// at a path, and their keys. What is sensitive in another way stays: then all of it
// is out of reach.
func withoutSensitive(cfg cty.Value, path plan.AttributePath) (cty.Value, []string) {
	top, ms := cfg.Unmark()
	if len(path) != 1 || len(ms) > 0 || top.IsNull() || !top.IsKnown() || !top.Type().HasAttribute(path[0].Name) {
		return cfg, nil
	}
	whole := top.GetAttr(path[0].Name)
	if whole.IsMarked() || whole.IsNull() || !whole.IsKnown() || !whole.Type().IsMapType() || whole.LengthInt() == 0 {
		return cfg, nil
	}
	kept, hidden := whole.AsValueMap(), []string(nil)
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		if marks.HoldsSensitive(kept[key]) {
			delete(kept, key)
			hidden = append(hidden, key)
		}
	}
	if len(hidden) == 0 {
		return cfg, nil
	}
	vals := top.AsValueMap()
	if vals[path[0].Name] = cty.MapValEmpty(whole.Type().ElementType()); len(kept) > 0 {
		vals[path[0].Name] = cty.MapVal(kept)
	}
	return cty.ObjectVal(vals), hidden
}

// typeName says what sort of value an attribute has, as JSON knows it.
func typeName(a *providers.Attribute) string {
	ty := a.ValueType()
	switch {
	case ty.IsObjectType():
		return "object"
	case ty.IsMapType():
		return "map"
	case ty.IsListType() || ty.IsSetType():
		return "list"
	}
	return ty.FriendlyName()
}

// around is the least and the most that a limit may be without bounds, nil where
// that cannot be told.
func around(a *providers.Attribute, own cty.Value) (least, most json.RawMessage) {
	if own.IsNull() && a.Default != cty.NilVal {
		own = a.Default
	}
	q, ok := a.Quantity(own)
	if !ok || q <= 0 {
		return nil, nil
	}
	write := func(q float64) json.RawMessage {
		text := strconv.FormatFloat(q, 'f', -1, 64)
		switch {
		case a.Normalise == providers.NormaliseDuration:
			text = strconv.Quote(time.Duration(q).String())
		case a.Type == cty.String:
			text = strconv.Quote(text)
		}
		return json.RawMessage(text)
	}
	if a.Type == cty.String {
		return write(math.Ceil(q / freeFactor)), write(q * freeFactor) // there are no parts of bytes
	}
	return write(q / freeFactor), write(q * freeFactor)
}

func bound(v cty.Value) json.RawMessage {
	if v.IsNull() {
		return nil
	}
	raw, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		return nil
	}
	return raw
}

// Schema is the JSON schema of an answer that proposes changes among those
// allowed, in the subset that strict structured outputs know.
func Schema(allowed []Allowed, evidence []string) json.RawMessage {
	text := map[string]any{"type": "string"}
	var changes []any
	for _, a := range allowed {
		of := map[string]any{"path": map[string]any{"type": "string", "enum": []string{a.Path}}}
		if a.Elements {
			of["key"] = map[string]any{"type": "string", "description": "the key of one element"}
			of["value"] = orNull(elementSchema(a.attribute))
		} else {
			of["value"] = orNull(valueSchema(a.attribute))
		}
		changes = append(changes, closed(of))
	}
	items := map[string]any{"anyOf": changes}
	if len(changes) == 0 {
		items = closed(map[string]any{"path": text, "value": text})
	}
	cited := maps.Clone(text)
	if len(evidence) > 0 {
		cited["enum"] = evidence
	}
	raw, err := json.Marshal(closed(map[string]any{
		"verdict":    map[string]any{"type": "string", "enum": []string{Fix, NoFix, NeedHuman}},
		"cause":      text,
		"evidence":   map[string]any{"type": "array", "items": cited},
		"changes":    map[string]any{"type": "array", "items": items},
		"confidence": map[string]any{"type": "number"},
	}))
	if err != nil {
		return nil // maps, texts and slices can always be written
	}
	return raw
}

func closed(properties map[string]any) map[string]any {
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false,
		"required": slices.Sorted(maps.Keys(properties))}
}

func orNull(schema map[string]any) map[string]any {
	return map[string]any{"anyOf": []any{schema, map[string]any{"type": "null"}}}
}

func valueSchema(a *providers.Attribute) map[string]any {
	if a.Nested == nil {
		s := typeSchema(a.Type)
		if len(a.Enum) > 0 {
			s["enum"] = a.Enum
		}
		return s
	}
	if a.Nested.Nesting == providers.NestingSingle {
		return objectSchema(&a.Nested.Object)
	}
	return map[string]any{"type": "array", "items": objectSchema(&a.Nested.Object)}
}

func elementSchema(a *providers.Attribute) map[string]any {
	if a.Nested != nil {
		return objectSchema(&a.Nested.Object)
	}
	return typeSchema(a.Type.ElementType())
}

// objectSchema leaves out what a strict schema cannot say: maps.
func objectSchema(o *providers.Object) map[string]any {
	properties := map[string]any{}
	for name, a := range o.Attributes {
		if !a.Required && !a.Optional || a.Sensitive || a.ValueType().IsMapType() {
			continue
		}
		s := valueSchema(a)
		if !a.Required {
			s = orNull(s)
		}
		properties[name] = s
	}
	return closed(properties)
}

func typeSchema(ty cty.Type) map[string]any {
	switch {
	case ty == cty.Number:
		return map[string]any{"type": "number"}
	case ty == cty.Bool:
		return map[string]any{"type": "boolean"}
	case ty.IsListType() || ty.IsSetType():
		return map[string]any{"type": "array", "items": typeSchema(ty.ElementType())}
	}
	return map[string]any{"type": "string"}
}
