package plan

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// layOver returns an instance's configuration with its overlay over it, and the
// part of the overlay that still holds: an entry ends when the user's own value
// is not what it was, because what the user wrote later is what they want. While
// that is not known yet it holds: the next plan will know.
func (p *planner) layOver(a addr.Instance, typ *Type, cfg cty.Value) (cty.Value, []state.Overlay, diag.Diagnostics) {
	overlay, given := p.opts.Overlays[a]
	if !given {
		o := p.stateObject(state.ObjectKey{Instance: a})
		if o == nil || len(o.Overlay) == 0 {
			return cfg, nil, nil // nothing to note, of most of them
		}
		overlay = o.Overlay
	}
	laid, kept, ended := LayOver(typ, cfg, overlay)
	var diags diag.Diagnostics
	for _, e := range ended {
		diags = append(diags, diag.Diagnostic{Severity: diag.Warning, Summary: "Overlay ended", Address: a.String(),
			Detail: fmt.Sprintf("What an AI had set for %s of %s does not hold any more: %s. The configuration counts.", e.Path, a, e.Why)})
	}
	p.noteOverlay(a, kept)
	return laid, kept, diags
}

// noteOverlay notes for the plan what lies over an instance.
func (p *planner) noteOverlay(a addr.Instance, entries []state.Overlay) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.overlays[a] = entries
}

// inEffect is what lies over instances, also where an option leaves them out of the
// plan.
func (p *planner) inEffect() []Overlay {
	var out []Overlay
	for a, entries := range p.overlays {
		if len(entries) > 0 {
			out = append(out, Overlay{a, entries})
		}
	}
	if len(p.opts.Targets)+len(p.opts.Excludes) > 0 {
		planned := p.stateFilter()
		for key, o := range p.State.Objects {
			if _, seen := p.overlays[key.Instance]; !seen && len(o.Overlay) > 0 && key.Deposed == "" && !planned(key) {
				out = append(out, Overlay{key.Instance, o.Overlay})
			}
		}
	}
	slices.SortFunc(out, func(a, b Overlay) int { return a.Address.Compare(b.Address) })
	return out
}

// mentionOverlay says of an instance that cannot be planned that the reason may not
// be in the configuration.
func (p *planner) mentionOverlay(a addr.Instance, entries []state.Overlay) {
	if len(entries) == 0 || p.opts.FromModel {
		return
	}
	paths := make([]string, len(entries))
	for i, e := range entries {
		paths[i] = e.Path
	}
	p.report(diag.Diagnostics{{Severity: diag.Warning, Summary: "Overlay in effect", Address: a.String(),
		Detail: fmt.Sprintf("%s cannot be planned, and what an AI has set lies over its configuration: %s. If that is the reason, take it back: clockwork overlay drop %s",
			a, strings.Join(paths, ", "), a)}})
}

// EndedOverlay is an entry that does not hold any more, and why: a clause that
// quotes no values.
type EndedOverlay struct {
	state.Overlay
	Why string
}

// LayOver returns a configuration of a type with an overlay over it, the entries
// that hold, sorted by path, and those that do not.
func LayOver(typ *Type, cfg cty.Value, overlay []state.Overlay) (cty.Value, []state.Overlay, []EndedOverlay) {
	return layOver(typ, cfg, overlay, false)
}

// layOver does so; planned says that the entries were found to hold when the
// configuration was planned, and are not to be compared with it again.
func layOver(typ *Type, cfg cty.Value, overlay []state.Overlay, planned bool) (cty.Value, []state.Overlay, []EndedOverlay) {
	var kept []state.Overlay
	var ended []EndedOverlay
	laid := cfg
	for _, e := range overlay {
		next, err := layOne(typ, cfg, laid, e, planned)
		if err != nil {
			ended = append(ended, EndedOverlay{e, err.Error()})
			continue
		}
		laid, kept = next, append(kept, e)
	}
	slices.SortFunc(kept, func(a, b state.Overlay) int { return cmp.Compare(a.Path, b.Path) })
	return laid, kept, ended
}

func layOne(typ *Type, cfg, laid cty.Value, e state.Overlay, planned bool) (cty.Value, error) {
	path, err := ParseAttributePath(e.Path)
	if err != nil {
		return laid, err
	}
	over, err := ConfigAt(typ.Object(), cfg, path)
	if err != nil {
		return laid, err
	}
	value, err := over.Decode(e.Value)
	if err != nil {
		return laid, err
	}
	if over.IsWhollyKnown() && !planned {
		was, err := over.decode(e.Over)
		switch {
		case err == nil && was.RawEquals(over.Value):
		case value.RawEquals(over.Value):
			return laid, errors.New("it was taken over into the configuration")
		default:
			return laid, errors.New("it is set to something else in the configuration now")
		}
	}
	next, err := setAt(typ.Object(), laid, path, value)
	if err != nil {
		return laid, err
	}
	return next, typ.Fits(next)
}

// Configured is a value in a configuration, null where nothing is set.
type Configured struct {
	cty.Value
	// Attribute is the schema of the attribute that it is, or that it is an
	// element of. Element says that it is one element.
	Attribute *providers.Attribute
	Element   bool
	typ       cty.Type // what it can be given as: what is optional may be missing
}

// ConfigAt returns what a configuration has at a path. It is an error when
// there can be nothing, or when it is sensitive.
func ConfigAt(obj *providers.Object, cfg cty.Value, path AttributePath) (Configured, error) {
	var at *providers.Attribute
	inner := obj
	v, typ, element := cfg, cty.DynamicPseudoType, false
	for i, s := range path {
		var ms cty.ValueMarks
		v, ms = v.Unmark()
		if len(ms) > 0 {
			return Configured{}, fmt.Errorf("%s is sensitive", path[:i])
		}
		switch {
		case !s.IsKey && inner != nil:
			at = inner.Attributes[s.Name]
			switch {
			case at == nil:
				return Configured{}, fmt.Errorf("there is no attribute %s", path[:i+1])
			case at.Sensitive:
				return Configured{}, fmt.Errorf("%s is sensitive", path[:i+1])
			case !at.Required && !at.Optional:
				return Configured{}, fmt.Errorf("%s is set by the provider", path[:i+1])
			}
			typ, element, inner = wantedType(at), false, nil
			if at.Nested != nil && at.Nested.Nesting == providers.NestingSingle {
				inner = &at.Nested.Object
			}
			if v.IsNull() {
				v = cty.NullVal(at.ValueType())
			} else if !v.IsKnown() {
				v = cty.UnknownVal(at.ValueType())
			} else {
				v = v.GetAttr(s.Name)
			}
		case s.IsKey && !element && at != nil && at.ValueType().IsMapType():
			typ, element = typ.ElementType(), true
			if at.Nested != nil {
				inner = &at.Nested.Object
			}
			ety := at.ValueType().ElementType()
			switch {
			case v.IsNull():
				v = cty.NullVal(ety)
			case !v.IsKnown():
				v = cty.UnknownVal(ety)
			case v.HasIndex(cty.StringVal(s.Key)).True():
				v = v.Index(cty.StringVal(s.Key))
			default:
				v = cty.NullVal(ety)
			}
		default:
			return Configured{}, fmt.Errorf("there is nothing inside %s that has a name", path[:i])
		}
	}
	if marks.HoldsSensitive(v) || holdsSensitive(at) {
		return Configured{}, fmt.Errorf("%s is sensitive", path)
	}
	return Configured{Value: v, Attribute: at, Element: element, typ: typ}, nil
}

// holdsSensitive tells whether something inside an attribute is sensitive.
func holdsSensitive(a *providers.Attribute) bool {
	if a.Nested == nil {
		return a.Sensitive
	}
	for _, inner := range a.Nested.Attributes {
		if inner.Sensitive || holdsSensitive(inner) {
			return true
		}
	}
	return false
}

// wantedType is the type that a value is given as: what need not be set may be
// missing from it.
func wantedType(a *providers.Attribute) cty.Type {
	if a.Nested == nil {
		return a.Type
	}
	atys := make(map[string]cty.Type, len(a.Nested.Attributes))
	var optional []string
	for name, inner := range a.Nested.Attributes {
		atys[name] = wantedType(inner)
		if !inner.Required {
			optional = append(optional, name)
		}
	}
	obj := cty.ObjectWithOptionalAttrs(atys, optional)
	switch a.Nested.Nesting {
	case providers.NestingList:
		return cty.List(obj)
	case providers.NestingSet:
		return cty.Set(obj)
	case providers.NestingMap:
		return cty.Map(obj)
	}
	return obj
}

// decode reads a value for the same place from JSON. Text stays text, whatever
// is in it.
func (c Configured) decode(raw json.RawMessage) (cty.Value, error) {
	null := cty.NullVal(c.Type())
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return null, nil
	}
	ty, err := ctyjson.ImpliedType(raw)
	if err != nil {
		return null, errors.New("its value is not JSON that means one thing")
	}
	v, err := ctyjson.Unmarshal(raw, ty)
	if err != nil {
		return null, errors.New("its value is not JSON that means one thing")
	}
	if name := unexpectedName(v, c.typ); name != "" {
		return null, fmt.Errorf("its value has an attribute %q, which there is not", name)
	}
	if v, err = convert.Convert(v, c.typ); err != nil {
		return null, fmt.Errorf("its value does not fit: %s", err)
	}
	if v, err = convert.Convert(v, c.Type()); err != nil {
		return null, fmt.Errorf("its value does not fit: %s", err)
	}
	return v, nil
}

// Decode reads a value for the same place from JSON, null for a removal, and refuses
// what a schema can tell is wrong. The error says what does not fit.
func (c Configured) Decode(raw json.RawMessage) (cty.Value, error) {
	v, err := c.decode(raw)
	switch {
	case err != nil:
		return v, err
	case c.Element && c.Attribute.Nested != nil:
		return v, understoodObject(&c.Attribute.Nested.Object, v)
	}
	return v, understood(c.Attribute, v)
}

// understood finds a size, a duration or the like that is none: nobody could compare
// it. What a user writes is for the provider to judge, which may know more.
func understood(a *providers.Attribute, v cty.Value) error {
	switch {
	case v.IsNull() || !v.IsKnown():
	case v.Type() == cty.Number && !sensible(v):
		return errors.New("its value is a number that is too large or too small")
	case a.Nested == nil && v.Type().IsPrimitiveType():
		if !a.Normalise.Understands(v) {
			return fmt.Errorf("its value is not %s", map[providers.Normaliser]string{providers.NormaliseBytes: `a size, such as "64MiB"`,
				providers.NormaliseDuration: `a duration, such as "30s"`, providers.NormaliseMode: "a mode in octal digits", providers.NormaliseJSON: "JSON"}[a.Normalise])
		}
	case a.Nested == nil:
		return understoodElements(v)
	case a.Nested.Nesting == providers.NestingSingle:
		return understoodObject(&a.Nested.Object, v)
	default:
		for _, e := range v.AsValueSlice() {
			if err := understoodObject(&a.Nested.Object, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// understoodElements does so for what is in a list, a set or a map.
func understoodElements(v cty.Value) error {
	return cty.Walk(v, func(_ cty.Path, x cty.Value) (bool, error) {
		if x.Type() == cty.Number && !x.IsNull() && x.IsKnown() && !sensible(x) {
			return false, errors.New("its value has a number that is too large or too small")
		}
		return true, nil
	})
}

// sensible tells whether a number can be written out: text such as "1e-99999999"
// becomes one that would take a gigabyte.
func sensible(v cty.Value) bool {
	exponent := v.AsBigFloat().MantExp(nil)
	return !v.AsBigFloat().IsInf() && exponent >= -1024 && exponent <= 1024
}

func understoodObject(obj *providers.Object, v cty.Value) error {
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	for _, name := range sortedKeys(obj.Attributes) {
		if err := understood(obj.Attributes[name], v.GetAttr(name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// unexpectedName finds an attribute in a value that the type does not have:
// conversion would drop it in silence.
func unexpectedName(v cty.Value, ty cty.Type) string {
	if v.IsNull() || !v.CanIterateElements() {
		return ""
	}
	for key, e := range v.Elements() {
		want := cty.DynamicPseudoType
		switch {
		case ty.IsObjectType() && key.Type() == cty.String:
			if !ty.HasAttribute(key.AsString()) {
				return key.AsString()
			}
			want = ty.AttributeType(key.AsString())
		case ty.IsCollectionType():
			want = ty.ElementType()
		}
		if name := unexpectedName(e, want); name != "" {
			return name
		}
	}
	return ""
}

// setAt returns v with a value at a path, null to have nothing there.
func setAt(obj *providers.Object, v cty.Value, path AttributePath, value cty.Value) (cty.Value, error) {
	v, ms := v.Unmark()
	if !v.IsKnown() {
		return v, errors.New("it is inside something that is not known yet")
	}
	s := path[0]
	at := obj.Attributes[s.Name]
	vals := map[string]cty.Value{}
	if v.IsNull() {
		for name, a := range obj.Attributes {
			vals[name] = cty.NullVal(a.ValueType())
		}
	} else {
		vals = v.AsValueMap()
	}
	next, err := setInside(at, vals[s.Name], path[1:], value)
	if err != nil {
		return v, err
	}
	vals[s.Name] = next
	return cty.ObjectVal(vals).WithMarks(ms), nil
}

func setInside(a *providers.Attribute, v cty.Value, path AttributePath, value cty.Value) (cty.Value, error) {
	if len(path) == 0 {
		return value, nil
	}
	if !path[0].IsKey {
		return setAt(&a.Nested.Object, v, path, value)
	}
	v, ms := v.Unmark()
	if !v.IsKnown() {
		return v, errors.New("it is inside something that is not known yet")
	}
	vals := map[string]cty.Value{}
	if !v.IsNull() && v.LengthInt() > 0 {
		vals = v.AsValueMap()
	}
	ety := a.ValueType().ElementType()
	element, have := vals[path[0].Key]
	if !have {
		element = cty.NullVal(ety)
	}
	if len(path) > 1 {
		var err error
		if element, err = setAt(&a.Nested.Object, element, path[1:], value); err != nil {
			return v, err
		}
	} else {
		element = value
	}
	if element.IsNull() {
		delete(vals, path[0].Key)
	} else {
		vals[path[0].Key] = element
	}
	if len(vals) == 0 {
		return cty.MapValEmpty(ety).WithMarks(ms), nil
	}
	return cty.MapVal(vals).WithMarks(ms), nil
}

// sameOrigins tells whether two objects have the same values from a model.
func sameOrigins(a, b *state.Object) bool {
	if len(a.Overlay)+len(b.Overlay) == 0 && a.Completed == b.Completed {
		return true // as with nearly all
	}
	x, errX := json.Marshal([]any{a.Overlay, a.Completed})
	y, errY := json.Marshal([]any{b.Overlay, b.Completed})
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
