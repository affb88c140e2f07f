package plan

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/config/funcs"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/conceal"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// Input is what planning and applying start from. Variables are the root
// module's input values, as config.Variables returns them.
type Input struct {
	Config    *config.Config
	State     *state.State
	Providers providers.Factory
	Variables map[string]cty.Value
	Version   string // of Clockwork
	// Scope goes before the names of provider configurations, where projects
	// share providers' processes; "" where they do not.
	Scope string
	// Completer completes what a description stands for. Without one, what was
	// completed before is used, and nothing else is completed.
	Completer ask.Completer
	// PlanTime is what plantimestamp() returns: the same for a plan and its
	// apply. Make and apply.Run set it.
	PlanTime time.Time
}

// Run is what one plan or one apply knows while it goes on: the graph, the
// values so far, and the providers in use. Package apply shares it.
type Run struct {
	Input
	Schemas *Schemas
	Graph   *Graph
	Eval    *eval.Evaluator

	planning bool // values may be unknown

	mu           sync.Mutex
	values       map[addr.Resource]*resolved
	configured   map[state.ProviderConfig]*configured
	expansions   map[addr.Resource]*expansion
	scopes       map[addr.Module]map[addr.Module]*eval.Scope // by static path
	diags        diag.Diagnostics
	objects      *objects // set when values do not come from a plan's walk
	stateSecrets stateSecrets
	told         conceal.Set // the secrets that providers were sent
	// appliedKeys are the instances in state of each resource, after UseApplied.
	appliedKeys func(addr.Resource) []addr.Key
}

type resolved struct {
	once  sync.Once // for a value that does not come from a plan's walk
	value cty.Value
	ok    bool
	known atomic.Bool // value and ok are
}

type configured struct {
	once     sync.Once
	provider providers.Provider
	name     string
	known    bool // all of its settings are
	diags    diag.Diagnostics
	failed   atomic.Bool
}

// NewRun resolves the configuration's references. planning says that it is for
// a plan, in which functions like timestamp() are unknown.
func NewRun(ctx context.Context, in Input, planning bool) (*Run, diag.Diagnostics) {
	r := newRun(in, planning, NewSchemas(in.Providers))
	var diags diag.Diagnostics
	r.Graph, diags = NewGraph(ctx, in.Config, r.Schemas)
	return r, diags
}

func newRun(in Input, planning bool, schemas *Schemas) *Run {
	r := &Run{Input: in, planning: planning, Schemas: schemas,
		values: map[addr.Resource]*resolved{}, configured: map[state.ProviderConfig]*configured{},
		expansions: map[addr.Resource]*expansion{}, scopes: map[addr.Module]map[addr.Module]*eval.Scope{}}
	r.Eval = eval.New(eval.Options{
		Config: in.Config, Version: in.Version, Variables: in.Variables,
		Functions: funcs.Functions(funcs.Options{BaseDir: in.Config.Dir, Pure: planning, PlanTime: in.PlanTime}),
		Resource:  r.value,
	})
	return r
}

// SetValue says what a resource is worth to what refers to it.
func (r *Run) SetValue(a addr.Resource, v cty.Value, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	set := &resolved{value: v, ok: ok}
	set.once.Do(func() {})
	r.values[a] = set
}

func (r *Run) value(a addr.Resource, _ *config.Resource) (cty.Value, bool) {
	r.mu.Lock()
	v, have := r.values[a]
	from := r.objects
	if !have && from != nil {
		v = &resolved{}
		r.values[a] = v
	}
	r.mu.Unlock()
	if v == nil {
		// Only what was left out of the run has no value: with -target, or
		// because it failed.
		return cty.DynamicVal, false
	}
	v.once.Do(func() {
		if a.Mode == addr.Data {
			v.value, v.ok = r.readWhole(from.ctx, a)
		} else {
			v.value, v.ok = r.stored(from, a)
		}
		v.known.Store(true)
	})
	return v.value, v.ok
}

// readWhole reads all instances of a data source outside of a plan's walk.
func (r *Run) readWhole(ctx context.Context, a addr.Resource) (cty.Value, bool) {
	b, scope := r.Graph.block(StaticResource(a)), r.scope(a.Module)
	if b == nil || b.typ == nil || scope == nil {
		return cty.DynamicVal, false
	}
	reps, diags, ok := r.expandBlock(scope, b, a)
	base, baseOK := scope.Base(b.refs)
	if !ok || !baseOK {
		r.report(diags)
		return cty.DynamicVal, false
	}
	values := make([]cty.Value, len(reps))
	for i, rep := range reps {
		ds := scope.CheckRules(b.resource.Lifecycle.Preconditions, rep, cty.NilVal, "Resource precondition failed")
		cfg := cty.NilVal
		if !ds.HasErrors() {
			var more diag.Diagnostics
			cfg, more = b.typ.Decode(b.resource.Config, base.For(rep, cty.NilVal))
			ds = append(ds, more...)
		}
		diags = append(diags, ds.WithAddress(a.Instance(rep.Key).String())...)
		switch {
		case ds.HasErrors():
			ok = false
		case !cfg.IsWhollyKnown():
			values[i] = b.typ.MarkSensitive(providers.Propose(b.typ.Object(), cty.NullVal(b.typ.Type()), cfg))
		default:
			values[i], ds = r.ReadData(ctx, scope, b, a.Instance(rep.Key), cfg)
			if !ds.HasErrors() {
				ds = append(ds, scope.CheckRules(b.resource.Lifecycle.Postconditions, rep, values[i], "Resource postcondition failed")...)
			}
			diags = append(diags, ds.WithAddress(a.Instance(rep.Key).String())...)
			ok = ok && !ds.HasErrors()
		}
	}
	r.report(diags)
	if !ok {
		return cty.DynamicVal, false
	}
	return eval.Collect(b.resource.Count != nil, b.resource.ForEach != nil, len(reps), func(i int) (addr.Key, cty.Value) {
		return reps[i].Key, values[i]
	}), true
}

func (r *Run) report(ds diag.Diagnostics) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.diags = append(r.diags, ds...)
}

// Diagnostics returns what went wrong in values that were evaluated on the
// way, each once.
func (r *Run) Diagnostics() diag.Diagnostics {
	r.mu.Lock()
	ds := slices.Clone(r.diags)
	r.mu.Unlock()
	return append(ds, r.Eval.Diagnostics()...)
}

// ProviderFor returns which provider configuration a block of scope's module
// uses.
func (r *Run) ProviderFor(scope *eval.Scope, ref config.ProviderRef) (state.ProviderConfig, bool) {
	source, ok := scope.Module.ProviderSource(ref)
	pc := state.ProviderConfig{Source: source, Alias: ref.Alias}
	if owner, block, _ := scope.Module.ResolveProvider(ref); block != nil {
		pc.Alias = block.Alias
		pc.Module = scope.Ancestor(owner).Instance
	}
	return pc, ok
}

// Provider returns a running provider that knows the configuration pc, and the
// name under which it does. It is started and configured the first time.
func (r *Run) Provider(ctx context.Context, pc state.ProviderConfig) (providers.Provider, string, diag.Diagnostics) {
	r.mu.Lock()
	c := r.configured[pc]
	if c == nil {
		c = &configured{}
		r.configured[pc] = c
	}
	r.mu.Unlock()
	c.once.Do(func() {
		c.provider, c.name, c.diags = r.configure(ctx, pc, &c.known)
		c.failed.Store(c.diags.HasErrors())
	})
	return c.provider, c.name, c.diags
}

// settled tells whether all settings of a configuration are known. Before they
// are, nothing that its provider says of the world can be believed: it may be
// another world.
func (r *Run) settled(ctx context.Context, pc state.ProviderConfig) bool {
	r.Provider(ctx, pc)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.configured[pc].known
}

// settings evaluates a provider configuration.
func (r *Run) settings(ctx context.Context, pc state.ProviderConfig) (cty.Value, *Type, diag.Diagnostics) {
	typ, err := r.Schemas.Type(ctx, pc.Source, providers.KindProvider, "")
	if err != nil {
		return cty.NilVal, nil, unavailable(pc.Source, err)
	}
	value, diags := r.providerConfig(pc, typ)
	if diags.HasErrors() {
		return value, typ, diags
	}
	return providers.WithDefaults(typ.Object(), value), typ, diags
}

func (r *Run) configure(ctx context.Context, pc state.ProviderConfig, known *bool) (providers.Provider, string, diag.Diagnostics) {
	value, typ, diags := r.settings(ctx, pc)
	if diags.HasErrors() {
		return nil, "", diags
	}
	if *known = value.IsWhollyKnown(); !*known && !r.planning {
		_, rng := r.providerBody(pc)
		return nil, "", append(diags, diag.Diagnostic{Summary: "Provider configuration not known yet", Subject: &rng,
			Detail: fmt.Sprintf("The configuration of the provider %s depends on something that does not exist yet. First apply what it refers to with -target, then the rest.", pc.Source)})
	}
	p, err := r.Providers.Provider(ctx, pc.Source)
	if err != nil {
		return nil, "", unavailable(pc.Source, err)
	}
	name := pc.Source
	if pc.Alias != "" {
		name += "." + pc.Alias
	}
	if pc.Module != addr.Root {
		name = string(pc.Module) + "." + name
	}
	name = r.Scope + name
	r.Conceal(value)
	value, _ = value.UnmarkDeep()
	vresp, err := p.Validate(ctx, providers.ValidateRequest{Kind: providers.KindProvider, Config: value})
	if err != nil {
		return nil, "", r.Hear(unavailable(pc.Source, err))
	}
	body, rng := r.providerBody(pc)
	diags = append(diags, located(typ, r.Hear(vresp.Diagnostics), body, rng)...)
	if diags.HasErrors() {
		return nil, "", diags
	}
	resp, err := p.Configure(ctx, providers.ConfigureRequest{Name: name, Config: value,
		Project: providers.Project{Name: r.Config.Project, Dir: r.Config.Dir}})
	if err != nil {
		return nil, "", r.Hear(unavailable(pc.Source, err))
	}
	diags = append(diags, located(typ, r.Hear(resp.Diagnostics), body, rng)...)
	if diags.HasErrors() {
		return nil, "", diags
	}
	return p, name, diags
}

// located gives what a provider says of its configuration its place, if that has
// a block.
func located(typ *Type, ds diag.Diagnostics, body hcl.Body, rng hcl.Range) diag.Diagnostics {
	if body == nil {
		return ds
	}
	return typ.Locate(ds, body, rng)
}

// ModuleScope finds the scope of a module instance, or nil.
func (r *Run) ModuleScope(m addr.Module) *eval.Scope { return r.scope(m) }

// scope finds the scope of a module instance, or nil.
func (r *Run) scope(m addr.Module) *eval.Scope {
	if m == addr.Root {
		return r.Eval.Root()
	}
	static := m.Static()
	r.mu.Lock()
	found, known := r.scopes[static]
	r.mu.Unlock()
	if !known {
		found = r.findScopes(static)
		r.mu.Lock()
		r.scopes[static] = found
		r.mu.Unlock()
	}
	return found[m]
}

// findScopes returns the scopes of all instances of a module.
func (r *Run) findScopes(static addr.Module) map[addr.Module]*eval.Scope {
	mod := r.Config.Root
	for _, step := range static.Steps() {
		if mod = mod.Children[step.Name]; mod == nil {
			return nil
		}
	}
	out := map[addr.Module]*eval.Scope{}
	scopes, _ := r.Eval.Scopes(mod)
	for _, s := range scopes {
		out[s.Instance] = s
	}
	return out
}

func (r *Run) providerBlock(pc state.ProviderConfig) (*eval.Scope, *config.ProviderConfig) {
	scope := r.scope(pc.Module)
	if scope == nil {
		return nil, nil
	}
	for _, block := range scope.Module.Providers {
		source, ok := scope.Module.ProviderSource(config.ProviderRef{Name: block.Name, Alias: block.Alias})
		if ok && source == pc.Source && block.Alias == pc.Alias {
			return scope, block
		}
	}
	return scope, nil
}

// isConfigured tells whether there is such a configuration: its block, or the
// default one, which needs none.
func (r *Run) isConfigured(pc state.ProviderConfig) bool {
	_, block := r.providerBlock(pc)
	return block != nil || pc == state.ProviderConfig{Source: pc.Source}
}

func (r *Run) providerBody(pc state.ProviderConfig) (hcl.Body, hcl.Range) {
	if _, block := r.providerBlock(pc); block != nil {
		return block.Config, block.Range
	}
	return nil, hcl.Range{}
}

func (r *Run) providerConfig(pc state.ProviderConfig, typ *Type) (cty.Value, diag.Diagnostics) {
	scope, block := r.providerBlock(pc)
	if block == nil {
		v, diags := typ.Decode(hcl.EmptyBody(), nil)
		if pc.Alias != "" && len(typ.Object().Attributes) > 0 || diags.HasErrors() {
			return v, diag.Diagnostics{{Summary: "Provider configuration not present", Address: fmt.Sprintf("provider[%q]", pc.Source),
				Detail: fmt.Sprintf("There are resources that belong to the configuration %q of the provider %s, but it is not configured. Add its provider block, or put it back until those resources are destroyed.", pc.Alias, pc.Source)}}
		}
		return v, nil
	}
	refs, diags := config.BodyReferences(block.Config)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	ctx, ok := scope.Context(refs, eval.Repetition{}, cty.NilVal)
	if !ok {
		return cty.NilVal, diag.Diagnostics{{Summary: "Provider cannot be configured", Subject: &block.Range,
			Detail: "Something that its configuration refers to has failed or was left out. Mend that first."}}
	}
	return typ.Decode(block.Config, ctx)
}
