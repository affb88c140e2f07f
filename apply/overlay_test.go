package apply_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
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
	}{
		"set to something else": {edit: [2]string{`"mine"`, `"other"`}, want: "other", left: 1},
		"accepted":              {edit: [2]string{`= var.value`, `= "theirs"`}, want: "theirs", left: 1},
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
				if len(diags) != 1 || diags[0].Summary != "Overlay ended" {
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
	} {
		p := coretest.New(t, `resource "memory_item" "a" { name = "a" }`)
		item := p.Target("memory_item.a").Resource.Instance(addr.NoKey)
		made, diags := p.TryPlan(plan.Options{Overlays: map[addr.Instance][]state.Overlay{item: {entry(path, value, "null")}}})
		if diags.HasErrors() || len(diags) != 1 || len(made.Overlays) != 0 || len(made.Changes) != 1 {
			t.Errorf("%s = %s: %v, %s", path, value, diags, coretest.Summary(made))
		}
	}
}

func TestPlanFromModelIsNotApplied(t *testing.T) {
	p := coretest.New(t, `resource "memory_item" "a" { name = "a" }`)
	if _, diags := p.TryRun(plan.Options{FromModel: true}); !strings.Contains(diags.Error(), "was not vetted") || len(p.Addresses()) != 0 {
		t.Errorf("%v, %v", diags, p.Addresses())
	}
}
