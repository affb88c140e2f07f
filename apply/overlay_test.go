package apply_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/state"
)

func entry(path, value, over string) state.Overlay {
	return state.Overlay{Path: path, Value: json.RawMessage(value), Over: json.RawMessage(over),
		Origin: state.Origin{Model: "m", Time: time.Unix(1_700_000_000, 0).UTC(), Incident: "i-1"}}
}

// laid is a project of one item with an overlay in effect.
func laid(t *testing.T, entries ...state.Overlay) (*coretest.Project, addr.Instance) {
	t.Helper()
	p := coretest.New(t, `
variable "value" { default = "mine" }
resource "memory_item" "a" {
  name  = "a"
  value = var.value
  tags  = { x = "1" }
}
output "value" { value = memory_item.a.value }
`)
	p.Run(plan.Options{})
	item := p.Target("memory_item.a").Resource.Instance(addr.NoKey)
	made := p.Plan(plan.Options{Overlays: map[addr.Instance][]state.Overlay{item: entries}})
	if len(made.Overlays) != 1 || len(made.Overlays[0].Entries) != len(entries) {
		t.Fatalf("in effect: %+v", made.Overlays)
	}
	// Run plans again without the option: what the state holds counts now.
	p.Run(plan.Options{Overlays: map[addr.Instance][]state.Overlay{item: entries}})
	return p, item
}

func objectOf(p *coretest.Project, item addr.Instance) (*state.Object, map[string]any) {
	o := p.State().Objects[state.ObjectKey{Instance: item}]
	var attributes map[string]any
	if err := json.Unmarshal(o.Attributes, &attributes); err != nil {
		p.Fatal(err)
	}
	return o, attributes
}

func TestOverlayHolds(t *testing.T) {
	p, item := laid(t, entry("value", `"theirs ${var.value}"`, `"mine"`), entry(`tags["y"]`, `"2"`, "null"))
	o, attributes := objectOf(p, item)
	if attributes["value"] != "theirs ${var.value}" || len(attributes["tags"].(map[string]any)) != 2 || len(o.Overlay) != 2 || o.Overlay[0].Path != `tags["y"]` {
		t.Errorf("%v %+v", attributes, o.Overlay)
	}
	if got := p.State().Outputs["value"]; string(got.Value) != `"theirs ${var.value}"` {
		t.Errorf("the output is %s", got.Value)
	}
	// It is laid over again for a replacement, and when something else changes.
	p.Run(plan.Options{Replaces: []addr.Instance{item}})
	p.Files["main.cw.hcl"] = strings.Replace(p.Files["main.cw.hcl"], `x = "1"`, `x = "3"`, 1)
	p.Run(plan.Options{})
	o, attributes = objectOf(p, item)
	if tags := attributes["tags"].(map[string]any); attributes["value"] != "theirs ${var.value}" || tags["x"] != "3" || tags["y"] != "2" || len(o.Overlay) != 2 {
		t.Errorf("%v %+v", attributes, o.Overlay)
	}
}

func TestOverlayEnds(t *testing.T) {
	for name, c := range map[string]struct {
		edit [2]string // of the configuration
		opts plan.Options
		want string // the value afterwards
		left int    // entries
		says string
	}{
		"set to something else": {edit: [2]string{`"mine"`, `"other"`}, want: "other", left: 1, says: "something else"},
		"accepted":              {edit: [2]string{`= var.value`, `= "theirs"`}, want: "theirs", left: 1, says: "taken over"},
		"dropped":               {opts: plan.Options{Overlays: map[addr.Instance][]state.Overlay{}}, want: "mine"},
	} {
		t.Run(name, func(t *testing.T) {
			p, item := laid(t, entry("value", `"theirs"`, `"mine"`), entry(`tags["y"]`, `"2"`, "null"))
			if c.opts.Overlays != nil {
				c.opts.Overlays[item] = nil
			}
			if c.edit[0] != "" {
				p.Files["main.cw.hcl"] = strings.Replace(p.Files["main.cw.hcl"], c.edit[0], c.edit[1], 1)
				_, diags := p.TryPlan(plan.Options{})
				if len(diags) != 1 || diags[0].Summary != "Overlay ended" || !strings.Contains(diags[0].Detail, c.says) {
					t.Errorf("it says %v", diags)
				}
			}
			p.Run(c.opts)
			o, attributes := objectOf(p, item)
			if attributes["value"] != c.want || len(o.Overlay) != c.left {
				t.Errorf("%v %+v", attributes, o.Overlay)
			}
		})
	}
}

// What does not fit the schema, or is secret, ends; it does not stop a plan.
func TestOverlayThatDoesNotFit(t *testing.T) {
	for path, value := range map[string]string{
		"nothing": `1`, "name.x": `1`, "value": `{"a":1}`, "secret": `"x"`, "id": `"x"`, "part[0]": `1`, `tags["a"]["b"]`: `1`,
		`tags["a`: `1`, "": `1`, "value.": `1`, "tags[1]": `1`, "part": `[{"nome":"x"}]`, "limit": `[}`,
		"kind": `"glass"`, "name": `null`, "limit ": `"1"`,
	} {
		ends(t, path, value, "")
	}
	ends(t, "limit", `"much"`, "not a size")
	ends(t, "part", `[{"name": null}]`, "name is required")
	ends(t, "part", `[{}]`, "required")
	ends(t, "part", `[{"name": "x", "id": "1"}]`, "id is decided by the provider")
	ends(t, "part", `[{"name": "x", "size": "large"}]`, "size: its value is not a size")
	ends(t, "part", "["+strings.Repeat(`{"name": "x"},`, 100)+`{"name": "x"}]`, "at most 100")
}

// ends checks that an entry is not in effect, for a reason.
func ends(t *testing.T, path, value, reason string) {
	t.Helper()
	p := coretest.New(t, `resource "memory_item" "a" { name = "a" }`)
	item := p.Target("memory_item.a").Resource.Instance(addr.NoKey)
	over := "null"
	if path == "name" {
		over = `"a"`
	}
	made, diags := p.TryPlan(plan.Options{Overlays: map[addr.Instance][]state.Overlay{item: {entry(path, value, over)}}})
	if diags.HasErrors() || len(diags) != 1 || len(made.Overlays) != 0 || len(made.Changes) != 1 || !strings.Contains(diags[0].Detail, reason) {
		t.Errorf("%s = %s: %v, %s", path, value, diags, coretest.Summary(made))
	}
}

// A user's own value is not judged by what an overlay may be.
func TestOverlayBesideWhatIsOdd(t *testing.T) {
	p := coretest.New(t, `resource "memory_item" "a" {
  name  = "a"
  limit = "-1"
}`)
	item := p.Target("memory_item.a").Resource.Instance(addr.NoKey)
	for path, over := range map[string]string{"limit": `"-1"`, "value": "null"} {
		made, diags := p.TryPlan(plan.Options{Overlays: map[addr.Instance][]state.Overlay{item: {entry(path, `"1KiB"`, over)}}})
		if len(made.Overlays) != 1 {
			t.Errorf("%s: %v", path, diags)
		}
	}
}

// TestOverlaySurvives: whatever happens to an object beside, what lies over it stays.
func TestOverlaySurvives(t *testing.T) {
	edit := func(old, new string) func(*coretest.Project) {
		return func(p *coretest.Project) {
			p.Files["main.cw.hcl"] = strings.ReplaceAll(p.Files["main.cw.hcl"], old, new)
		}
	}
	for name, c := range map[string]struct {
		edit func(*coretest.Project)
		opts plan.Options
		to   string // the address afterwards
	}{
		"counted": {to: "memory_item.a[0]", edit: func(p *coretest.Project) {
			edit("memory_item.a.", "memory_item.a[0].")(p)
			edit(`"memory_item" "a" {`, "\"memory_item\" \"a\" {\n  count = 1")(p)
		}},
		"replaced":      {edit: edit(`name  = "a"`, `name  = "c"`)},
		"replaced late": {edit: edit(`name  = "a"`, "lifecycle {\n    create_before_destroy = true\n  }\n  name = \"c\"")},
		"refresh only":  {opts: plan.Options{Mode: plan.RefreshOnly}},
		"no refresh":    {opts: plan.Options{SkipRefresh: true}, edit: edit(`x = "1"`, `x = "2"`)},
		"described":     {edit: edit(`name  = "a"`, "name = \"a\"\n  description = \"it\"")},
		"left out": {edit: edit(`x = "1"`, `x = "2"`), opts: plan.Options{Excludes: []addr.Target{{
			Resource: addr.Resource{Type: "memory_item", Name: "a"}}}}},
		"gone": {edit: func(p *coretest.Project) { p.World.RemoveItem(memory.DefaultNamespace, "a") }},
		"lost answer": {edit: func(p *coretest.Project) {
			edit(`x = "1"`, `x = "2"`)(p)
			p.World.Inject(memory.Fault{Op: memory.OpUpdate, When: memory.After, Times: 1, Err: errLost})
			if _, diags := p.TryRun(plan.Options{}); !diags.HasErrors() {
				p.Fatal("the answer was not lost")
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p, item := laid(t, entry("value", `"theirs"`, `"mine"`))
			if c.edit != nil {
				c.edit(p)
			}
			made := p.Plan(c.opts)
			if len(made.Overlays) != 1 {
				t.Errorf("the plan shows %+v", made.Overlays)
			}
			if p.Run(c.opts); c.to != "" {
				item = p.Target(c.to).Resource.Instance(p.Target(c.to).Key)
			}
			if o, attributes := objectOf(p, item); attributes["value"] != "theirs" || len(o.Overlay) != 1 || o.Overlay[0].Origin.Incident != "i-1" {
				t.Errorf("%v %+v", attributes, o.Overlay)
			}
			if made := p.Plan(plan.Options{}); c.opts.Excludes == nil && made.HasChanges() || len(made.Overlays) != 1 {
				t.Errorf("then: %s, %+v", coretest.Summary(made), made.Overlays)
			}
		})
	}
}

// TestOverlayGoesWithTheObject: what is deleted leaves nothing behind.
func TestOverlayGoesWithTheObject(t *testing.T) {
	p, item := laid(t, entry("value", `"theirs"`, `"mine"`))
	kept := p.Files["main.cw.hcl"]
	p.Files["main.cw.hcl"] = "locals {}\n"
	p.Run(plan.Options{})
	p.Files["main.cw.hcl"] = kept
	if p.Run(plan.Options{}); len(p.Plan(plan.Options{}).Overlays) != 0 {
		t.Error("it is back")
	}
	if o, attributes := objectOf(p, item); attributes["value"] != "mine" || len(o.Overlay) != 0 {
		t.Errorf("%v %+v", attributes, o.Overlay)
	}
}

// TestOverlayOfAFailedUpdate: what could not be set does not lie over anything.
func TestOverlayOfAFailedUpdate(t *testing.T) {
	p, item := laid(t, entry("value", `"theirs"`, `"mine"`))
	more := []state.Overlay{entry(`tags["y"]`, `"2"`, "null"), entry("value", `"theirs"`, `"mine"`)}
	p.World.Inject(memory.Fault{Op: memory.OpUpdate, Times: 1, Message: "no"})
	if _, diags := p.TryRun(plan.Options{Overlays: map[addr.Instance][]state.Overlay{item: more}}); !strings.Contains(diags.Error(), "no") {
		t.Fatal(diags)
	}
	if o, _ := objectOf(p, item); len(o.Overlay) != 1 || o.Overlay[0].Path != "value" {
		t.Errorf("%+v", o.Overlay)
	}
}

// TestOverlayOverTheUnknown: while the user's own value is not known, it holds; then it
// is seen to be another.
func TestOverlayOverTheUnknown(t *testing.T) {
	p := coretest.New(t, item("a", "1")+`resource "memory_item" "b" {
  name  = "b"
  value = memory_item.a.revision
}
`)
	p.Run(plan.Options{})
	b := p.Target("memory_item.b").Resource.Instance(addr.NoKey)
	p.Run(plan.Options{Overlays: map[addr.Instance][]state.Overlay{b: {entry("value", `"theirs"`, `"1"`)}}})
	p.Files["main.cw.hcl"] = strings.Replace(p.Files["main.cw.hcl"], `"1"`, `"2"`, 1)
	if got := coretest.Summary(p.Plan(plan.Options{})); got != "update memory_item.a" {
		t.Errorf("%s is planned", got)
	}
	p.Files["main.cw.hcl"] = strings.Replace(p.Files["main.cw.hcl"], `revision
`, "revision\n  tags  = { of = memory_item.a.revision }\n", 1)
	if _, diags := p.TryRun(plan.Options{}); diags.HasErrors() {
		t.Fatal(diags)
	}
	if o, attributes := objectOf(p, b); attributes["value"] != "theirs" || attributes["tags"].(map[string]any)["of"] != "2" || len(o.Overlay) != 1 {
		t.Errorf("%v %+v", attributes, o.Overlay)
	}
	if _, diags := p.TryPlan(plan.Options{}); len(diags) != 1 || diags[0].Summary != "Overlay ended" {
		t.Errorf("it says %v", diags)
	}
	p.Run(plan.Options{})
	if o, attributes := objectOf(p, b); attributes["value"] != "2" || len(o.Overlay) != 0 {
		t.Errorf("%v %+v", attributes, o.Overlay)
	}
}

// TestOverlayInASavedPlan: a plan that was read from a file sets, and remembers, what
// lay over the configuration when it was made.
func TestOverlayInASavedPlan(t *testing.T) {
	p, item := laid(t, entry("value", `"theirs"`, `"mine"`))
	p.Files["main.cw.hcl"] = strings.Replace(p.Files["main.cw.hcl"], `x = "1"`, `x = "2"`, 1)
	raw, err := plan.Encode(p.Plan(plan.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	read, err := plan.Decode(raw)
	if err != nil || len(read.Overlays) != 1 || len(read.Overlays[0].Entries) != 1 {
		t.Fatalf("%v, %+v", err, read)
	}
	store := p.Open()
	defer store.Close()
	in, diags := p.Input(store)
	_, ds := apply.Run(t.Context(), apply.Input{Input: in, Plan: read, Store: store}, apply.Options{})
	if diags = append(diags, ds...); diags.HasErrors() {
		t.Fatal(diags)
	}
	if o := store.State().Objects[state.ObjectKey{Instance: item}]; len(o.Overlay) != 1 || !strings.Contains(string(o.Attributes), `"theirs"`) {
		t.Errorf("%s %+v", o.Attributes, o.Overlay)
	}
	if _, err := plan.Encode(&plan.Plan{FromModel: true}); err == nil {
		t.Error("a plan of a model's can be saved")
	}
}

// TestOverlayAndRollback: the way back is to what lay over the configuration then, too.
func TestOverlayAndRollback(t *testing.T) {
	p := coretest.New(t, item("a", "1"))
	p.Run(plan.Options{})
	without := p.State()
	a := p.Target("memory_item.a").Resource.Instance(addr.NoKey)
	p.Run(plan.Options{Overlays: map[addr.Instance][]state.Overlay{a: {entry("value", `"theirs"`, `"1"`)}}})
	with := p.State()
	for i, c := range []struct {
		to      *state.State
		value   string
		entries int
	}{{without, "1", 0}, {with, "theirs", 1}, {with, "theirs", 1}} {
		store := p.Open()
		in, diags := p.Input(store)
		made, ds := plan.MakeRollback(t.Context(), in, c.to, plan.Options{Targets: []addr.Target{p.Target("memory_item.a")}})
		if diags = append(diags, ds...); diags.HasErrors() || len(made.Overlays) != c.entries {
			t.Fatalf("%d: %v, %+v", i, diags, made.Overlays)
		}
		if _, diags = apply.Run(t.Context(), apply.Input{Input: in, Plan: made, Store: store}, apply.Options{}); diags.HasErrors() {
			t.Fatal(diags)
		}
		_ = store.Close()
		if o, attributes := objectOf(p, a); attributes["value"] != c.value || len(o.Overlay) != c.entries {
			t.Errorf("%d: %v %+v", i, attributes, o.Overlay)
		}
		if made := p.Plan(plan.Options{}); made.HasChanges() {
			t.Errorf("%d: %s", i, coretest.Summary(made))
		}
	}
}

// TestOverlayInTheWay: what a provider refuses stops a plan, which says that it may not
// be the user's fault.
func TestOverlayInTheWay(t *testing.T) {
	p, item := laid(t, entry("value", `"theirs"`, `"mine"`))
	_, diags := p.TryPlan(plan.Options{Overlays: map[addr.Instance][]state.Overlay{item: {entry("part", `[{"name":"x"},{"name":"x"}]`, "null")}}})
	if !diags.HasErrors() || !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool {
		return d.Severity == diag.Warning && strings.Contains(d.Detail, "clockwork overlay drop memory_item.a")
	}) {
		t.Errorf("%v", diags)
	}
}

func TestPlanFromModelIsNotApplied(t *testing.T) {
	p := coretest.New(t, `resource "memory_item" "a" { name = "a" }`)
	if _, diags := p.TryRun(plan.Options{FromModel: true}); !strings.Contains(diags.Error(), "was not vetted") || len(p.Addresses()) != 0 {
		t.Errorf("%v, %v", diags, p.Addresses())
	}
}
