package views

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// canary is in every secret that the generator makes, and in nothing else.
const canary = "CANARY"

// generator makes schemas and values of them at random, with secrets at any
// depth: by the schema, by a mark, or both.
type generator struct {
	*rand.Rand
	n int
}

func (g *generator) one(in int) bool { return g.IntN(in) == 0 }

// text returns a string of any of the kinds that are shown in their own way.
func (g *generator) text(secret bool) string {
	word := fmt.Sprintf("open%d", g.IntN(5))
	if secret {
		g.n++
		word = fmt.Sprintf("%s%d", canary, g.n)
	}
	switch g.IntN(6) {
	case 0:
		return word + "\n" + word + "\nsame\n"
	case 1:
		return fmt.Sprintf(`{"%s":["%s",1]}`, word, word)
	case 2:
		return "\x1b[2J" + word
	}
	return word
}

func (g *generator) typ(depth int) cty.Type {
	n := 9
	if depth <= 0 {
		n = 4
	}
	switch g.IntN(n) {
	case 0:
		return cty.Number
	case 1:
		return cty.Bool
	case 4:
		return cty.List(g.typ(depth - 1))
	case 5:
		return cty.Map(g.typ(depth - 1))
	case 6:
		return cty.Set(g.typ(0))
	case 7:
		return cty.Object(map[string]cty.Type{"a": g.typ(depth - 1), "name": g.typ(0)})
	case 8:
		if depth == 3 { // elements of one collection must be of one type
			return cty.DynamicPseudoType
		}
	}
	return cty.String
}

func (g *generator) object(depth int) providers.Object {
	o := providers.Object{Attributes: map[string]*providers.Attribute{}}
	for _, name := range []string{"id", "path", "x", "y", "z"} {
		a := &providers.Attribute{Optional: true, Sensitive: g.one(5)}
		if depth > 0 && g.one(3) {
			a.Nested = &providers.Nested{Nesting: providers.Nesting(1 + g.IntN(4)), Block: g.one(2), Object: g.object(depth - 1)}
		} else {
			a.Type = g.typ(3)
		}
		o.Attributes[name] = a
	}
	return o
}

// value returns a value of a plain type.
func (g *generator) value(ty cty.Type, secret, unknowns bool) cty.Value {
	if !secret && g.one(6) {
		return g.value(ty, true, unknowns).Mark(marks.Sensitive)
	}
	switch {
	case g.one(10):
		return cty.NullVal(ty)
	case unknowns && g.one(10):
		return cty.UnknownVal(ty)
	case ty == cty.DynamicPseudoType:
		return g.value(g.typ(2), secret, unknowns)
	case ty == cty.Number:
		return cty.NumberIntVal(g.Int64N(4))
	case ty == cty.Bool:
		return cty.BoolVal(g.one(2))
	case ty.IsObjectType():
		vals := map[string]cty.Value{}
		for name, aty := range ty.AttributeTypes() {
			vals[name] = g.value(aty, secret, unknowns)
		}
		return cty.ObjectVal(vals)
	case ty.IsMapType():
		vals := map[string]cty.Value{}
		for range g.IntN(3) {
			vals[g.text(secret)] = g.value(ty.ElementType(), secret, unknowns)
		}
		if len(vals) == 0 {
			return cty.MapValEmpty(ty.ElementType())
		}
		return cty.MapVal(vals)
	case ty.IsListType() || ty.IsSetType():
		var vals []cty.Value
		for range g.IntN(4) {
			vals = append(vals, g.value(ty.ElementType(), secret, unknowns))
		}
		switch {
		case len(vals) == 0 && ty.IsListType():
			return cty.ListValEmpty(ty.ElementType())
		case len(vals) == 0:
			return cty.SetValEmpty(ty.ElementType())
		case ty.IsListType():
			return cty.ListVal(vals)
		}
		return cty.SetVal(vals)
	}
	return cty.StringVal(g.text(secret))
}

// conforming returns an object of a schema.
func (g *generator) conforming(o *providers.Object, secret, unknowns bool) cty.Value {
	vals := map[string]cty.Value{}
	for name, a := range o.Attributes {
		vals[name] = g.attribute(a, secret || a.Sensitive, unknowns)
	}
	return cty.ObjectVal(vals)
}

func (g *generator) attribute(a *providers.Attribute, secret, unknowns bool) cty.Value {
	ty := a.ValueType()
	switch {
	case a.Nested == nil:
		return g.value(ty, secret, unknowns)
	case g.one(8):
		return cty.NullVal(ty)
	case unknowns && g.one(8):
		return cty.UnknownVal(ty)
	case !secret && g.one(8):
		return g.attribute(a, true, unknowns).Mark(marks.Sensitive)
	case ty.HasDynamicTypes() && a.Nested.Nesting != providers.NestingSingle:
		return cty.NullVal(ty) // its elements could be of different types
	}
	elem := func() cty.Value { return g.conforming(&a.Nested.Object, secret, unknowns) }
	switch a.Nested.Nesting {
	case providers.NestingSingle:
		return elem()
	case providers.NestingMap:
		return cty.MapVal(map[string]cty.Value{g.text(secret): elem(), g.text(secret): elem()})
	case providers.NestingSet:
		return cty.SetVal([]cty.Value{elem(), elem()})
	}
	return cty.ListVal([]cty.Value{elem(), elem()})
}

// paths returns some paths into v, which may lead through secrets.
func (g *generator) paths(v cty.Value) []cty.Path {
	var out []cty.Path
	v, _ = v.UnmarkDeep()
	_ = cty.Walk(v, func(p cty.Path, _ cty.Value) (bool, error) {
		if g.one(6) {
			out = append(out, p.Copy())
		}
		return true, nil
	})
	return out
}

// TestNoSecretEver makes sure of the first promise of this package: whatever
// is secret, and at whatever depth, no renderer shows it.
func TestNoSecretEver(t *testing.T) {
	const runs = 80
	seen := 0
	for seed := range runs {
		g := &generator{Rand: rand.New(rand.NewPCG(uint64(seed), 1))}
		obj := g.object(2)
		out := renderEverything(t, g, &obj)
		seen += g.n
		for name, text := range out {
			if i := strings.Index(text, canary); i >= 0 {
				t.Fatalf("seed %d: %s shows a secret: %q", seed, name, text[max(0, i-200):min(len(text), i+40)])
			}
			assertHarmless(t, text, strings.Contains(name, "colour"))
		}
	}
	if seen < runs*10 {
		t.Errorf("only %d secrets in %d runs: the test tests nothing", seen, runs)
	}
}

// TestOpenShows makes sure that the test above can fail: what is not secret
// does show.
func TestOpenShows(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewPCG(3, 1))}
	obj := providers.Object{Attributes: map[string]*providers.Attribute{"x": {Type: cty.String}}}
	for name, text := range renderEverything(t, g, &obj) {
		if strings.Contains(name, "nil schema") || strings.HasPrefix(name, "hooks") || strings.HasPrefix(name, "schemas") || name == "plan json lines" {
			continue
		}
		shows := false
		for range 50 { // some of the values are secret or null
			if shows = strings.Contains(text, "open"); shows {
				break
			}
			text = renderEverything(t, g, &obj)[name]
		}
		if !shows {
			t.Errorf("%s shows nothing at all: %s", name, text)
		}
	}
}

// renderEverything gives values of a schema to every renderer.
func renderEverything(t *testing.T, g *generator, obj *providers.Object) map[string]string {
	t.Helper()
	out := map[string]string{}
	write := func(name string, f func(io.Writer) error) {
		t.Helper()
		var b strings.Builder
		if err := f(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b.String()
	}
	in := addr.Instance{Resource: addr.Resource{Type: "thing", Name: "it"}}
	at := func(n int) addr.Instance { return in.Resource.Instance(addr.IntKey(n)) }
	provider := state.ProviderConfig{Source: testSource}
	null := cty.NullVal(cty.DynamicPseudoType)

	value, other := g.conforming(obj, false, false), g.conforming(obj, false, true)
	mixed := value.AsValueMap() // like value in places
	for name, v := range other.AsValueMap() {
		if g.one(2) {
			mixed[name] = v
		}
	}
	p := &plan.Plan{Timestamp: time.Unix(0, 0), Variables: map[string]cty.Value{"v": g.value(cty.DynamicPseudoType, false, false), "s": g.value(cty.List(cty.String), true, false).Mark(marks.Sensitive)}, Changes: []plan.Change{
		{Address: at(0), Previous: at(0), Provider: provider, Action: plan.Create, Before: null, After: other},
		{Address: at(1), Previous: at(1), Provider: provider, Action: plan.Update, Before: value, After: other, Replace: g.paths(value)},
		{Address: at(2), Previous: at(9), Provider: provider, Action: plan.DeleteThenCreate, Before: value, After: cty.ObjectVal(mixed), Replace: g.paths(value)},
		{Address: at(3), Previous: at(3), Provider: provider, Action: plan.Delete, Before: value, After: null},
		{Address: at(4), Previous: at(4), Provider: provider, Action: plan.Forget, Before: value, After: null},
		{Address: at(6), Previous: at(6), Provider: provider, Action: plan.Restart, Before: value, After: value},
		{Address: at(5), Previous: at(8), Provider: provider, Action: plan.Read, Before: null, After: value},
	}, Drift: []plan.Drift{{Address: at(1), Action: plan.Update, Before: value, After: cty.ObjectVal(mixed)}}}
	p.Variables["open"] = cty.StringVal("open")
	clear, secret := g.value(cty.String, false, false), g.value(cty.List(cty.String), true, false)
	free := g.value(cty.DynamicPseudoType, false, true)
	outputs := map[string]Output{"value": {Value: free}, "clear": {Value: clear}, "secret": {Value: secret, Sensitive: true}, "marked": {Value: secret.Mark(marks.Sensitive)}}
	for name, o := range outputs {
		p.Outputs = append(p.Outputs,
			plan.OutputChange{Name: name, Action: plan.Create, Before: null, After: o.Value, Sensitive: o.Sensitive},
			plan.OutputChange{Name: name, Action: plan.Update, Before: o.Value, After: cty.StringVal("x"), Sensitive: o.Sensitive},
			plan.OutputChange{Name: name, Action: plan.Delete, Before: o.Value, After: null, Sensitive: o.Sensitive})
	}

	s := &state.State{Objects: map[state.ObjectKey]*state.Object{{Instance: at(1)}: storeObject(t, value, obj), {Instance: at(7), Deposed: "d"}: storeObject(t, value, obj)},
		Outputs: map[string]state.Output{"secret": storedOut(t, secret, true)}}
	clean, _ := clear.UnmarkDeep()
	s.Outputs["clear"] = storedOut(t, clean, clear.IsMarked())

	for name, known := range map[string]Schemas{"": schemas(obj), " nil schema": nil} {
		write("plan"+name, func(w io.Writer) error { return WritePlan(w, p, known, plain) })
		write("plan in colour"+name, func(w io.Writer) error { return WritePlan(w, p, known, fancy) })
		write("plan document"+name, func(w io.Writer) error { return WritePlanJSON(w, p, s, known) })
		write("state"+name, func(w io.Writer) error { return WriteState(w, s, known, plain) })
		write("state document"+name, func(w io.Writer) error { return WriteStateJSON(w, s, known, "1") })
		if name != "" {
			// Outputs are not a matter of schemas.
			for _, k := range []string{"plan", "plan in colour", "plan document", "state", "state document"} {
				out[k+name] = strings.ReplaceAll(out[k+name], "open", "")
			}
		}
	}
	write("outputs document", func(w io.Writer) error { return WriteOutputsJSON(w, outputs) })
	out["outputs"] = FormatOutputs(outputs)
	out["value"] = FormatValue(free)

	var human, lines, planLines capture
	NewJSON(NewTerminal(planLines.streams(false), noEnv, false), "1", nil).Plan(p, schemas(obj))
	j := NewJSON(NewTerminal(lines.streams(false), noEnv, false), "1", nil)
	for _, v := range []View{NewHuman(NewTerminal(human.streams(false), noEnv, false), nil), j} {
		v.Applying(p, schemas(obj))
		for i := range p.Changes {
			address := p.Changes[i].Address.String()
			v.PreApply(address, p.Changes[i].Action)
			v.Identify(address, other)
			v.PostApply(address, p.Changes[i].Action, 0, nil)
		}
	}
	out["hooks human"], out["hooks json"], out["plan json lines"] = human.both.String(), lines.both.String(), planLines.both.String()
	lines.out.Reset()
	j.Outputs(outputs)
	out["outputs lines"] = lines.out.String()

	d := diagnosticOf(t, value, obj)
	out["diagnostic"] = FormatDiagnostic(d, sourceFile(t), plain)
	write("diagnostic json", func(w io.Writer) error { return WriteValidateJSON(w, diag.Diagnostics{d}, sourceFile(t)) })

	withDefaults := *obj
	withDefaults.Attributes = map[string]*providers.Attribute{}
	for name, a := range obj.Attributes {
		copied := *a
		if a.Nested == nil {
			copied.Default = value.GetAttr(name)
		}
		withDefaults.Attributes[name] = &copied
	}
	write("schemas", func(w io.Writer) error {
		return WriteSchemasJSON(w, map[string]*providers.Schema{testSource: {Resources: map[string]*providers.ResourceType{"thing": {Object: withDefaults}}}})
	})
	return out
}

// diagnosticOf makes a diagnostic whose expression refers to everything in a
// value. What only the schema calls secret is marked, as evaluation does.
func diagnosticOf(t *testing.T, v cty.Value, obj *providers.Object) diag.Diagnostic {
	vals := map[string]cty.Value{}
	var refs []string
	for name, a := range obj.Attributes {
		vals[name] = v.GetAttr(name)
		if a.Sensitive || a.Nested != nil {
			vals[name] = vals[name].Mark(marks.Sensitive)
		}
		refs = append(refs, "thing."+name, "thing."+name+"[0]", "thing."+name+".a", "thing."+name+".name")
	}
	return diag.Diagnostic{Summary: "Wrong", Subject: at(t, "nope"),
		Expression:  expression(t, "["+strings.Join(refs, ",")+"]"),
		EvalContext: &hcl.EvalContext{Variables: map[string]cty.Value{"thing": cty.ObjectVal(vals)}}}
}

// storeObject keeps a value as the state does: what is marked beyond what the
// schema says, by its path.
func storeObject(t *testing.T, v cty.Value, obj *providers.Object) *state.Object {
	t.Helper()
	u, pvm := v.UnmarkDeepWithPaths()
	raw, err := ctyjson.Marshal(u, obj.Type())
	if err != nil {
		t.Fatal(err)
	}
	o := &state.Object{Provider: state.ProviderConfig{Source: testSource}, Attributes: raw}
	for _, pm := range pvm {
		steps := []any{}
		for _, s := range pm.Path {
			switch s := s.(type) {
			case cty.GetAttrStep:
				steps = append(steps, s.Name)
			case cty.IndexStep:
				if s.Key.Type() == cty.String {
					steps = append(steps, s.Key.AsString())
				} else {
					n, _ := s.Key.AsBigFloat().Int64()
					steps = append(steps, n)
				}
			}
		}
		enc, err := json.Marshal(steps)
		if err != nil {
			t.Fatal(err)
		}
		o.Sensitive = append(o.Sensitive, enc)
	}
	return o
}

// TestOtherSchemaNeverPanics shows values with a schema that they do not
// conform to, as an upgrade of a provider can bring about.
func TestOtherSchemaNeverPanics(t *testing.T) {
	for seed := range 100 {
		g := &generator{Rand: rand.New(rand.NewPCG(uint64(seed), 2))}
		wrote, knows := g.object(2), g.object(2)
		before, after := g.conforming(&wrote, false, false), g.conforming(&wrote, false, true)
		in := addr.Instance{Resource: addr.Resource{Type: "thing", Name: "it"}}
		p := &plan.Plan{Changes: []plan.Change{{Address: in, Previous: in, Provider: state.ProviderConfig{Source: testSource},
			Action: plan.DeleteThenCreate, Before: before, After: after, Replace: g.paths(after)}}}
		known := schemas(&knows)
		s := &state.State{Objects: map[state.ObjectKey]*state.Object{{Instance: in}: storeObject(t, before, &wrote)}}
		for _, write := range []func() error{
			func() error { return WritePlan(io.Discard, p, known, plain) },
			func() error { return WritePlanJSON(io.Discard, p, s, known) },
			func() error { return WriteState(io.Discard, s, known, plain) },
		} {
			if err := write(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}
}
