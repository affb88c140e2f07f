package apply_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/state"
)

func TestOutputs(t *testing.T) {
	out := func(expr string) string { return item("a", "1") + "output \"o\" {\n  value = " + expr + "\n}\n" }
	kept := func(want string) func(*testing.T, *coretest.Project) {
		return func(t *testing.T, p *coretest.Project) {
			t.Helper()
			o, ok := p.State().Outputs["o"]
			if got := string(o.Value); ok != (want != "") || got != want {
				t.Errorf("the state holds %q, not %q", got, want)
			}
		}
	}
	for name, story := range map[string][]chapter{
		"come, change and go": {
			{main: out("1"), plan: "create memory_item.a; create output.o", then: kept("1")},
			{main: out("2"), plan: "update output.o", then: kept("2")},
			{main: out("null"), plan: "delete output.o", then: kept("")},
			{main: out("null"), plan: ""},
			{main: out("[1]"), plan: "create output.o", then: kept("[1]")},
			{main: item("a", "1"), plan: "delete output.o", then: kept("")},
		},
		"null only in apply": {
			{main: out(`memory_item.a.id == "" ? "x" : null`), plan: "create memory_item.a; create output.o", then: kept("")},
		},
		"numbers": {
			{main: out(`{ third = 1 / 3, big = 123456789012345678901234567890, small = 1e-30 }`), plan: "create memory_item.a; create output.o"},
			{plan: ""},
		},
		"sensitive": {
			{main: out("sensitive(1)"), planErr: "main.cw.hcl:6,11-23: Output refers to sensitive values"},
			{main: out("sensitive(1)\n  sensitive = true"), plan: "create memory_item.a; create output.o"},
			{main: out("1"), plan: "update output.o"},
			{main: out("1\n  sensitive = true"), plan: "update output.o"},
			{main: out("null\n  sensitive = false"), plan: "delete output.o"},
		},
		"of what failed": {
			{main: out("memory_item.a.value"), plan: "-", then: kept(`"1"`)},
			{main: strings.Replace(out("memory_item.a.value"), `"1"`, `"2"`, 1) + item("b", "1") + "output \"p\" { value = memory_item.b.value }\n", edit: inject(memory.Fault{Op: memory.OpUpdate, Times: 1, Message: "no"}), plan: "-", applyErr: "no", then: func(t *testing.T, p *coretest.Project) {
				kept(`"1"`)(t, p)
				if got := string(p.State().Outputs["p"].Value); got != `"1"` {
					t.Errorf("p is %q", got)
				}
			}},
			{plan: "update memory_item.a; update output.o", then: kept(`"2"`)},
		},
		"preconditions": {
			{main: out("1\n  precondition {\n    condition = memory_item.a.id == \"\"\n    error_message = \"no good\"\n  }"), plan: "-", applyErr: "Module output value precondition failed && no good", then: kept("")},
		},
	} {
		t.Run(name, func(t *testing.T) { tell(t, story) })
	}
}

func TestSensitivity(t *testing.T) {
	secret := "variable \"s\" {\n  sensitive = true\n  default = \"hush\"\n}\n"
	cfg := func(value string) string {
		return secret + "resource \"memory_item\" \"a\" {\n  name = \"a\"\n  value = " + value + "\n  tags = { x = " + value + ", y = \"1\" }\n}\n"
	}
	p := coretest.New(t, cfg("var.s"))
	made := p.Plan(plan.Options{})
	check := func(what string, v cty.Value) {
		t.Helper()
		tags, _ := v.GetAttr("tags").Unmark()
		if !marks.IsSensitive(v.GetAttr("value")) || !marks.IsSensitive(tags.Index(cty.StringVal("x"))) || !marks.HoldsSensitive(v.GetAttr("checksum")) {
			t.Errorf("%s: the marks are lost: %#v", what, v)
		}
	}
	check("planned", made.Changes[0].After)
	raw, err := plan.Encode(made)
	if err != nil {
		t.Fatal(err)
	}
	again, err := plan.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	check("saved", again.Changes[0].After)
	p.Run(plan.Options{})
	if got := object(t, p, "memory_item.a").Sensitive; len(got) == 0 {
		t.Fatalf("the state notes no secrets")
	}
	p.Files["main.cw.hcl"] = "locals {}\n"
	check("stored", p.Plan(plan.Options{}).Changes[0].Before)

	// Only the secrecy changes.
	p.Files["main.cw.hcl"] = cfg(`"hush"`)
	if got := coretest.Summary(p.Plan(plan.Options{})); got != "" {
		t.Fatal(got)
	}
	p.Run(plan.Options{})
	if got := object(t, p, "memory_item.a").Sensitive; len(got) != 0 {
		t.Errorf("still secret: %s", got)
	}
	p.Files["main.cw.hcl"] = cfg("var.s")
	p.Run(plan.Options{})
	if got := object(t, p, "memory_item.a").Sensitive; len(got) == 0 {
		t.Errorf("not secret again")
	}
}

// rewrite changes what the state holds of one object, as another version of
// Clockwork might have written it.
func rewrite(p *coretest.Project, address string, edit func(*state.Object)) {
	p.Helper()
	store := p.Open()
	defer store.Close()
	for key, o := range store.State().Objects {
		if key.String() == address {
			next := *o
			edit(&next)
			if err := store.Commit(state.Change{Set: map[state.ObjectKey]*state.Object{key: &next}}); err != nil {
				p.Fatal(err)
			}
		}
	}
	if err := store.Checkpoint(); err != nil {
		p.Fatal(err)
	}
}

func attributes(p *coretest.Project, o *state.Object) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal(o.Attributes, &m); err != nil {
		p.Fatal(err)
	}
	return m
}

func asVersion0(p *coretest.Project) {
	rewrite(p, "memory_item.a", func(o *state.Object) {
		m := attributes(p, o)
		m["labels"] = m["tags"]
		delete(m, "tags")
		delete(m, "kind")
		o.Attributes, _ = json.Marshal(m)
		o.SchemaVersion = 0
	})
}

func TestUpgrade(t *testing.T) {
	cfg := "variable \"s\" {\n  sensitive = true\n  default = \"1\"\n}\nresource \"memory_item\" \"a\" {\n  name = \"a\"\n  value = \"v\"\n  tags = { x = var.s }\n}\n"
	for name, opts := range map[string]plan.Options{"refresh": {}, "no refresh": {SkipRefresh: true}, "refresh only": {Mode: plan.RefreshOnly}} {
		for _, drift := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, drift %v", name, drift), func(t *testing.T) {
				p := coretest.New(t, cfg)
				p.Run(plan.Options{})
				asVersion0(p)
				if drift {
					setValue("a", "by hand")(t, p)
				}
				if _, diags := p.TryRun(opts); diags.HasErrors() {
					t.Fatal(diags)
				}
				p.Run(plan.Options{})
				o := object(t, p, "memory_item.a")
				if m := attributes(p, &o); o.SchemaVersion != 1 || string(m["tags"]) != `{"x":"1"}` || m["labels"] != nil {
					t.Errorf("version %d: %s", o.SchemaVersion, o.Attributes)
				}
				if len(o.Sensitive) == 0 {
					t.Error("the secret is not one any more")
				}
			})
		}
	}
	t.Run("kept secret", func(t *testing.T) {
		p := coretest.New(t, cfg)
		p.Run(plan.Options{})
		rewrite(p, "memory_item.a", func(o *state.Object) {
			o.Sensitive = []json.RawMessage{json.RawMessage(`[{"a":"labels"},"x"]`)}
		})
		asVersion0(p)
		p.Files["main.cw.hcl"] = "locals {}\n"
		before := p.Plan(plan.Options{}).Changes[0].Before
		if !marks.HoldsSensitive(before.GetAttr("tags")) {
			t.Errorf("the tags can be seen: %#v", before)
		}
	})
	t.Run("a failed delete", func(t *testing.T) {
		p := coretest.New(t, cfg)
		p.Run(plan.Options{})
		asVersion0(p)
		p.Files["main.cw.hcl"] = "locals {}\n"
		p.World.Inject(memory.Fault{Op: memory.OpDelete, Times: 1, Message: "in use"})
		if _, diags := p.TryRun(plan.Options{}); !diags.HasErrors() {
			t.Fatal("no error")
		}
		o := object(t, p, "memory_item.a")
		if m := attributes(p, &o); o.SchemaVersion != 1 || string(m["tags"]) != `{"x":"1"}` {
			t.Errorf("version %d: %s", o.SchemaVersion, o.Attributes)
		}
	})
	t.Run("left out", func(t *testing.T) {
		p := coretest.New(t, cfg+item("b", "1")+"output \"o\" {\n  value = memory_item.a.tags\n  sensitive = true\n}\n")
		p.Run(plan.Options{})
		asVersion0(p)
		if got := coretest.Summary(p.Plan(plan.Options{Excludes: []addr.Target{p.Target("memory_item.a")}})); got != "" {
			t.Error(got)
		}
	})
	t.Run("newer", func(t *testing.T) {
		p := coretest.New(t, cfg)
		p.Run(plan.Options{})
		rewrite(p, "memory_item.a", func(o *state.Object) { o.SchemaVersion = 9 })
		if _, diags := p.TryPlan(plan.Options{}); !strings.Contains(diags.Error(), "State is newer than the provider") {
			t.Error(diags)
		}
	})
	t.Run("attributes missing", func(t *testing.T) {
		p := coretest.New(t, item("a", "1"))
		p.Run(plan.Options{})
		rewrite(p, "memory_item.a", func(o *state.Object) { o.Attributes = json.RawMessage(`{"name":"a","value":"1","gone":true}`) })
		p.Run(plan.Options{})
	})
}

func TestRollback(t *testing.T) {
	p := coretest.New(t, `
resource "memory_shelf" "s" { name = "s" }
resource "memory_item" "a" {
  name  = "a"
  shelf = memory_shelf.s.name
  part { name = "lid" }
}
resource "memory_item" "b" {
  name  = "b"
  value = "1"
}
output "v" { value = memory_item.b.value }
`)
	p.Run(plan.Options{})
	then := p.State()
	p.Files["main.cw.hcl"] = item("b", "2") + item("c", "1") + "output \"w\" { value = 1 }\n"
	p.Run(plan.Options{})

	store := p.Open()
	defer store.Close()
	in, diags := p.Input(store)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, ds := plan.MakeRollback(gone, in, then, plan.Options{}); len(ds) != 1 || ds[0].Summary != "Planning was interrupted" {
		t.Errorf("an interrupted rollback says %v", ds)
	}
	for name, some := range map[string]struct {
		opts plan.Options
		want string
	}{
		"one":      {plan.Options{Targets: []addr.Target{p.Target("memory_item.b")}}, "update memory_item.b"},
		"gone":     {plan.Options{Targets: []addr.Target{p.Target("memory_shelf.s")}}, "create memory_shelf.s"},
		"new":      {plan.Options{Targets: []addr.Target{p.Target("memory_item.c"), p.Target("memory_item.b")}}, "update memory_item.b; delete memory_item.c"},
		"instance": {plan.Options{Targets: []addr.Target{p.Target("memory_item.b[0]")}}, ""},
		"others":   {plan.Options{Excludes: []addr.Target{p.Target("memory_item.b"), p.Target("memory_item.a")}}, "delete memory_item.c; create memory_shelf.s"},
	} {
		made, ds := plan.MakeRollback(context.Background(), in, then, some.opts)
		if got := coretest.Summary(made); got != some.want || len(made.Outputs) != 0 || len(ds) != 0 {
			t.Errorf("%s: %q, outputs %v, %v", name, got, made.Outputs, ds)
		}
	}
	made, ds := plan.MakeRollback(context.Background(), in, then, plan.Options{})
	if diags = append(diags, ds...); diags.HasErrors() {
		t.Fatal(diags)
	}
	if got, want := coretest.Summary(made), "create memory_item.a; update memory_item.b; delete memory_item.c; create memory_shelf.s; create output.v; delete output.w"; got != want {
		t.Fatal(got)
	}
	if _, diags = apply.Run(context.Background(), apply.Input{Input: in, Plan: made, Store: store}, apply.Options{}); diags.HasErrors() {
		t.Fatal(diags)
	}
	items(ns, "a", "b")(t, p)
	if b, _ := p.World.Item(ns, "b"); *b.Value != "1" {
		t.Errorf("b is %+v", b)
	}
	if got := string(store.State().Outputs["v"].Value); got != `"1"` || len(store.State().Outputs) != 1 {
		t.Errorf("outputs %v", store.State().Outputs)
	}
}

// TestRollbackOfOne applies a way back for one object: all else is left alone.
func TestRollbackOfOne(t *testing.T) {
	cfg := func(value string) string {
		return item("a", value) + item("b", value) + "output \"v\" { value = memory_item.b.value }\n"
	}
	p := coretest.New(t, cfg("1"))
	p.Run(plan.Options{})
	then := p.State()
	p.Files["main.cw.hcl"] = cfg("2")
	p.Run(plan.Options{})

	store := p.Open()
	defer store.Close()
	in, diags := p.Input(store)
	made, ds := plan.MakeRollback(context.Background(), in, then, plan.Options{Targets: []addr.Target{p.Target("memory_item.a")}})
	if diags = append(diags, ds...); diags.HasErrors() {
		t.Fatal(diags)
	}
	if _, diags = apply.Run(context.Background(), apply.Input{Input: in, Plan: made, Store: store}, apply.Options{}); diags.HasErrors() {
		t.Fatal(diags)
	}
	for name, want := range map[string]string{"a": "1", "b": "2"} {
		if got, _ := p.World.Item(ns, name); *got.Value != want {
			t.Errorf("%s holds %s", name, *got.Value)
		}
	}
	if got := string(store.State().Outputs["v"].Value); got != `"2"` {
		t.Errorf("the output is %s", got)
	}
}

// naughty is a provider that does what it may not.
type naughty struct {
	providers.Provider
	providers.Planner
	providers.Upgrader
	read  func(cty.Value) (cty.Value, error)
	apply func(providers.ApplyRequest, cty.Value) (cty.Value, error)
	plan  func(cty.Value) (cty.Value, error)
}

func (n naughty) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	resp, err := n.Provider.Read(ctx, req)
	if n.read != nil && err == nil {
		resp.State, err = n.read(resp.State)
	}
	return resp, err
}

func (n naughty) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	resp, err := n.Provider.Apply(ctx, req)
	if n.apply != nil && err == nil && !resp.Diagnostics.HasErrors() {
		resp.State, err = n.apply(req, resp.State)
	}
	return resp, err
}

func (n naughty) Plan(ctx context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	resp, err := n.Planner.Plan(ctx, req)
	if n.plan != nil && err == nil {
		resp.Planned, err = n.plan(resp.Planned)
	}
	return resp, err
}

type oneProvider struct{ p providers.Provider }

func (f oneProvider) Schema(ctx context.Context, _ string) (*providers.Schema, error) {
	s, err := f.p.Schema(ctx)
	if err != nil {
		return nil, err
	}
	with := *s
	with.Capabilities = providers.CapabilitiesOf(f.p)
	return &with, nil
}

func (f oneProvider) Provider(context.Context, string) (providers.Provider, error) { return f.p, nil }

// runWith plans and applies with another provider.
func runWith(p *coretest.Project, with func(*naughty), opts plan.Options, a apply.Options, ctx context.Context) (apply.Result, diag.Diagnostics) {
	p.Helper()
	store := p.Open()
	defer store.Close()
	in, diags := p.Input(store)
	if diags.HasErrors() {
		return apply.Result{}, diags
	}
	inner, _ := in.Providers.Provider(ctx, "clockwork/memory")
	n := &naughty{Provider: inner, Planner: inner.(providers.Planner), Upgrader: inner.(providers.Upgrader)}
	with(n)
	in.Providers = oneProvider{n}
	made, ds := plan.Make(ctx, in, opts)
	if diags = append(diags, ds...); diags.HasErrors() {
		return apply.Result{}, diags
	}
	r, ds := apply.Run(ctx, apply.Input{Input: in, Plan: made, Store: store}, a)
	return r, append(diags, ds...)
}

func put(v cty.Value, name string, attr cty.Value) cty.Value {
	vals := v.AsValueMap()
	vals[name] = attr
	return cty.ObjectVal(vals)
}

func TestNaughtyProviders(t *testing.T) {
	broken := errors.New("the pipe broke")
	for name, c := range map[string]struct {
		with func(*naughty)
		want string
		// state is what the state says of memory_item.a, until the provider is
		// asked again.
		state string
	}{
		"read: another type": {func(n *naughty) { n.read = func(cty.Value) (cty.Value, error) { return cty.StringVal("x"), nil } }, "is not of the type memory_item", "old"},
		"read: unknown": {func(n *naughty) {
			n.read = func(v cty.Value) (cty.Value, error) { return put(v, "value", cty.UnknownVal(cty.String)), nil }
		}, "holds values that are not known", "old"},
		"read: no answer":    {func(n *naughty) { n.read = func(v cty.Value) (cty.Value, error) { return cty.NilVal, broken } }, "the pipe broke", "old"},
		"plan: another type": {func(n *naughty) { n.plan = func(cty.Value) (cty.Value, error) { return cty.True, nil } }, "is not an object of the type", "old"},
		"plan: nothing":      {func(n *naughty) { n.plan = func(cty.Value) (cty.Value, error) { return cty.NilVal, nil } }, "is not an object of the type", "old"},
		"plan: what is set": {func(n *naughty) {
			n.plan = func(v cty.Value) (cty.Value, error) { return put(v, "value", cty.StringVal("mine")), nil }
		}, `changes "value"`, "old"},
		"plan: no answer": {func(n *naughty) { n.plan = func(cty.Value) (cty.Value, error) { return cty.NilVal, broken } }, "the pipe broke", "old"},
		"apply: another type": {func(n *naughty) {
			n.apply = func(_ providers.ApplyRequest, v cty.Value) (cty.Value, error) { return cty.True, nil }
		}, "is not of the type memory_item", "old"},
		"apply: unknown": {func(n *naughty) {
			n.apply = func(_ providers.ApplyRequest, v cty.Value) (cty.Value, error) {
				return put(v, "id", cty.UnknownVal(cty.String)), nil
			}
		}, "holds values that are not known", "old"},
		"apply: what is set": {func(n *naughty) {
			n.apply = func(_ providers.ApplyRequest, v cty.Value) (cty.Value, error) {
				return put(v, "value", cty.StringVal("mine")), nil
			}
		}, `differs at "value" from what was planned`, "mine"},
		"apply: gone": {func(n *naughty) {
			n.apply = func(_ providers.ApplyRequest, v cty.Value) (cty.Value, error) { return cty.NullVal(v.Type()), nil }
		}, "Provider answered what it may not", "old"}, // nobody knows: it is asked again
		"apply: no answer": {func(n *naughty) {
			n.apply = func(_ providers.ApplyRequest, v cty.Value) (cty.Value, error) { return cty.NilVal, broken }
		}, "the pipe broke", "old"},
	} {
		t.Run(name, func(t *testing.T) {
			p := coretest.New(t, item("a", "old"))
			p.Run(plan.Options{})
			p.Files["main.cw.hcl"] = item("a", "new")
			_, diags := runWith(p, c.with, plan.Options{}, apply.Options{}, context.Background())
			all := diags.Error()
			for _, d := range diags {
				all += d.Address
			}
			for _, want := range []string{c.want, "clockwork/memory", "memory_item.a"} {
				if !diags.HasErrors() || !strings.Contains(all, want) {
					t.Errorf("%q is not in %s", want, all)
				}
			}
			o := object(t, p, "memory_item.a")
			if got := string(attributes(p, &o)["value"]); got != `"`+c.state+`"` {
				t.Errorf("the state says %s", got)
			}
			if _, diags := p.TryRun(plan.Options{}); diags.HasErrors() {
				t.Fatalf("a good provider: %v", diags)
			}
			if a, _ := p.World.Item(ns, "a"); *a.Value != "new" {
				t.Errorf("a is %+v", a)
			}
		})
	}
	t.Run("delete that is none", func(t *testing.T) {
		p := coretest.New(t, item("a", "old"))
		p.Run(plan.Options{})
		p.Files["main.cw.hcl"] = "locals {}\n"
		_, diags := runWith(p, func(n *naughty) {
			n.apply = func(req providers.ApplyRequest, _ cty.Value) (cty.Value, error) { return req.Prior, nil }
		}, plan.Options{}, apply.Options{}, context.Background())
		if !strings.Contains(diags.Error(), "Object was not deleted") || len(p.Addresses()) != 1 {
			t.Errorf("%v; state %v", diags, p.Addresses())
		}
	})
}

func TestInterruption(t *testing.T) {
	chain := item("a", "1") + "resource \"memory_item\" \"b\" {\n  name = \"b\"\n  value = memory_item.a.id\n}\nresource \"memory_item\" \"c\" {\n  name = \"c\"\n  value = memory_item.b.id\n}\n"
	t.Run("stop", func(t *testing.T) {
		p := coretest.New(t, chain)
		s := &stopper{stop: make(chan struct{})}
		s.left.Store(1)
		r, diags := runWith(p, func(*naughty) {}, plan.Options{}, apply.Options{Hook: s, Stop: s.stop}, context.Background())
		if !r.Interrupted || r.Added != 1 || !strings.Contains(diags.Error(), "1 of 3 steps were done") {
			t.Fatalf("%+v %v", r, diags)
		}
		items(ns, "a")(t, p)
		p.Run(plan.Options{})
	})
	t.Run("cancel", func(t *testing.T) {
		p := coretest.New(t, chain)
		ctx, cancel := context.WithCancel(context.Background())
		gate, release := p.World.Hold(memory.OpCreate, "b")
		defer release()
		go func() { <-gate.Reached(); cancel() }()
		r, diags := runWith(p, func(*naughty) {}, plan.Options{}, apply.Options{}, ctx)
		if !r.Interrupted || r.Added != 1 || !diags.HasErrors() {
			t.Fatalf("%+v %v", r, diags)
		}
		release()
		if r, diags := p.TryRun(plan.Options{}); diags.HasErrors() || r.Added != 2 {
			t.Fatalf("%+v %v", r, diags)
		}
	})
	t.Run("cancelled while planning", func(t *testing.T) {
		p := coretest.New(t, chain)
		p.Run(plan.Options{})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, diags := runWith(p, func(*naughty) {}, plan.Options{}, apply.Options{}, ctx); len(diags) != 1 || diags[0].Summary != "Planning was interrupted" {
			t.Fatal(diags)
		}
	})
}

func TestStalePlans(t *testing.T) {
	p := coretest.New(t, item("a", "1"))
	p.Run(plan.Options{})
	other := coretest.New(t, item("a", "1"))
	other.Run(plan.Options{})
	p.Files["main.cw.hcl"] = item("a", "2")
	made := p.Plan(plan.Options{})
	for _, c := range []struct {
		name string
		p    *coretest.Project
		edit func()
		want string
	}{
		{"config", p, func() { p.Files["main.cw.hcl"] = item("a", "3") }, "The configuration has changed"},
		{"state", p, func() { p.Run(plan.Options{}) }, "The state has changed"},
		{"lineage", other, func() {}, "Plan is for another state"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.edit()
			store := c.p.Open()
			defer store.Close()
			in, _ := c.p.Input(store)
			_, diags := apply.Run(context.Background(), apply.Input{Input: in, Plan: made, Store: store}, apply.Options{})
			if !strings.Contains(diags.Error(), c.want) {
				t.Error(diags)
			}
		})
	}
}

func TestBounded(t *testing.T) {
	var cfg strings.Builder
	for i := range 8 {
		fmt.Fprintf(&cfg, "resource \"memory_item\" \"i%d\" {\n  count = 8\n  name = \"i%d-${count.index}\"\n}\n", i, i)
	}
	p := coretest.New(t, cfg.String())
	p.Apply.Parallelism = 3
	for range 2 {
		if _, diags := p.TryRun(plan.Options{Parallelism: 3}); diags.HasErrors() {
			t.Fatal(diags)
		}
	}
	if n := p.World.Busiest(); n > 3 {
		t.Errorf("%d calls at once", n)
	}
}

func TestSameEveryTime(t *testing.T) {
	cfg := func(value string) string {
		var b strings.Builder
		for i := range 12 {
			fmt.Fprintf(&b, "resource \"memory_item\" \"i%d\" {\n  count = 3\n  name = \"i%d-${count.index}\"\n  value = \"%s\"\n", i, i, value)
			if i > 0 {
				fmt.Fprintf(&b, "  tags = { x = memory_item.i%d[0].id, y = memory_item.i%d[1].checksum }\n", i-1, i/2)
			}
			b.WriteString("}\n")
		}
		return b.String() + "output \"o\" { value = memory_item.i11[*].revision }\n"
	}
	p := coretest.New(t, cfg("1"))
	p.Run(plan.Options{})
	p.Files["main.cw.hcl"] = cfg("2") + "resource \"memory_item\" \"new\" { name = memory_item.i3[0].revision }\n"
	for i := range 3 {
		setValue(fmt.Sprintf("i%d-1", i), "by hand")(t, p)
		removeItem(fmt.Sprintf("i%d-2", i))(t, p)
	}
	var first []byte
	for i := range 20 {
		made := p.Plan(plan.Options{Parallelism: []int{1, 64}[i%2]})
		made.Timestamp = made.Timestamp.Truncate(1 << 62)
		raw, err := plan.Encode(made)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = raw
		} else if diff := cmp.Diff(string(first), string(raw)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestCascades(t *testing.T) {
	// A diamond below what fails: one error, and what does not depend on it is
	// planned.
	p := coretest.New(t, `
resource "memory_item" "bad" { name = "No Name" }
resource "memory_item" "worse" { name = 1 + "x" }
locals {
  l = memory_item.bad.id
  r = memory_item.bad.name
}
resource "memory_item" "join" { name = "${local.l}${local.r}${memory_item.worse.id}" }
resource "memory_item" "good" { name = "good" }
output "o" { value = memory_item.join.id }
`)
	made, diags := p.TryPlan(plan.Options{})
	if len(diags) != 2 || !strings.Contains(diags.Error(), "Not a name") || !strings.Contains(diags.Error(), "Invalid operand") {
		t.Errorf("%v", diags)
	}
	if got := coretest.Summary(made); got != "create memory_item.good" {
		t.Error(got)
	}
	if got := p.Addresses(); !slices.Equal(got, []string{}) {
		t.Error(got)
	}
}

func TestLongChain(t *testing.T) {
	var b strings.Builder
	b.WriteString(item("a", "1") + "locals {\n  l0 = memory_item.a.id\n")
	for i := 1; i <= 2000; i++ {
		fmt.Fprintf(&b, "  l%d = local.l%d\n", i, i-1)
	}
	p := coretest.New(t, b.String()+"}\nresource \"memory_item\" \"b\" {\n  name = \"b\"\n  value = local.l2000\n}\n")
	p.Run(plan.Options{})
	if got := object(t, p, "memory_item.b").DependsOn; !slices.Equal(got, []string{"memory_item.a"}) {
		t.Error(got)
	}
}
