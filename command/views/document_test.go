package views

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// stored makes an object of the state out of an expression. What is marked in
// it is kept as paths.
func stored(t testing.TB, src string) *state.Object {
	t.Helper()
	obj := kitchen()
	v, pvm := object(t, src, obj).UnmarkDeepWithPaths()
	raw, err := ctyjson.Marshal(v, obj.Type())
	if err != nil {
		t.Fatal(err)
	}
	o := &state.Object{Provider: state.ProviderConfig{Source: testSource}, Attributes: raw, SchemaVersion: 1}
	for _, pm := range pvm {
		steps := []any{}
		for _, s := range pm.Path {
			switch s := s.(type) {
			case cty.GetAttrStep:
				steps = append(steps, map[string]string{"a": s.Name})
			case cty.IndexStep:
				if s.Key.Type() == cty.String {
					steps = append(steps, s.Key.AsString())
				} else {
					n, _ := s.Key.AsBigFloat().Int64()
					steps = append(steps, n)
				}
			}
		}
		raw, err := json.Marshal(steps)
		if err != nil {
			t.Fatal(err)
		}
		o.Sensitive = append(o.Sensitive, raw)
	}
	return o
}

func storedOut(t testing.TB, v cty.Value, sensitive bool) state.Output {
	t.Helper()
	ty, err := ctyjson.MarshalType(v.Type())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		t.Fatal(err)
	}
	return state.Output{Value: raw, Type: ty, Sensitive: sensitive}
}

// someState has an object of every sort.
func someState(t testing.TB) *state.State {
	key := func(s string) state.ObjectKey { return state.ObjectKey{Instance: instance(t, s)} }
	s := &state.State{Lineage: "l", Serial: 7, ClockworkVersion: "0.9.0", Objects: map[state.ObjectKey]*state.Object{
		key("thing.plain"): stored(t, `{path="a\u001b[31m", content="one\ntwo\n", mode="{\"a\":1}", size=5, enabled=true, set=["b", "a"], env={A="1"}, limits={cpu=1}, any={x=[1, null], y="z"},
			one={port=1, key="k1"}, several=[{port=1}], rule=[{port=1, key="k2"}, {name="x"}], health={port=2}, label={"a b"={note="n"}}}`),
		key("thing.secret"): stored(t, `{path="a", content=sensitive("k3"), secret="k4", secrets=["k5", "k6"], list=["open", sensitive("k7")], env={A="open", B=sensitive("k8")},
			any={deep={deeper=sensitive({k="k9"})}}, rule=[{port=1}, sensitive({port=2, name="k10"})], password=[{name="k11"}]}`),
		key("thing.sorted[10]"):                                     stored(t, `{path="10"}`),
		key("thing.sorted[9]"):                                      stored(t, `{path="9"}`),
		key(`module.web["a.module.x"].thing.it`):                    stored(t, `{path="a"}`),
		key(`module.web["a"].module.db.thing.it`):                   stored(t, `{path="a"}`),
		key("data.thing.read"):                                      stored(t, `{path="a"}`),
		{Instance: instance(t, "thing.plain"), Deposed: "deadbeef"}: stored(t, `{path="old"}`),
	}, Outputs: map[string]state.Output{
		"url":    storedOut(t, cty.StringVal("http://x\x1b"), false),
		"secret": storedOut(t, cty.StringVal("k12"), true),
		"list":   storedOut(t, cty.ListVal([]cty.Value{cty.StringVal("a"), cty.StringVal("one\ntwo\n")}), false),
		"object": storedOut(t, cty.ObjectVal(map[string]cty.Value{"null": cty.NullVal(cty.String), "n": cty.Zero}), false),
	}}
	s.Objects[key("thing.plain")].Description = "What it is for"
	s.Objects[key("thing.plain")].DependsOn = []string{"thing.secret"}
	s.Objects[key("thing.secret")].Tainted = true
	return s
}

// noKeys fails when one of the secrets k1, k2, ... shows.
func noKeys(t *testing.T, text string) {
	t.Helper()
	for i := range text {
		if text[i] == 'k' && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' {
			t.Errorf("a secret shows: %q", text[max(0, i-60):min(len(text), i+20)])
			return
		}
	}
}

func indentJSON(t *testing.T, raw string) string {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(json.RawMessage(raw)); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return b.String()
}

func TestStateDocuments(t *testing.T) {
	for _, c := range []struct {
		name    string
		state   *state.State
		schemas Schemas
	}{
		{"state", someState(t), schemas(kitchen())},
		{"state_without_schemas", someState(t), nil},
		{"state_empty", &state.State{}, nil},
	} {
		var b strings.Builder
		if err := WriteStateJSON(&b, c.state, c.schemas, "1.0.0"); err != nil {
			t.Fatal(err)
		}
		golden(t, "documents/"+c.name, indentJSON(t, b.String()))
		noKeys(t, b.String())
		assertHarmless(t, b.String(), false)

		for _, style := range []struct {
			name  string
			style Style
		}{{"", plain}, {"_color", fancy}} {
			b.Reset()
			if err := WriteState(&b, c.state, c.schemas, style.style); err != nil {
				t.Fatal(err)
			}
			golden(t, "show/"+c.name+style.name, b.String())
			noKeys(t, b.String())
			assertHarmless(t, b.String(), style.style.Color)
		}
	}
}

func TestShowObject(t *testing.T) {
	s := someState(t)
	k := state.ObjectKey{Instance: instance(t, "thing.secret")}
	var b strings.Builder
	if err := WriteObject(&b, k, s.Objects[k], schemas(kitchen()), plain); err != nil {
		t.Fatal(err)
	}
	golden(t, "show/object", b.String())
	noKeys(t, b.String())
	if got, want := FormatAddresses(sortedKeys(s)), "data.thing.read"; !strings.Contains(got, want) || !strings.Contains(got, "thing.plain (deposed object deadbeef)\n") {
		t.Errorf("addresses: %s", got)
	}
}

// TestShowOldSchema shows objects that another version of the schema wrote:
// what it no longer has, and what no longer fits, is hidden.
func TestShowOldSchema(t *testing.T) {
	o := &state.Object{Provider: state.ProviderConfig{Source: testSource}, Attributes: json.RawMessage(`{"path":"a","token":"k1","size":"k2","list":{"x":"k3"},"rule":["k4"],"health":"k5","one":[{"port":"k6"}]}`)}
	k := state.ObjectKey{Instance: instance(t, "thing.it")}
	var b strings.Builder
	if err := WriteObject(&b, k, o, schemas(kitchen()), plain); err != nil {
		t.Fatal(err)
	}
	golden(t, "show/old_schema", b.String())
	noKeys(t, b.String())
}

func TestStateErrors(t *testing.T) {
	k := state.ObjectKey{Instance: instance(t, "thing.it")}
	bad := &state.State{Objects: map[state.ObjectKey]*state.Object{k: {Attributes: json.RawMessage(`[1]`)}}}
	var b strings.Builder
	if err := WriteStateJSON(&b, bad, nil, ""); err == nil || !strings.Contains(err.Error(), "thing.it") {
		t.Errorf("attributes that are no object: %v", err)
	}
	if err := WriteState(&b, bad, nil, plain); err == nil {
		t.Error("attributes that are no object are shown")
	}
	bad = &state.State{Outputs: map[string]state.Output{"x": {Value: json.RawMessage(`1`), Type: json.RawMessage(`"nonsense"`)}}}
	if err := WriteState(&b, bad, nil, plain); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("an output of no type: %v", err)
	}
}

// TestMarkAtFailsClosed makes sure that a path which leads nowhere hides more.
func TestMarkAtFailsClosed(t *testing.T) {
	v := cty.ObjectVal(map[string]cty.Value{"a": cty.ListVal([]cty.Value{cty.StringVal("x")}), "b": cty.StringVal("y")})
	for _, c := range []struct {
		path   string
		hidden string // the attribute that is hidden; "" for all
	}{
		{`["a"]`, "a"}, {`[{"a":"a"}, 0]`, ""}, {`["a", 7]`, "a"}, {`["a", "x"]`, "a"}, {`["zzz"]`, ""}, {`[]`, ""}, {`{"x":1}`, ""}, {`[true]`, ""}, {`["b", "c", "d"]`, "b"},
	} {
		got := markAt(v, storedPath(json.RawMessage(c.path)))
		switch {
		case c.path == `[{"a":"a"}, 0]`:
			if !got.GetAttr("a").Index(cty.Zero).IsMarked() || got.IsMarked() {
				t.Errorf("%s: %#v", c.path, got)
			}
		case c.hidden == "":
			if !got.IsMarked() {
				t.Errorf("%s: not all is hidden: %#v", c.path, got)
			}
		default:
			if got.IsMarked() || !got.GetAttr(c.hidden).IsMarked() {
				t.Errorf("%s: %#v", c.path, got)
			}
		}
	}
}

func TestPlanDocuments(t *testing.T) {
	stamp := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	full := mixedPlan(t)
	full.Version, full.Timestamp = "1.0.0", stamp
	full.Variables = map[string]cty.Value{
		"port": cty.NumberIntVal(80), "password": cty.StringVal("k1").Mark(marks.Sensitive),
		"inside": cty.ObjectVal(map[string]cty.Value{"p": cty.StringVal("k2").Mark(marks.Sensitive), "q": cty.True}),
	}
	drift := driftedPlan(t, plan.Normal)
	drift.Timestamp = stamp
	drift.Targets = []addr.Target{{}}
	secrets := &plan.Plan{Timestamp: stamp, Changes: []plan.Change{change(t, "thing.it", plan.DeleteThenCreate,
		`{path="a", secrets=["k1"], list=["a", sensitive("k2")], one={key="k3", port=1}, any=sensitive({k="k4"})}`,
		`{path="a", secrets=["k5", "k6"], list=["a", sensitive("k7"), unknown], one={key="k8", port=unknown}, any=sensitive({k=unknown}), size=unknown}`)}}
	secrets.Changes[0].Replace = []cty.Path{cty.GetAttrPath("secrets").IndexInt(0), cty.GetAttrPath("any").GetAttr("k"),
		cty.GetAttrPath("list").IndexInt(1), cty.GetAttrPath("env").IndexString("k"), cty.GetAttrPath("one").GetAttr("port")}
	prior := someState(t)
	withPrior := &plan.Plan{Timestamp: stamp, Changes: []plan.Change{
		change(t, "thing.secret", plan.Update, `{path="a", secret="k1"}`, `{path="a", secret="k2", size=unknown}`),
		change(t, "thing.sorted[9]", plan.Delete, `{path="9"}`, ``),
		change(t, "thing.new", plan.Create, ``, `{path="9", id=unknown}`),
	}, Moved: []plan.Move{
		{From: state.ObjectKey{Instance: instance(t, "thing.plain")}, To: state.ObjectKey{Instance: instance(t, "thing.plain[0]")}},
	}, Refreshed: []plan.Refreshed{
		{Key: state.ObjectKey{Instance: instance(t, "thing.sorted[10]")}},
		{Key: state.ObjectKey{Instance: instance(t, "data.thing.read")}, Object: stored(t, `{path="refreshed"}`)},
	}}
	for _, c := range []struct {
		name  string
		plan  *plan.Plan
		prior *state.State
	}{
		{"plan_mixed", full, nil}, {"plan_drift", drift, nil}, {"plan_secrets", secrets, nil}, {"plan_prior", withPrior, prior},
		{"plan_nothing", &plan.Plan{Timestamp: stamp}, &state.State{}},
	} {
		var b strings.Builder
		if err := WritePlanJSON(&b, c.plan, c.prior, schemas(kitchen())); err != nil {
			t.Fatal(err)
		}
		golden(t, "documents/"+c.name, indentJSON(t, b.String()))
		noKeys(t, b.String())
		assertHarmless(t, b.String(), false)
	}
	if len(prior.Objects) != len(someState(t).Objects) {
		t.Error("the prior state was changed")
	}
}

func TestOtherDocuments(t *testing.T) {
	var b strings.Builder
	outputs, err := StateOutputs(someState(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteOutputsJSON(&b, outputs); err != nil {
		t.Fatal(err)
	}
	golden(t, "documents/outputs", b.String())
	noKeys(t, b.String())

	b.Reset()
	ds := diag.Diagnostics{{Summary: "Wrong", Subject: at(t, "nope")}, {Severity: diag.Warning, Summary: "Careful"}}
	if err := WriteValidateJSON(&b, ds, sourceFile(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "documents/validate", b.String())
	b.Reset()
	if err := WriteValidateJSON(&b, nil, nil); err != nil {
		t.Fatal(err)
	}
	golden(t, "documents/validate_good", b.String())

	b.Reset()
	obj := kitchen()
	obj.Attributes["content"].Deprecated = "text"
	obj.Attributes["mode"].Default = cty.StringVal("0644")
	obj.Attributes["mode"].Enum = []string{"0644", "0600"}
	obj.Attributes["secret"].Default = cty.StringVal("k1")
	err = WriteSchemasJSON(&b, map[string]*providers.Schema{testSource: {
		Provider:  &providers.Object{Attributes: map[string]*providers.Attribute{"host": {Type: cty.String, Optional: true, Description: "Where it is"}}},
		Resources: map[string]*providers.ResourceType{"thing": {Object: *obj, Version: 2}},
		Data:      map[string]*providers.DataType{"thing": {Object: providers.Object{Description: "Reads a thing"}}},
		Asserts:   map[string]*providers.AssertType{"thing_exists": {Targets: []string{"thing"}}},
	}, "clockwork/none": nil})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "documents/schemas", indentJSON(t, b.String()))
	noKeys(t, b.String())
}

func TestParentModule(t *testing.T) {
	for path, want := range map[addr.Module]addr.Module{
		"module.a":                             "",
		"module.a.module.b":                    "module.a",
		`module.a["x.module.y"]`:               "",
		`module.a["x\".module.y"].module.c[0]`: `module.a["x\".module.y"]`,
		`module.a["x"].module.b[1].module.c`:   `module.a["x"].module.b[1]`,
		`module.module.module.b`:               "module.module",
	} {
		if got := parentModule(path); got != want {
			t.Errorf("parent of %s: %q, want %q", path, got, want)
		}
	}
}
