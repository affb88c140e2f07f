package apply_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

func item(name, value string) string {
	return "resource \"memory_item\" \"" + name + "\" {\n  name = \"" + name + "\"\n  value = \"" + value + "\"\n}\n"
}

func TestCreateUpdateDestroy(t *testing.T) {
	p := coretest.New(t, item("a", "one")+item("b", "two"))
	if r := p.Run(plan.Options{}); r.Added != 2 {
		t.Fatalf("added %d", r.Added)
	}
	p.Files["main.cw.hcl"] = item("a", "changed")
	if got := coretest.Summary(p.Plan(plan.Options{})); got != "update memory_item.a; delete memory_item.b (delete_because_no_resource_config)" {
		t.Fatal(got)
	}
	if r := p.Run(plan.Options{}); r.Changed != 1 || r.Destroyed != 1 {
		t.Fatalf("%+v", r)
	}
	if got, _ := p.World.Item(memory.DefaultNamespace, "a"); *got.Value != "changed" {
		t.Errorf("a holds %q", *got.Value)
	}
	if r := p.Run(plan.Options{Mode: plan.Destroy}); r.Destroyed != 1 {
		t.Fatalf("%+v", r)
	}
	if left := p.World.Items(memory.DefaultNamespace); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if left := p.Addresses(); len(left) != 0 {
		t.Errorf("still in state: %v", left)
	}
}

func TestReferencesFlow(t *testing.T) {
	p := coretest.New(t, `
resource "memory_shelf" "s" { name = "top" }
resource "memory_item" "a" {
  name  = "a"
  shelf = memory_shelf.s.name
  value = memory_shelf.s.id
}
locals { id = memory_item.a.id }
resource "memory_item" "b" {
  count = 2
  name  = "b${count.index}"
  value = "${local.id}-${count.index}"
}
resource "memory_item" "c" {
  for_each = { x = "1", y = "2" }
  name  = "c-${each.key}"
  value = memory_item.b[0].value
  tags  = { n = each.value }
}
output "ids" { value = [for i in memory_item.b : i.id] }
output "all" { value = { for k, i in memory_item.c : k => i.value } }
`)
	first := p.Plan(plan.Options{})
	if got := first.Counts().Add; got != 6 {
		t.Fatalf("%d to add: %s", got, coretest.Summary(first))
	}
	r := p.Run(plan.Options{})
	a, _ := p.World.Item(memory.DefaultNamespace, "a")
	b, _ := p.World.Item(memory.DefaultNamespace, "b1")
	if *b.Value != a.ID+"-1" {
		t.Errorf("b1 holds %q, a is %q", *b.Value, a.ID)
	}
	if v := r.Outputs["all"].GetAttr("x").AsString(); v != a.ID+"-0" {
		t.Errorf("output all.x is %q", v)
	}
	p.Run(plan.Options{Mode: plan.Destroy})
}

func TestDriftIsFoundAndHealed(t *testing.T) {
	p := coretest.New(t, item("a", "one")+item("b", "two"))
	p.Run(plan.Options{})
	p.World.EditItem(memory.DefaultNamespace, "a", func(i *memory.Item) { v := "by hand"; i.Value = &v })
	p.World.RemoveItem(memory.DefaultNamespace, "b")
	made := p.Plan(plan.Options{})
	if got := coretest.Summary(made); got != "update memory_item.a; create memory_item.b" {
		t.Fatal(got)
	}
	if len(made.Drift) != 2 || made.Drift[0].Action != plan.Update || made.Drift[1].Action != plan.Delete {
		t.Fatalf("drift: %+v", made.Drift)
	}
	if got := coretest.Summary(p.Plan(plan.Options{SkipRefresh: true})); got != "" {
		t.Errorf("without refresh: %s", got)
	}
	if r := p.Run(plan.Options{}); r.Added != 1 || r.Changed != 1 {
		t.Fatalf("%+v", r)
	}
}

func TestRefreshOnly(t *testing.T) {
	p := coretest.New(t, item("a", "one")+"output \"v\" { value = memory_item.a.value }\n")
	p.Run(plan.Options{})
	p.World.EditItem(memory.DefaultNamespace, "a", func(i *memory.Item) { v := "by hand"; i.Value = &v })
	made := p.Plan(plan.Options{Mode: plan.RefreshOnly})
	if got := coretest.Summary(made); got != "update output.v" || !made.HasChanges() {
		t.Fatal(got)
	}
	r, diags := p.TryRun(plan.Options{Mode: plan.RefreshOnly})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if v := r.Outputs["v"].AsString(); v != "by hand" {
		t.Errorf("output is %q", v)
	}
	if got, _ := p.World.Item(memory.DefaultNamespace, "a"); *got.Value != "by hand" {
		t.Errorf("the world was changed to %q", *got.Value)
	}
}

func TestReplaceOrder(t *testing.T) {
	for _, before := range []bool{false, true} {
		name := "destroy first"
		lifecycle := ""
		want := "delete-create memory_item.a (cannot_update); delete-create memory_shelf.s (cannot_update)"
		if before {
			name = "create first"
			lifecycle = "lifecycle { create_before_destroy = true }"
			want = "create-delete memory_item.a (cannot_update); create-delete memory_shelf.s (cannot_update)"
		}
		t.Run(name, func(t *testing.T) {
			project := func(shelf, item string) string {
				return `resource "memory_shelf" "s" { name = "` + shelf + `" }
resource "memory_item" "a" {
  name = "` + item + `"
  shelf = memory_shelf.s.name
  ` + lifecycle + `
}`
			}
			p := coretest.New(t, project("s1", "a1"))
			p.Run(plan.Options{})
			// The shelf cannot be removed while something lies on it, so a
			// wrong order fails.
			p.Files["main.cw.hcl"] = project("s2", "a2")
			if got := coretest.Summary(p.Plan(plan.Options{})); got != want {
				t.Fatal(got)
			}
			if r := p.Run(plan.Options{}); r.Added != 2 || r.Destroyed != 2 {
				t.Fatalf("%+v", r)
			}
			if got := p.World.Items(memory.DefaultNamespace); !slices.Equal(got, []string{"a2"}) {
				t.Errorf("there are %v", got)
			}
			if got := p.Addresses(); len(got) != 2 {
				t.Errorf("state holds %v", got)
			}
			if _, ok := p.World.Shelf(memory.DefaultNamespace, "s1"); ok {
				t.Error("s1 is still there")
			}
		})
	}
}

func TestCreateBeforeDestroyFails(t *testing.T) {
	cfg := func(name string) string {
		return `resource "memory_item" "a" {
  name = "` + name + `"
  lifecycle { create_before_destroy = true }
}`
	}
	p := coretest.New(t, cfg("one"))
	p.Run(plan.Options{})
	p.Files["main.cw.hcl"] = cfg("two")
	p.World.Inject(memory.Fault{Op: memory.OpDelete, Name: "one", Times: 1, Message: "it is in use"})
	_, diags := p.TryRun(plan.Options{})
	if !diags.HasErrors() || !strings.Contains(diags.Error(), "it is in use") {
		t.Fatalf("%v", diags)
	}
	got := p.Addresses()
	if len(got) != 2 || !strings.HasPrefix(got[1], "memory_item.a (deposed ") {
		t.Fatalf("state holds %v", got)
	}
	if got := coretest.Summary(p.Plan(plan.Options{})); !strings.HasSuffix(got, "(delete_because_deposed)") || strings.Contains(got, ";") {
		t.Fatal(got)
	}
	p.Run(plan.Options{})
	if got := p.World.Items(memory.DefaultNamespace); !slices.Equal(got, []string{"two"}) {
		t.Errorf("there are %v", got)
	}
}

func TestFailureLeavesTheRest(t *testing.T) {
	p := coretest.New(t, item("a", "1")+item("b", "2")+`
resource "memory_item" "c" {
  name  = "c"
  value = memory_item.a.id
}`)
	p.World.Inject(memory.Fault{Op: memory.OpCreate, Name: "a", Times: 1, Message: "no room"})
	r, diags := p.TryRun(plan.Options{})
	if r.Added != 1 || !strings.Contains(diags.Error(), "no room") || !strings.Contains(diags.Error(), "1 of 3 steps were left out") {
		t.Fatalf("%+v\n%v", r, diags)
	}
	if got := p.Addresses(); !slices.Equal(got, []string{"memory_item.b"}) {
		t.Fatalf("state holds %v", got)
	}
	if r := p.Run(plan.Options{}); r.Added != 2 {
		t.Errorf("%+v", r)
	}
}

func TestHalfMadeIsTainted(t *testing.T) {
	p := coretest.New(t, item("a", "1"))
	p.World.Inject(memory.Fault{Op: memory.OpCreate, When: memory.HalfWay, Times: 1, Message: "it broke"})
	if _, diags := p.TryRun(plan.Options{}); !diags.HasErrors() {
		t.Fatal("no error")
	}
	if got := coretest.Summary(p.Plan(plan.Options{})); got != "delete-create memory_item.a (tainted)" {
		t.Fatal(got)
	}
	p.Run(plan.Options{})
}

func TestLostAnswersAreRecovered(t *testing.T) {
	for _, op := range []memory.Op{memory.OpCreate, memory.OpUpdate, memory.OpDelete, memory.OpRestart} {
		for _, when := range []memory.When{memory.Before, memory.After} {
			t.Run(string(op)+map[memory.When]string{memory.Before: " before", memory.After: " after"}[when], func(t *testing.T) {
				p := coretest.New(t, item("a", "1"))
				if op != memory.OpCreate {
					p.Run(plan.Options{})
				}
				var opts plan.Options
				switch op {
				case memory.OpRestart:
					opts.Restarts = []addr.Instance{addr.Resource{Type: "memory_item", Name: "a"}.Instance(addr.NoKey)}
				case memory.OpUpdate:
					p.Files["main.cw.hcl"] = item("a", "2")
				case memory.OpDelete:
					p.Files["main.cw.hcl"] = "locals {}\n"
				}
				p.World.Inject(memory.Fault{Op: op, When: when, Times: 1, Err: errLost})
				if _, diags := p.TryRun(opts); !strings.Contains(diags.Error(), "lost") {
					t.Fatalf("%v", diags)
				}
				_, diags := p.TryRun(plan.Options{})
				if diags.HasErrors() || !strings.Contains(diags.Error(), "Recovered from an interrupted run") {
					t.Fatalf("%v", diags)
				}
				want := []string{"a"}
				if op == memory.OpDelete {
					want = []string{}
				}
				if got := p.World.Items(memory.DefaultNamespace); !slices.Equal(got, want) {
					t.Errorf("there are %v", got)
				}
				if p.Plan(plan.Options{}).HasChanges() {
					t.Error("there is still something to do")
				}
			})
		}
	}
}

type lostError struct{}

func (lostError) Error() string { return "the answer was lost" }

var errLost error = lostError{}
