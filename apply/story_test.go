package apply_test

import (
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// chapter is one change of a project: its configuration or its world is edited,
// then it is planned, and unless something must be refused, applied.
type chapter struct {
	main      string            // main.cw.hcl; "" leaves it
	files     map[string]string // others
	vars      []string
	edit      func(*testing.T, *coretest.Project)
	mode      plan.Mode
	target    string // separated by spaces
	exclude   string
	replace   string
	restart   string
	noRead    bool   // -refresh=false
	plan      string // as coretest.Summary writes it; "-" does not look
	planErr   string // what the plan's errors must contain, separated by " && "
	applyErr  string
	warn      string // what the plan's warnings must contain
	unsettled bool   // changes are left after the apply
	then      func(*testing.T, *coretest.Project)
}

func (c chapter) options(p *coretest.Project) plan.Options {
	opts := plan.Options{Mode: c.mode, SkipRefresh: c.noRead}
	for _, t := range strings.Fields(c.target) {
		opts.Targets = append(opts.Targets, p.Target(t))
	}
	for _, t := range strings.Fields(c.exclude) {
		opts.Excludes = append(opts.Excludes, p.Target(t))
	}
	for _, t := range strings.Fields(c.replace) {
		i, err := addr.ParseInstance(t)
		if err != nil {
			p.Fatal(err)
		}
		opts.Replaces = append(opts.Replaces, i)
	}
	for _, t := range strings.Fields(c.restart) {
		i, err := addr.ParseInstance(t)
		if err != nil {
			p.Fatal(err)
		}
		opts.Restarts = append(opts.Restarts, i)
	}
	return opts
}

func tell(t *testing.T, story []chapter) {
	p := coretest.New(t, "")
	for i, c := range story {
		if c.main != "" {
			p.Files["main.cw.hcl"] = c.main
		}
		for name, src := range c.files {
			p.Files[name] = src
		}
		p.Vars = c.vars
		if c.edit != nil {
			c.edit(t, p)
		}
		opts := c.options(p)
		made, diags := p.TryPlan(opts)
		if c.planErr != "" {
			if !diags.HasErrors() {
				t.Fatalf("chapter %d: planned without error: %s", i, coretest.Summary(made))
			}
			contains(t, i, diags.Error(), c.planErr)
			continue
		}
		if diags.HasErrors() {
			t.Fatalf("chapter %d: plan: %v", i, diags)
		}
		if c.warn != "" {
			contains(t, i, diags.Error(), c.warn)
		}
		if got := coretest.Summary(made); got != c.plan && c.plan != "-" {
			t.Fatalf("chapter %d: the plan is\n%s\nnot\n%s", i, got, c.plan)
		}
		_, diags = p.TryRun(opts)
		if c.applyErr != "" {
			if !diags.HasErrors() {
				t.Fatalf("chapter %d: applied without error", i)
			}
			contains(t, i, diags.Error(), c.applyErr)
		} else if diags.HasErrors() {
			t.Fatalf("chapter %d: apply: %v", i, diags)
		} else if opts.Mode == plan.Normal && c.target == "" && c.exclude == "" && !c.unsettled {
			if after, diags := p.TryPlan(plan.Options{}); diags.HasErrors() || after.HasChanges() || len(after.Drift)+len(after.Refreshed) > 0 {
				t.Fatalf("chapter %d: after the apply there are still changes: %s %v, drift %v, refreshed %v", i, coretest.Summary(after), diags, after.Drift, after.Refreshed)
			}
		}
		if c.then != nil {
			c.then(t, p)
		}
	}
}

func contains(t *testing.T, chapter int, got, want string) {
	t.Helper()
	for _, w := range strings.Split(want, " && ") {
		if !strings.Contains(got, w) {
			t.Fatalf("chapter %d: %q is not in\n%s", chapter, w, got)
		}
	}
}

const ns = memory.DefaultNamespace

// items checks which items there are, in one namespace.
func items(namespace string, names ...string) func(*testing.T, *coretest.Project) {
	return func(t *testing.T, p *coretest.Project) {
		t.Helper()
		if got, want := strings.Join(p.World.Items(namespace), " "), strings.Join(names, " "); got != want {
			t.Errorf("in %s there are %q, not %q", namespace, got, want)
		}
	}
}

func removeItem(name string) func(*testing.T, *coretest.Project) {
	return func(_ *testing.T, p *coretest.Project) { p.World.RemoveItem(ns, name) }
}

func setValue(name, value string) func(*testing.T, *coretest.Project) {
	return func(_ *testing.T, p *coretest.Project) {
		p.World.EditItem(ns, name, func(i *memory.Item) { i.Value = &value })
	}
}

func inject(f memory.Fault) func(*testing.T, *coretest.Project) {
	return func(_ *testing.T, p *coretest.Project) { p.World.Inject(f) }
}

func counted(n string) string {
	return "resource \"memory_item\" \"a\" {\n  count = " + n + "\n  name = \"a${count.index}\"\n}\n"
}

func each(set string) string {
	return "resource \"memory_item\" \"a\" {\n  for_each = " + set + "\n  name = \"a-${each.key}\"\n  value = each.value\n}\n"
}

func TestRepetition(t *testing.T) {
	for name, story := range map[string][]chapter{
		"count grows and shrinks": {
			{main: counted("1"), plan: "create memory_item.a[0]"},
			{main: counted("3"), plan: "create memory_item.a[1]; create memory_item.a[2]"},
			{main: counted("2"), plan: "delete memory_item.a[2] (delete_because_count_index)"},
			{main: counted("0"), plan: "delete memory_item.a[0] (delete_because_count_index); delete memory_item.a[1] (delete_because_count_index)", then: items(ns)},
			{main: counted("\"2\""), plan: "create memory_item.a[0]; create memory_item.a[1]"},
		},
		"keys come and go": {
			{main: each(`{ x = "1", y = "2" }`), plan: `create memory_item.a["x"]; create memory_item.a["y"]`},
			{main: each(`{ y = "2", z = "3" }`), plan: `delete memory_item.a["x"] (delete_because_each_key); create memory_item.a["z"]`},
			{main: each(`toset(["y"])`), plan: `update memory_item.a["y"]; delete memory_item.a["z"] (delete_because_each_key)`},
			{main: each(`{}`), plan: `delete memory_item.a["y"] (delete_because_each_key)`},
			{main: each(`toset([])`), plan: ``},
		},
		"count comes and goes": {
			{main: item("a", "1"), plan: "create memory_item.a"},
			{main: "resource \"memory_item\" \"a\" {\n  count = 2\n  name = count.index == 0 ? \"a\" : \"b\"\n  value = \"1\"\n}\n", plan: "create memory_item.a[1]", then: items(ns, "a", "b")},
			{main: item("a", "1"), plan: "delete memory_item.a[1] (delete_because_wrong_repetition)", then: items(ns, "a")},
		},
		"count comes, and what it was is gone": {
			{main: item("a0", "1"), plan: "create memory_item.a0"},
			{main: "resource \"memory_item\" \"a0\" {\n  count = 1\n  name = \"a0\"\n}\n", edit: removeItem("a0"), plan: "create memory_item.a0[0]"},
		},
		"count becomes for_each": {
			{main: counted("2"), plan: "create memory_item.a[0]; create memory_item.a[1]"},
			{main: each(`{ x = "1" }`), plan: `delete memory_item.a[0] (delete_because_wrong_repetition); delete memory_item.a[1] (delete_because_wrong_repetition); create memory_item.a["x"]`},
		},
		"enabled": {
			{main: item("a", "1"), plan: "create memory_item.a"},
			{main: "variable \"on\" { default = true }\nresource \"memory_item\" \"a\" {\n  name = \"a\"\n  value = \"1\"\n  lifecycle { enabled = var.on }\n}\noutput \"o\" { value = try(memory_item.a.id, \"off\") }\n", vars: []string{"on=true"}, plan: "create output.o"},
			{vars: []string{"on=false"}, plan: "delete memory_item.a (delete_because_disabled); update output.o"},
			{vars: []string{"on=false"}, plan: ""},
			{vars: []string{"on=true"}, plan: "create memory_item.a; update output.o"},
		},
		"errors": {
			{main: counted("-1"), planErr: "main.cw.hcl:2,11-13: Invalid count argument"},
			{main: counted("1.5"), planErr: "whole number"},
			{main: counted("null"), planErr: "The value of count is null"},
			{main: counted("\"x\""), planErr: "main.cw.hcl:2,"},
			{main: item("b", "1") + "resource \"memory_item\" \"a\" {\n  count = length(memory_item.b.id)\n  name = \"a\"\n}\n", planErr: "Invalid count argument && memory_item.a && known only after apply"},
			{main: each(`["x"]`), planErr: "Invalid for_each argument && toset()"},
			{main: each(`"x"`), planErr: "Invalid for_each argument && string"},
			{main: each(`null`), planErr: "The value of for_each is null"},
			{main: each(`toset(["x", null])`), planErr: "holds null"},
			{main: each(`toset([1, 2])`), planErr: "set of strings"},
			{main: each(`sensitive({ x = "1" })`), planErr: "The value of for_each is sensitive"},
			{main: item("b", "1") + each(`toset([memory_item.b.id])`), planErr: "The keys of for_each depend on"},
			{main: item("b", "1") + each(`{ x = memory_item.b.id }`), plan: `create memory_item.a["x"]; create memory_item.b`},
			{main: "resource \"memory_item\" \"a\" {\n  name = \"a\"\n  lifecycle { enabled = null }\n}\n", planErr: "Invalid enabled argument"},
		},
		"a sensitive count": {
			{main: counted("sensitive(1)"), plan: "create memory_item.a[0]"},
		},
		"dynamic blocks": {
			{main: "variable \"parts\" { type = map(string) }\nresource \"memory_item\" \"a\" {\n  name = \"a\"\n  dynamic \"part\" {\n    for_each = var.parts\n    iterator = it\n    content {\n      name = it.key\n      size = it.value\n    }\n  }\n}\n", vars: []string{`parts={ lid = "1k", box = "2" }`}, plan: "create memory_item.a"},
			{vars: []string{`parts={ lid = "1024", box = "2" }`}, plan: ""},
			{vars: []string{`parts={ lid = "1024" }`}, plan: "update memory_item.a"},
		},
		"a dynamic block that is not known yet": {
			{main: item("b", "x") + "resource \"memory_item\" \"a\" {\n  name = \"a\"\n  dynamic \"part\" {\n    for_each = toset([for n in [\"x\", \"y\", \"z\"] : n if memory_item.b.id != n])\n    content { name = part.value }\n  }\n}\n", plan: "create memory_item.a; create memory_item.b",
				then: func(t *testing.T, p *coretest.Project) {
					if a, _ := p.World.Item(ns, "a"); len(a.Parts) != 3 {
						t.Errorf("a has the parts %v", a.Parts)
					}
				}},
		},
		"one mistake in many instances is one": {
			{main: "resource \"memory_item\" \"a\" {\n  count = 50\n  name = \"a${count.index}\"\n  nmae = 1\n}\n", planErr: "nmae",
				then: nil},
		},
	} {
		t.Run(name, func(t *testing.T) { tell(t, story) })
	}
}
