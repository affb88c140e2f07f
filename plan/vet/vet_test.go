package vet_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/state"
)

// object changes the target's object in the state that is looked at.
func (w *world) object(edit func(*state.Object)) {
	st := *w.Input.State
	key := state.ObjectKey{Instance: w.Target}
	o := *st.Objects[key]
	edit(&o)
	objects := map[state.ObjectKey]*state.Object{}
	for k, v := range st.Objects {
		objects[k] = v
	}
	objects[key] = &o
	st.Objects = objects
	w.Input.State = &st
}

func (w *world) overlay(entries ...state.Overlay) {
	w.object(func(o *state.Object) { o.Overlay = entries })
}

func (w *world) stored(edit func(map[string]any)) {
	w.object(func(o *state.Object) {
		var attributes map[string]any
		if err := json.Unmarshal(o.Attributes, &attributes); err != nil {
			w.p.Fatal(err)
		}
		edit(attributes)
		o.Attributes, _ = json.Marshal(attributes)
	})
}

// edit changes the project's configuration, and more adds to it.
func (w *world) edit(old, new string) {
	main := w.p.Files["main.cw.hcl"]
	if !strings.Contains(main, old) {
		w.p.Fatalf("there is no %s", old)
	}
	w.configure(strings.Replace(main, old, new, 1))
}

func (w *world) more(text string) { w.configure(w.p.Files["main.cw.hcl"] + text + "\n") }

func (w *world) configure(main string) {
	w.p.Files["main.cw.hcl"] = main
	in, ds := w.p.Input(w.store)
	if ds.HasErrors() {
		w.p.Fatal(ds)
	}
	w.Input, w.ConfigHash = in, in.Config.Hash
}

// breakPlan has the state name an object that no provider can plan for.
func (w *world) breakPlan() {
	w.object(func(o *state.Object) { o.SchemaVersion = 99 })
}

func (d denial) run(t *testing.T, without string) (*world, vet.Verdict) {
	w := newWorld(t)
	w.Answer = []byte(d.answer)
	if d.with != nil {
		d.with(w)
	}
	return w, vet.VetWithout(context.Background(), w.Request, without)
}

// expected is what the gate answers.
func (d denial) expected() vet.Outcome {
	if d.asks {
		return vet.NeedsApproval
	}
	return vet.Deny
}

func TestDenials(t *testing.T) {
	for name, d := range denials() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, got := d.run(t, "")
			i := slices.IndexFunc(got.Gates, func(g vet.Gate) bool { return g.Outcome != vet.Allow })
			if i < 0 {
				t.Fatalf("every gate allows it")
			}
			said := got.Gates[i]
			if got.Outcome != d.expected() || got.Vetted != nil || said.Name != d.gate || said.Outcome != d.expected() || !strings.Contains(said.Reason, d.reason) {
				t.Errorf("%v by %s: %s; not by %s: %s", got.Outcome, said.Name, said.Reason, d.gate, d.reason)
			}
			if strings.Contains(said.Reason, "hunter2") || w.applied.Load() != 0 {
				t.Errorf("%q, applied %d times", said.Reason, w.applied.Load())
			}
		})
	}
}

// TestEveryGateIsNeeded takes each gate away in turn: for each there must be an answer
// that it alone stops. Without those that find out what the others go by nothing
// passes at all, but it is another gate that says so; what does not fit, the plan leaves
// out.
func TestEveryGateIsNeeded(t *testing.T) {
	for _, name := range vet.GateNames() {
		needed := false
		for _, d := range denials() {
			if d.gate != name {
				continue
			}
			_, got := d.run(t, name)
			switch name {
			case "answer", "target", "fit", "plan":
				needed = needed || got.Gates[len(got.Gates)-1].Name != d.gate
			default:
				needed = needed || got.Vetted != nil
			}
		}
		if !needed {
			t.Errorf("without the gate %q nothing is different", name)
		}
	}
}

func TestAllowed(t *testing.T) {
	for name, answer := range map[string]string{
		"in bounds":              change("memory", `"256MiB"`),
		"at the bounds":          changes(`{"path":"memory","value":"512MiB"},{"path":"healthcheck.interval","value":"20s"}`),
		"near to what was there": change("cpus", "2"),
		"an element":             changes(`{"path":"networks","key":"back","value":{"aliases":["web"]}}`),
		"an element by its path": change(`networks["back"]`, `{}`),
		"an element taken out":   change(`networks["front"]`, `null`),
		"what makes it anew":     change(`env["REDIS_HOST"]`, `"redis"`),
		"a template stays text":  change(`env["A"]`, `"${file(\"/etc/shadow\")}%{ if true }"`),
		"an image by its digest": change("image", `"docker.io/library/nginx:1.26`+digest+`"`),
		"from another registry":  change("image", `"registry.example.com:5000/team/app`+digest+`"`),
	} {
		w := newWorld(t)
		w.Answer = []byte(answer)
		got := vet.Vet(context.Background(), w.Request)
		if got.Outcome != vet.Allow || got.Vetted == nil || !got.Proposed.FromModel {
			t.Errorf("%s: %v, %+v", name, got.Outcome, got.Gates[len(got.Gates)-1])
			continue
		}
		if name == "a template stays text" {
			env := got.Proposed.Changes[0].After.GetAttr("env").Index(cty.StringVal("A")).AsString()
			if env != `${file("/etc/shadow")}%{ if true }` {
				t.Errorf("it became %q", env)
			}
		}
	}
}

func TestApproval(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		mode   plan.HealMode
		can    bool // a person's approval is enough
	}{
		"not listed":              {change("restart", `"always"`), plan.HealAuto, true},
		"an image by its tag":     {change("image", `"nginx:1.26"`), plan.HealAuto, true},
		"far from what was there": {change("cpus", "64"), plan.HealAuto, true},
		"removed, without bounds": {change("cpus", "null"), plan.HealAuto, true},
		"mode approve":            {change("memory", `"256MiB"`), plan.HealApprove, true},
		"mode suggest":            {change("memory", `"256MiB"`), plan.HealSuggest, false},
	} {
		w := newWorld(t)
		w.Answer, w.Policy.Mode = []byte(c.answer), c.mode
		got := vet.Vet(context.Background(), w.Request)
		if got.Outcome != vet.NeedsApproval || got.Vetted != nil || got.Proposed == nil || got.Hash == "" {
			t.Errorf("%s: %v, %+v", name, got.Outcome, got.Gates)
			continue
		}
		w.Approved = got.Hash
		if again := vet.Vet(context.Background(), w.Request); (again.Outcome == vet.Allow) != c.can || (again.Vetted != nil) != c.can {
			t.Errorf("%s, approved: %v, %+v", name, again.Outcome, again.Gates)
		}
		w.Answer = []byte(strings.Replace(c.answer, `"value": `, `"value": "x", "key": `, 1))
		if again := vet.Vet(context.Background(), w.Request); again.Vetted != nil {
			t.Errorf("%s: the approval was good for another plan", name)
		}
	}
}

// TestSocketBehindASymlink: what a path leads to and comes by counts, not what it is
// called.
func TestSocketBehindASymlink(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	link := func(name, to string) string {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	socket := filepath.Join(dir, "docker.sock")
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	harmless, self, loop := link("harmless", socket), link("self", "/proc/self"), link("loop", "loop")
	for name, c := range map[string]struct {
		path string
		gate string
	}{
		"a link":                       {harmless, "host"},
		"a link to a link":             {link("again", "harmless"), "host"},
		"a socket that is not there":   {link("later", "/run/docker.sock"), "host"},
		"through what ends at the top": {self + "/root", "host"}, // a link to /
		"what is not there behind one": {self + "/nothing", "host"},
		"above where a link leads":     {self + "/../version", "host"},
		"a link that never ends":       {loop + "/x", "host"},
		"no link":                      {dir + "/plain/../file", "approval"},
	} {
		w.Answer = []byte(change(`env["A"]`, `"`+c.path+`"`))
		got := vet.Vet(context.Background(), w.Request)
		if last := got.Gates[len(got.Gates)-1]; last.Name != c.gate || (got.Outcome == vet.Deny) != (c.gate == "host") {
			t.Errorf("%s: %+v", name, got.Gates)
		}
	}
}

// TestBoundsAreOfTheConfiguration: an overlay does not move what it is measured by.
func TestBoundsAreOfTheConfiguration(t *testing.T) {
	w := newWorld(t)
	w.overlay(state.Overlay{Path: "cpus", Value: json.RawMessage("2"), Over: json.RawMessage("1"), Origin: w.Origin})
	w.Answer = []byte(change("cpus", "4"))
	if got := vet.Vet(context.Background(), w.Request); got.Outcome != vet.NeedsApproval {
		t.Errorf("%v, %+v", got.Outcome, got.Gates)
	}
}

func TestVetWithoutGatesDenies(t *testing.T) {
	w := newWorld(t)
	w.Answer = []byte(change("memory", `"256MiB"`))
	for _, gates := range [][]string{nil, {"silent"}} {
		if got := vet.VetBySilence(context.Background(), w.Request, gates...); got.Outcome != vet.Deny || got.Vetted != nil {
			t.Errorf("%+v", got)
		}
	}
}

func TestAllowedForAndSchema(t *testing.T) {
	w := newWorld(t)
	allowed, err := vet.AllowedFor(context.Background(), w.Request)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, a := range allowed {
		told = append(told, fmt.Sprintf("%s %s %s %s %s-%s", a.Path, a.Type, a.Tier, a.Configured, a.Min, a.Max))
	}
	if want := []string{
		`alone bool approval  -`,
		`cpus number free 1 0.5-2`, // near to what is configured
		`env map approval {"MODE":"prod"} -`,
		`groups list approval  -`,
		`healthcheck.interval string free "10s" "5s"-"20s"`,
		`image string approval "nginx:1.25" -`,
		`memory string free "128MiB" "64MiB"-"512MiB"`,
		`networks map approval {"front":{"aliases":null}} -`,
		`ports list approval  1-`,
		`shares number free  -2048`,
		`ulimits map approval  -`,
		`wait object free  -`,
	}; !slices.Equal(told, want) {
		t.Errorf("%q,\nnot %q", told, want)
	}
	var schema any
	if err := json.Unmarshal(vet.Schema(allowed, w.Evidence), &schema); err != nil {
		t.Fatal(err)
	}
	strict(t, schema, "schema")
	w.Answer = []byte(change("memory", `"9GiB"`))
	if err := vet.Check(context.Background(), w.Request); err == nil || !strings.Contains(err.Error(), "memory is out of bounds") {
		t.Errorf("it is told %v", err)
	}
	w.Answer = []byte(change("memory", `"256MiB"`))
	if err := vet.Check(context.Background(), w.Request); err != nil {
		t.Error(err)
	}
	// What is secret is not for a model to find out by asking.
	w.Answer = []byte(change(`env["A"]`, `"hunter2-hunter2"`))
	if err := vet.Check(context.Background(), w.Request); err != nil {
		t.Errorf("it is told %v", err)
	}
	w.Answer = []byte(`{"verdict":"no_fix","cause":"","evidence":[],"confidence":1,"changes":[]}`)
	if err := vet.Check(context.Background(), w.Request); err != nil {
		t.Error(err)
	}
}

// strict checks what strict structured outputs ask of a schema.
func strict(t *testing.T, schema any, at string) {
	t.Helper()
	switch s := schema.(type) {
	case []any:
		for _, x := range s {
			strict(t, x, at)
		}
	case map[string]any:
		if properties, ok := s["properties"].(map[string]any); ok {
			if required, _ := s["required"].([]any); len(required) != len(properties) || s["additionalProperties"] != false {
				t.Errorf("%s is not strict", at)
			}
		}
		for name, x := range s {
			strict(t, x, at+"."+name)
		}
	}
}

// One sensitive element of a map hides no other: the others are told, and can be
// changed, and it stays as it is.
func TestOneElementIsSensitive(t *testing.T) {
	envOf := func(allowed []vet.Allowed) (found []vet.Allowed) {
		for _, a := range allowed {
			if a.Path == "env" {
				found = append(found, a)
			}
		}
		return found
	}
	for written, want := range map[string]string{
		`{ MODE = "prod", PASSWORD = var.password }`:                   `[PASSWORD] {"MODE":"prod"}`,
		`{ PASSWORD = var.password }`:                                  `[PASSWORD] {}`,
		`{ MODE = "prod", URL = "http://x:${var.password}@y" }`:        `[URL] {"MODE":"prod"}`,
		`{ MODE = "prod" }`:                                            `[] {"MODE":"prod"}`,
		`sensitive({ MODE = "prod" })`:                                 "",
		`merge({ MODE = "prod" }, { PASSWORD = var.password })`:        `[PASSWORD] {"MODE":"prod"}`,
		`{ for k in ["A", "B"] : k => k == "A" ? var.password : "b" }`: `[A B] {}`,
	} {
		w := newWorld(t)
		w.edit(`{ MODE = "prod" }`, written)
		allowed, err := vet.AllowedFor(context.Background(), w.Request)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(allowed)
		if err != nil || strings.Contains(string(raw), "hunter2") {
			t.Errorf("%s: it is told %s", written, raw)
		}
		got := ""
		for _, a := range envOf(allowed) {
			got = fmt.Sprintf("%v %s", a.Hidden, a.Configured)
		}
		if got != want {
			t.Errorf("%s: %q, not %q", written, got, want)
		}
	}

	w := deployed(t, strings.Replace(boxProject, `{ MODE = "prod" }`, `{ MODE = "prod", PASSWORD = var.password }`, 1))
	w.Answer = []byte(changes(`{"path": "env", "key": "MODE", "value": "dev"}`))
	v := vet.Vet(context.Background(), w.Request)
	if v.Outcome != vet.Allow || len(v.Proposed.Changes) != 1 {
		t.Fatalf("%s: %+v", v.Outcome, v.Gates)
	}
	env, _ := v.Proposed.Changes[0].After.GetAttr("env").UnmarkDeep()
	if env.Index(cty.StringVal("PASSWORD")).AsString() != "hunter2-hunter2" || env.Index(cty.StringVal("MODE")).AsString() != "dev" {
		t.Errorf("it would be %#v", env)
	}
}
