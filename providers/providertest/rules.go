package providertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

func contains(s string) bool { return strings.Contains(s, Canary) }

// checkDiagnostics holds every diagnostic to the rules: a terse summary, a
// detail in full sentences, a path that exists in obj, and no secret.
func checkDiagnostics(t testing.TB, what string, obj *providers.Object, ds diag.Diagnostics) {
	t.Helper()
	for _, d := range ds {
		if d.Summary == "" || strings.HasSuffix(d.Summary, ".") || strings.Contains(d.Summary, "\n") {
			t.Errorf("%s: a diagnostic's summary must be one terse line without a full stop, but it is %q", what, d.Summary)
		}
		if !strings.HasSuffix(d.Detail, ".") && !strings.HasSuffix(d.Detail, "?") {
			t.Errorf("%s: a diagnostic's detail must be full sentences, but it is %q", what, d.Detail)
		}
		if contains(d.Summary) || contains(d.Detail) || contains(d.Address) || contains(pathText(d.Path)) {
			t.Errorf("%s: a diagnostic tells a secret: %s", what, d.Summary)
		}
		if err := checkPath(obj, d.Path); err != nil {
			t.Errorf("%s: the diagnostic %q has a path that does not exist: %v", what, d.Summary, err)
		}
	}
}

// checkPath tells whether a path leads somewhere in obj.
func checkPath(obj *providers.Object, path cty.Path) error {
	for i := 0; i < len(path); i++ {
		step, ok := path[i].(cty.GetAttrStep)
		if !ok {
			return fmt.Errorf("%s: step %d must name an attribute", pathText(path), i)
		}
		a := obj.Attributes[step.Name]
		if a == nil {
			return fmt.Errorf("%s: there is no attribute %q", pathText(path), step.Name)
		}
		if a.Nested == nil {
			return checkTypePath(a.Type, path, i+1)
		}
		obj = &a.Nested.Object
		if a.Nested.Nesting != providers.NestingSingle && i+1 < len(path) {
			if _, ok := path[i+1].(cty.IndexStep); !ok {
				return fmt.Errorf("%s: step %d must be an index", pathText(path), i+1)
			}
			i++
		}
	}
	return nil
}

func checkTypePath(ty cty.Type, path cty.Path, i int) error {
	for ; i < len(path); i++ {
		switch step := path[i].(type) {
		case cty.GetAttrStep:
			switch {
			case ty == cty.DynamicPseudoType:
				return nil
			case !ty.IsObjectType() || !ty.HasAttribute(step.Name):
				return fmt.Errorf("%s: there is no attribute %q", pathText(path), step.Name)
			}
			ty = ty.AttributeType(step.Name)
		case cty.IndexStep:
			switch {
			case ty == cty.DynamicPseudoType || ty.IsTupleType():
				return nil
			case !ty.IsCollectionType():
				return fmt.Errorf("%s: step %d is an index into what has no elements", pathText(path), i)
			}
			ty = ty.ElementType()
		}
	}
	return nil
}

// pathText writes a path as a user would: `ports[0].host`, `labels["a"]`.
func pathText(p cty.Path) string {
	var b strings.Builder
	for _, s := range p {
		switch s := s.(type) {
		case cty.GetAttrStep:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Name)
		case cty.IndexStep:
			switch {
			case s.Key.Type() == cty.String:
				fmt.Fprintf(&b, "[%q]", s.Key.AsString())
			case s.Key.Type() == cty.Number:
				b.WriteString("[" + s.Key.AsBigFloat().Text('f', -1) + "]")
			default:
				b.WriteString("[...]")
			}
		}
	}
	return b.String()
}

func pathTexts(paths []cty.Path) string {
	var out []string
	for _, p := range paths {
		out = append(out, pathText(p))
	}
	return strings.Join(out, ", ")
}

// checkState holds an object that a provider returned to the rules: it conforms
// to the type, is wholly known, carries no marks, and comes back from storage
// as it was.
func checkState(t testing.TB, what string, ty cty.Type, v cty.Value) {
	t.Helper()
	switch {
	case v == cty.NilVal:
		t.Fatalf("%s returned no state at all; it must be a null of the right type where there is nothing", what)
	case len(v.Type().TestConformance(ty)) > 0:
		t.Fatalf("%s returned a state that does not conform to the schema: %v", what, v.Type().TestConformance(ty)[0])
	case v.ContainsMarked():
		t.Fatalf("%s returned a state with marks; providers do not mark", what)
	case !v.IsWhollyKnown():
		t.Fatalf("%s returned a state with unknown values in %s", what, pathTexts(unknowns(v)))
	}
	if v.IsNull() {
		return // nothing to store
	}
	stored, err := ctyjson.Marshal(v, ty)
	if err != nil {
		t.Fatalf("%s returned a state that cannot be stored: %v", what, err)
	}
	back, err := ctyjson.Unmarshal(stored, ty)
	if err != nil || !back.RawEquals(v) {
		t.Fatalf("%s returned a state that does not come back from storage as it was (%v)", what, err)
	}
}

func unknowns(v cty.Value) []cty.Path {
	var out []cty.Path
	_ = cty.Walk(v, func(p cty.Path, v cty.Value) (bool, error) {
		if !v.IsKnown() {
			out = append(out, p.Copy())
		}
		return true, nil
	})
	return out
}

// checkPlanned holds a plan to the rules: beside Proposed it may only change
// computed attributes that the user did not set.
func checkPlanned(t testing.TB, obj *providers.Object, config, proposed, planned cty.Value) {
	t.Helper()
	ty := obj.Type()
	switch {
	case planned == cty.NilVal || planned.IsNull():
		t.Fatal("Plan returned no planned object")
	case len(planned.Type().TestConformance(ty)) > 0:
		t.Fatalf("Plan returned an object that does not conform to the schema: %v", planned.Type().TestConformance(ty)[0])
	case planned.ContainsMarked():
		t.Fatal("Plan returned an object with marks; providers do not mark")
	}
	for _, p := range meddled(obj, nil, config, proposed, planned) {
		t.Errorf("Plan changed %s, which is not computed or which the user has set", pathText(p))
	}
}

// meddled returns what differs between proposed and planned and is not the
// provider's to decide.
func meddled(obj *providers.Object, at cty.Path, config, proposed, planned cty.Value) []cty.Path {
	if !proposed.IsKnown() || proposed.IsNull() || !planned.IsKnown() || planned.IsNull() {
		if proposed.RawEquals(planned) {
			return nil
		}
		return []cty.Path{at}
	}
	var out []cty.Path
	for _, name := range names(obj.Attributes) {
		a := obj.Attributes[name]
		at := at.GetAttr(name)
		was, is := proposed.GetAttr(name), planned.GetAttr(name)
		set := cty.NullVal(cty.DynamicPseudoType)
		if config.IsKnown() && !config.IsNull() {
			set = config.GetAttr(name)
		}
		switch {
		case was.RawEquals(is), a.Computed && set.IsNull():
		case a.Nested == nil || a.Nested.Nesting == providers.NestingSet || was.IsNull() || !was.IsKnown() || is.IsNull() || !is.IsKnown():
			out = append(out, at.Copy())
		case a.Nested.Nesting == providers.NestingSingle:
			out = append(out, meddled(&a.Nested.Object, at, set, was, is)...)
		case was.LengthInt() != is.LengthInt():
			out = append(out, at.Copy())
		default:
			for it := was.ElementIterator(); it.Next(); {
				k, e := it.Element()
				in := cty.NullVal(cty.DynamicPseudoType)
				if set.IsKnown() && !set.IsNull() && set.HasIndex(k).True() {
					in = set.Index(k)
				}
				if is.HasIndex(k).False() {
					out = append(out, at.Index(k))
					continue
				}
				out = append(out, meddled(&a.Nested.Object, at.Index(k), in, e, is.Index(k))...)
			}
		}
	}
	return out
}

// checkKept wants in got everything that planned knows.
func checkKept(t testing.TB, what string, planned, got cty.Value) {
	t.Helper()
	if p, ok := firstDifference(nil, planned, got); ok {
		t.Errorf("%s returned a state in which %s is not as planned", what, pathText(p))
	}
}

// firstDifference finds where got is not what planned, which may hold unknown
// values, says.
func firstDifference(at cty.Path, planned, got cty.Value) (cty.Path, bool) {
	if !planned.IsKnown() {
		return nil, false
	}
	if planned.RawEquals(got) {
		return nil, false
	}
	if planned.IsNull() || got == cty.NilVal || got.IsNull() || !got.IsKnown() || !planned.CanIterateElements() || !got.CanIterateElements() {
		return at, true
	}
	if planned.Type().IsSetType() {
		return at, planned.IsWhollyKnown() || planned.LengthInt() != got.LengthInt()
	}
	for it := planned.ElementIterator(); it.Next(); {
		k, e := it.Element()
		var in cty.Value
		next := at.Index(k)
		switch {
		case planned.Type().IsObjectType():
			if !got.Type().HasAttribute(k.AsString()) {
				return at, true
			}
			next, in = at.GetAttr(k.AsString()), got.GetAttr(k.AsString())
		case got.Type().IsObjectType() || got.HasIndex(k).False():
			return at, true
		default:
			in = got.Index(k)
		}
		if p, differs := firstDifference(next, e, in); differs {
			return p, true
		}
	}
	return at, planned.IsWhollyKnown() || planned.LengthInt() != got.LengthInt()
}

// stored is a planned object as it is kept until its result is known: what is
// unknown becomes null.
func stored(v cty.Value) cty.Value {
	out, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if !v.IsKnown() {
			return cty.NullVal(v.Type()), nil
		}
		return v, nil
	})
	if err != nil {
		return v
	}
	return out
}
