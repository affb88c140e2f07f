package coretest

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/state"
)

// Project is a project in a temporary folder.
type Project struct {
	testing.TB
	Dir   string
	Files map[string]string // nil says that they are in Dir
	Vars  []string          // name=value
	Apply apply.Options

	// Builtin starts providers in this process, by their names. They are
	// started anew for each plan and apply, as for a command.
	Builtin map[string]func() providers.Provider
	// World is where the provider of New keeps what it makes.
	World *memory.Store
	// Completer completes what descriptions stand for; it may be nil.
	Completer ask.Completer
}

// New returns a project with main as its main.cw.hcl, whose one provider is
// memory.
func New(t testing.TB, main string) *Project {
	world := &memory.Store{}
	p := With(t, map[string]func() providers.Provider{
		"memory": func() providers.Provider { return memory.New(memory.Options{Store: world}) },
	}, main)
	p.World = world
	return p
}

// With returns a project with main as its main.cw.hcl and the providers given.
func With(t testing.TB, builtin map[string]func() providers.Provider, main string) *Project {
	return &Project{TB: t, Dir: t.TempDir(), Builtin: builtin, Files: map[string]string{"main.cw.hcl": main}}
}

// Load reads the project.
func (p *Project) Load() (*config.Config, map[string]cty.Value, diag.Diagnostics) {
	var overlay map[string][]byte
	if p.Files != nil {
		overlay = map[string][]byte{}
	}
	for name, src := range p.Files {
		overlay[name] = []byte(src)
	}
	ctx := context.Background()
	cfg, diags := config.Load(ctx, p.Dir, config.Options{Project: "test", BuiltinProviders: slices.Collect(maps.Keys(p.Builtin)), Overlay: overlay})
	if diags.HasErrors() {
		return nil, nil, diags
	}
	var flags []config.VarFlag
	for _, v := range p.Vars {
		flags = append(flags, config.VarFlag{Name: "var", Value: v})
	}
	vars, ds := cfg.Variables(ctx, config.VariableArgs{Flags: flags})
	return cfg, vars, append(diags, ds...)
}

// Open opens the store and takes its lock.
func (p *Project) Open() *state.Store {
	p.Helper()
	store, err := state.Open(filepath.Join(p.Dir, state.Dir), state.Options{Version: "0.1.0"})
	if err != nil {
		p.Fatal(err)
	}
	if err := store.Lock(context.Background(), "test", 0); err != nil {
		p.Fatal(err)
	}
	return store
}

// State is what the project's state holds now.
func (p *Project) State() *state.State {
	p.Helper()
	store, err := state.Open(filepath.Join(p.Dir, state.Dir), state.Options{})
	if err != nil {
		p.Fatal(err)
	}
	return store.State()
}

// Addresses are the objects in state, sorted.
func (p *Project) Addresses() []string {
	p.Helper()
	out := []string{}
	for key := range p.State().Objects {
		out = append(out, key.String())
	}
	slices.Sort(out)
	return out
}

// Input is what plan and apply start from.
func (p *Project) Input(store *state.Store) (plan.Input, diag.Diagnostics) {
	cfg, vars, diags := p.Load()
	if diags.HasErrors() {
		return plan.Input{}, diags
	}
	return plan.Input{Config: cfg, State: store.State(), Variables: vars, Version: "0.1.0",
		Providers: p.providers(), Completer: p.Completer}, diags
}

// Current is what a monitor plans with: the project as it is now, read without its
// lock. It fits monitor.Options.Load.
func (p *Project) Current(context.Context, string) (plan.Input, diag.Diagnostics) {
	store, err := state.Open(filepath.Join(p.Dir, state.Dir), state.Options{Version: "0.1.0"})
	if err != nil {
		return plan.Input{}, diag.FromError("Cannot open the state", err)
	}
	defer store.Close()
	return p.Input(store)
}

// TryPlan plans and returns all diagnostics.
func (p *Project) TryPlan(opts plan.Options) (*plan.Plan, diag.Diagnostics) {
	p.Helper()
	store := p.Open()
	defer store.Close()
	in, diags := p.Input(store)
	if diags.HasErrors() {
		return nil, diags
	}
	made, ds := plan.Make(context.Background(), in, opts)
	return made, append(diags, ds...)
}

// Plan plans, which must go well.
func (p *Project) Plan(opts plan.Options) *plan.Plan {
	p.Helper()
	made, diags := p.TryPlan(opts)
	p.noErrors("plan", diags)
	return made
}

// TryRun recovers, plans and applies.
func (p *Project) TryRun(opts plan.Options) (apply.Result, diag.Diagnostics) {
	p.Helper()
	return p.TryRunContext(context.Background(), opts)
}

// TryRunContext does the same with a context that may end before.
func (p *Project) TryRunContext(ctx context.Context, opts plan.Options) (apply.Result, diag.Diagnostics) {
	p.Helper()
	store := p.Open()
	defer store.Close()
	in, diags := p.Input(store)
	if diags.HasErrors() {
		return apply.Result{}, diags
	}
	if diags = append(diags, apply.Recover(ctx, in, store)...); diags.HasErrors() {
		return apply.Result{}, diags
	}
	in.State = store.State()
	made, ds := plan.Make(ctx, in, opts)
	if diags = append(diags, ds...); diags.HasErrors() {
		return apply.Result{}, diags
	}
	result, ds := apply.Run(ctx, apply.Input{Input: in, Plan: made, Store: store}, p.Apply)
	return result, append(diags, ds...)
}

// Run plans and applies, which must go well, and checks that nothing is left to
// do afterwards.
func (p *Project) Run(opts plan.Options) apply.Result {
	p.Helper()
	result, diags := p.TryRun(opts)
	p.noErrors("apply", diags)
	if opts.Mode == plan.Normal && len(opts.Targets) == 0 && len(opts.Excludes) == 0 {
		if after := p.Plan(plan.Options{}); after.HasChanges() {
			p.Errorf("after the apply there are still changes: %s", Summary(after))
		}
	}
	return result
}

func (p *Project) noErrors(what string, diags diag.Diagnostics) {
	p.Helper()
	if diags.HasErrors() {
		p.Fatalf("%s: %v", what, diags)
	}
}

// Summary is a plan's changes in a line: "create memory_item.a; ...".
func Summary(made *plan.Plan) string {
	var out []string
	for _, c := range made.Changes {
		s := c.Action.String() + " " + state.ObjectKey{Instance: c.Address, Deposed: c.Deposed}.String()
		if c.Reason != "" {
			s += " (" + string(c.Reason) + ")"
		}
		out = append(out, s)
	}
	for _, o := range made.Outputs {
		if o.Action != plan.NoOp {
			out = append(out, o.Action.String()+" output."+o.Name)
		}
	}
	return strings.Join(out, "; ")
}

// Target parses an address, as -target does.
func (p *Project) Target(s string) addr.Target {
	p.Helper()
	t, err := addr.ParseTarget(s)
	if err != nil {
		p.Fatal(err)
	}
	return t
}
