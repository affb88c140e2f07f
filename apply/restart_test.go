package apply_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// restarted checks how often a has been restarted, and that it is the same
// object as ever.
func restarted(times int) func(*testing.T, *coretest.Project) {
	return func(t *testing.T, p *coretest.Project) {
		t.Helper()
		if a, ok := p.World.Item(ns, "a"); !ok || a.Restarts != times || a.Revision != 1 {
			t.Errorf("a exists: %v, restarts %d, revision %d", ok, a.Restarts, a.Revision)
		}
	}
}

func TestRestart(t *testing.T) {
	const it, planned = "memory_item.a", "restart memory_item.a"
	counted := "resource \"memory_item\" \"a\" {\n  count = 2\n  name  = \"a${count.index}\"\n}\n"
	user := "resource \"memory_item\" \"b\" {\n  name = \"b\"\n  value = memory_item.a.id\n  lifecycle {\n    replace_triggered_by = [memory_item.a]\n  }\n}\n"
	for name, story := range map[string][]chapter{
		"one": {
			{main: item("a", "1") + item("b", "1"), plan: "-"},
			{restart: it, plan: planned, then: restarted(1)},
			{restart: it, plan: planned, then: restarted(2)},
			{plan: ""},
		},
		"without reading":       {{main: item("a", "1"), plan: "-"}, {restart: it, noRead: true, plan: planned, then: restarted(1)}},
		"with its users":        {{main: item("a", "1") + user, plan: "-"}, {restart: it, plan: planned, then: restarted(1)}},
		"of a target":           {{main: item("a", "1") + item("b", "1"), plan: "-"}, {restart: it, target: it, plan: planned, then: restarted(1)}},
		"of what is left out":   {{main: item("a", "1") + item("b", "1"), plan: "-"}, {restart: it, target: "memory_item.b", plan: ""}},
		"of an instance":        {{main: counted, plan: "-"}, {restart: it + "[1]", plan: planned + "[1]"}},
		"of what is to change":  {{main: item("a", "1"), plan: "-"}, {main: item("a", "2"), restart: it, plan: "update memory_item.a"}},
		"of what has drifted":   {{main: item("a", "1"), plan: "-"}, {edit: setValue("a", "by hand"), restart: it, plan: "update memory_item.a"}},
		"of what is new":        {{main: item("a", "1"), restart: it, plan: "create memory_item.a"}},
		"of what is to go":      {{main: item("a", "1"), plan: "-"}, {main: "locals {}", restart: it, plan: "delete memory_item.a (delete_because_no_resource_config)"}},
		"of what is to be new":  {{main: item("a", "1"), plan: "-"}, {restart: it, replace: it, plan: "delete-create memory_item.a (requested)"}},
		"of what is not needed": {{main: "resource \"memory_shelf\" \"a\" {\n  name = \"a\"\n}\n", plan: "-"}, {restart: "memory_shelf.a", planErr: "Resource cannot be restarted && memory_shelf"}},
		"of what has gone": {
			{main: item("a", "1"), plan: "-"},
			{edit: func(t *testing.T, p *coretest.Project) { p.World.RemoveItem(ns, "a") }, restart: it, plan: "create memory_item.a"},
		},
		"of what goes meanwhile": {
			{main: item("a", "1"), plan: "-"},
			{edit: func(t *testing.T, p *coretest.Project) { p.World.RemoveItem(ns, "a") }, restart: it, noRead: true, plan: planned, applyErr: "Item is gone"},
			{plan: "create memory_item.a"},
		},
		"that fails": {
			{main: item("a", "1"), plan: "-"},
			{edit: inject(memory.Fault{Op: memory.OpRestart, Times: 1, Message: "no"}), restart: it, plan: planned, applyErr: "no"},
			{plan: "", then: restarted(0)},
			{restart: it, plan: planned, then: restarted(1)},
		},
		"and what only the state learns": {
			{main: item("a", "1"), plan: "-"},
			{main: "resource \"memory_item\" \"a\" {\n  description = \"about a\"\n  name = \"a\"\n  value = \"1\"\n}\n", restart: it, plan: planned,
				then: func(t *testing.T, p *coretest.Project) {
					restarted(1)(t, p)
					if got := object(t, p, it).Description; got != "about a" {
						t.Errorf("described as %q", got)
					}
				}},
		},
	} {
		t.Run(name, func(t *testing.T) { tell(t, story) })
	}
}
