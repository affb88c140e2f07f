package apply_test

import (
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/state"
)

// with is an item with a lifecycle block, and perhaps more arguments.
func with(name, value, lifecycle string, more ...string) string {
	return "resource \"memory_item\" \"" + name + "\" {\n  name = \"" + name + "\"\n  value = \"" + value + "\"\n  " +
		strings.Join(more, "\n  ") + "\n  lifecycle {\n    " + lifecycle + "\n  }\n}\n"
}

func object(t *testing.T, p *coretest.Project, address string) state.Object {
	t.Helper()
	for key, o := range p.State().Objects {
		if key.String() == address {
			return *o
		}
	}
	t.Fatalf("%s is not in the state", address)
	return state.Object{}
}

func TestLifecycle(t *testing.T) {
	remembersProtection := func(want bool) func(*testing.T, *coretest.Project) {
		return func(t *testing.T, p *coretest.Project) {
			if got := object(t, p, "memory_item.a").PreventDestroy; got != want {
				t.Errorf("prevent_destroy in the state is %v", got)
			}
		}
	}
	for name, story := range map[string][]chapter{
		"prevent_destroy": {
			{main: item("a", "1"), plan: "create memory_item.a", then: remembersProtection(false)},
			{main: with("a", "1", "prevent_destroy = true"), plan: "", then: remembersProtection(true)},
			{main: "locals {}\n", planErr: "Resource must not be destroyed && memory_item.a"},
			{main: with("a", "1", "prevent_destroy = true"), mode: plan.Destroy, planErr: "Resource must not be destroyed"},
			{main: with("a", "1", "prevent_destroy = true\n    enabled = false"), planErr: "Resource must not be destroyed"},
			{main: with("a", "1", "prevent_destroy = true"), replace: "memory_item.a", planErr: "main.cw.hcl:1,1-27: Resource must not be destroyed"},
			{main: with("a", "1", "prevent_destroy = true", "shelf = \"s\""), planErr: "Resource must not be destroyed"},
			{main: with("a", "1", "prevent_destroy = false"), plan: "", then: remembersProtection(false)},
			{main: "locals {}\n", plan: "delete memory_item.a (delete_because_no_resource_config)"},
		},
		"prevent_destroy is an expression": {
			{main: "resource \"memory_item\" \"a\" {\n  for_each = toset([\"x\", \"y\"])\n  name = each.key\n  lifecycle { prevent_destroy = each.key == \"x\" }\n}\n", plan: "-"},
			{main: "resource \"memory_item\" \"a\" {\n  for_each = toset([\"x\"])\n  name = each.key\n  lifecycle { prevent_destroy = each.key == \"x\" }\n}\n", plan: `delete memory_item.a["y"] (delete_because_each_key)`},
			{main: "resource \"memory_item\" \"a\" {\n  for_each = toset([])\n  name = each.key\n  lifecycle { prevent_destroy = each.key == \"x\" }\n}\n", planErr: `memory_item.a["x"]`},
			{main: "resource \"memory_item\" \"a\" {\n  for_each = toset([])\n  name = each.key\n  lifecycle { prevent_destroy = false }\n}\n", plan: `delete memory_item.a["x"] (delete_because_each_key)`},
		},
		"a protected thing that is gone can be forgotten": {
			{main: with("a", "1", "prevent_destroy = true"), plan: "create memory_item.a"},
			{main: "locals {}\n", edit: removeItem("a"), plan: ""},
		},
		"description": {
			{main: with("a", "1", ""), plan: "create memory_item.a"},
			{main: with("a", "1", "", "description = \"what it is for\""), plan: "", then: func(t *testing.T, p *coretest.Project) {
				if got := object(t, p, "memory_item.a").Description; got != "what it is for" {
					t.Errorf("the state remembers %q", got)
				}
			}},
		},
		"ignore_changes of an argument": {
			{main: with("a", "1", "ignore_changes = [value]"), plan: "create memory_item.a"},
			{main: with("a", "2", "ignore_changes = [value]"), plan: ""},
			{edit: setValue("a", "by hand"), plan: ""},
			{main: with("a", "2", "ignore_changes = []"), plan: "update memory_item.a"},
		},
		"ignore_changes of a key and of an index": {
			{main: with("a", "1", "ignore_changes = [tags[\"x\"], part[0].size]", `tags = { x = "1", y = "1" }`, "part {", `name = "p"`, `size = "1"`, "}"), plan: "create memory_item.a"},
			{main: with("a", "1", "ignore_changes = [tags[\"x\"], part[0].size]", `tags = { x = "2", y = "1" }`, "part {", `name = "p"`, `size = "2"`, "}"), plan: ""},
			{main: with("a", "1", "ignore_changes = [tags.x, part[0].size]", `tags = { y = "2" }`, "part {", `name = "p"`, `size = "2"`, "}"), plan: "update memory_item.a", then: func(t *testing.T, p *coretest.Project) {
				a, _ := p.World.Item(ns, "a")
				if a.Tags["x"] != "1" || a.Tags["y"] != "2" || *a.Parts[0].Size != 1 {
					t.Errorf("a is %+v", a)
				}
			}},
		},
		"ignore_changes of all": {
			{main: with("a", "1", "ignore_changes = all"), plan: "create memory_item.a"},
			{main: with("a", "2", "ignore_changes = all", "kind = \"fragile\""), plan: ""},
			{replace: "memory_item.a", plan: "delete-create memory_item.a (requested)", then: func(t *testing.T, p *coretest.Project) {
				if a, _ := p.World.Item(ns, "a"); *a.Value != "1" && *a.Value != "2" {
					t.Errorf("a is %+v", a)
				}
			}},
		},
		"ignore_changes of what is not known": {
			{main: with("a", "1", "ignore_changes = [value]"), plan: "create memory_item.a"},
			{main: item("b", "1") + strings.Replace(with("a", "1", "ignore_changes = [value]"), `"1"`, "memory_item.b.id", 1), plan: "create memory_item.b"},
		},
		"replace_triggered_by": {
			{main: item("b", "1") + with("r", "1", "replace_triggered_by = [memory_item.b]") + with("v", "1", "replace_triggered_by = [memory_item.b.value]") + with("t", "1", "replace_triggered_by = [memory_item.b.tags]"), plan: "-"},
			{main: item("b", "2") + with("r", "1", "replace_triggered_by = [memory_item.b]") + with("v", "1", "replace_triggered_by = [memory_item.b.value]") + with("t", "1", "replace_triggered_by = [memory_item.b.tags]"),
				plan: "update memory_item.b; delete-create memory_item.r (replace_triggered_by); delete-create memory_item.v (replace_triggered_by)"},
			{main: item("b", "2") + with("r", "1", "replace_triggered_by = [memory_item.b]") + with("v", "1", "replace_triggered_by = [memory_item.b.value]") + with("t", "1", "replace_triggered_by = [memory_item.b.tags]"), edit: removeItem("b"),
				plan: "create memory_item.b"},
		},
		"replace_triggered_by an instance": {
			{main: "resource \"memory_item\" \"b\" {\n  count = 2\n  name = \"b${count.index}\"\n  value = \"1\"\n}\nresource \"memory_item\" \"a\" {\n  count = 2\n  name = \"a${count.index}\"\n  lifecycle { replace_triggered_by = [memory_item.b[count.index]] }\n}\n" + with("one", "1", "replace_triggered_by = [memory_item.b[1].value]") + with("any", "1", "replace_triggered_by = [memory_item.b]"), plan: "-"},
			{edit: setValue("b0", "by hand"), plan: "delete-create memory_item.a[0] (replace_triggered_by); delete-create memory_item.any (replace_triggered_by); update memory_item.b[0]"},
			{edit: setValue("b1", "by hand"), plan: "delete-create memory_item.a[1] (replace_triggered_by); delete-create memory_item.any (replace_triggered_by); update memory_item.b[1]; delete-create memory_item.one (replace_triggered_by)"},
		},
		"conditions": {
			{main: with("a", "1", "precondition {\n condition = var.n > 1\n error_message = \"n is ${var.n}\"\n }\n postcondition {\n condition = self.value == \"1\"\n error_message = \"value is ${self.value}\"\n }") + "variable \"n\" { default = 1 }\n", planErr: "main.cw.hcl:7,14-23: Resource precondition failed && n is 1"},
			{vars: []string{"n=2"}, plan: "create memory_item.a"},
			{main: with("a", "2", "postcondition {\n condition = self.value == \"1\"\n error_message = \"value is ${self.value}\"\n }"), planErr: "Resource postcondition failed && value is 2"},
		},
		"conditions that are known only in apply": {
			{main: item("b", "1") + with("a", "${memory_item.b.id}", "precondition {\n condition = memory_item.b.id == \"x\"\n error_message = \"wrong b\"\n }"), plan: "-", applyErr: "Resource precondition failed && wrong b", then: items(ns, "b")},
			{main: item("b", "1") + with("a", "${memory_item.b.id}", "postcondition {\n condition = self.id == \"x\"\n error_message = \"wrong a\"\n }") + "resource \"memory_item\" \"c\" {\n  name = \"c\"\n  value = memory_item.a.id\n}\n", plan: "-", applyErr: "Resource postcondition failed && wrong a", then: items(ns, "a", "b")},
		},
		"a precondition that is known only in apply, of what is all known itself": {
			{main: item("b", "1") + with("a", "1", "precondition {\n condition = memory_item.b.id == \"x\"\n error_message = \"wrong b\"\n }"), plan: "create memory_item.a; create memory_item.b", applyErr: "wrong b", then: items(ns, "b")},
		},
		"create_before_destroy reaches what is depended on": {
			{main: "resource \"memory_shelf\" \"s\" { name = \"s1\" }\n" + strings.Replace(with("a", "1", "create_before_destroy = true", "shelf = memory_shelf.s.name"), `name = "a"`, `name = "a1"`, 1), plan: "-"},
			{main: "resource \"memory_shelf\" \"s\" { name = \"s2\" }\n" + strings.Replace(with("a", "1", "create_before_destroy = true", "shelf = memory_shelf.s.name"), `name = "a"`, `name = "a2"`, 1), plan: "create-delete memory_item.a (cannot_update); create-delete memory_shelf.s (cannot_update)", then: items(ns, "a2")},
		},
		"unknown values force a replacement": {
			{main: item("b", "1") + "resource \"memory_item\" \"a\" {\n  name = \"a\"\n  shelf = null\n}\n", plan: "-"},
			{main: item("b", "1") + "resource \"memory_shelf\" \"s\" { name = \"s-${memory_item.b.id}\" }\nresource \"memory_item\" \"a\" {\n  name = \"a\"\n  shelf = memory_shelf.s.name\n}\n", plan: "delete-create memory_item.a (cannot_update); create memory_shelf.s"},
		},
	} {
		t.Run(name, func(t *testing.T) { tell(t, story) })
	}
}

func TestTaintedAndDeposed(t *testing.T) {
	cbd := func(name string) string {
		return strings.Replace(with("a", "1", "create_before_destroy = true"), `name = "a"`, `name = "`+name+`"`, 1)
	}
	for name, story := range map[string][]chapter{
		"two deposed": {
			{main: cbd("one"), plan: "create memory_item.a"},
			{main: cbd("two"), edit: inject(memory.Fault{Op: memory.OpDelete, Name: "one", Times: 2, Message: "in use"}), plan: "-", applyErr: "in use"},
			{main: cbd("three"), edit: inject(memory.Fault{Op: memory.OpDelete, Name: "two", Times: 1, Message: "in use"}), plan: "-", applyErr: "in use",
				then: func(t *testing.T, p *coretest.Project) {
					if got := p.Addresses(); len(got) != 3 {
						t.Errorf("the state holds %v", got)
					}
				}},
			{plan: "-", then: items(ns, "three")},
			{mode: plan.Destroy, plan: "delete memory_item.a", then: items(ns)},
		},
		"destroy takes the deposed along": {
			{main: cbd("one"), plan: "create memory_item.a"},
			{main: cbd("two"), edit: inject(memory.Fault{Op: memory.OpDelete, Name: "one", Times: 1, Message: "in use"}), plan: "-", applyErr: "in use"},
			{mode: plan.Destroy, plan: "-", then: items(ns)},
		},
		"tainted, create before destroy": {
			{main: cbd("one"), edit: inject(memory.Fault{Op: memory.OpCreate, When: memory.HalfWay, Times: 1, Message: "broke"}), plan: "-", applyErr: "broke"},
			{main: cbd("two"), plan: "create-delete memory_item.a (tainted)", then: items(ns, "two")},
		},
		"tainted and gone": {
			{main: item("a", "1"), edit: inject(memory.Fault{Op: memory.OpCreate, When: memory.HalfWay, Times: 1, Message: "broke"}), plan: "-", applyErr: "broke"},
			{edit: removeItem("a"), plan: "create memory_item.a"},
		},
	} {
		t.Run(name, func(t *testing.T) { tell(t, story) })
	}
}
