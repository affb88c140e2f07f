package plan

import (
	"context"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// planInstance plans one instance of a managed resource and returns what it
// will be worth to others. False means that it failed and was reported.
func (p *planner) planInstance(ctx context.Context, in instance) (cty.Value, bool) {
	key := state.ObjectKey{Instance: in.addr}
	if !p.selected(in.block, in.addr) {
		return p.asIs(ctx, in, key)
	}
	meta, diags, ok := p.meta(in)
	p.report(diags.WithAddress(in.addr.String()))
	if !ok {
		return cty.DynamicVal, false
	}
	cfg, gap, ds := p.decodeIncomplete(in)
	p.report(ds.WithAddress(in.addr.String()))
	if ds.HasErrors() {
		return cty.DynamicVal, false
	}
	ds = in.scope.CheckRules(in.resource.Lifecycle.Preconditions, in.rep, cty.NilVal, "Resource precondition failed")
	p.report(ds.WithAddress(in.addr.String()))
	if ds.HasErrors() {
		return cty.DynamicVal, false
	}
	_, ds, _ = MonitorSettingsOf(in.scope, in.resource, in.rep)
	p.report(ds.WithAddress(in.addr.String()))
	was, ok := p.priorOf(ctx, key, meta.Provider)
	if !ok {
		return cty.DynamicVal, false
	}
	moves, ok := p.changesWorld(ctx, was, meta)
	if !ok {
		return cty.DynamicVal, false
	}
	if gap != nil {
		if cfg, meta.Completed, ok = p.complete(ctx, in, meta, cfg, gap, was); !ok {
			return cty.DynamicVal, false
		}
	}
	// What is laid over lies over what was completed, too.
	cfg, meta.Overlay, ds = p.layOver(in.addr, in.typ, cfg)
	p.report(ds)
	change, ok := p.planObject(ctx, desired{
		elsewhere: moves,
		addr:      in.addr, typ: in.typ, config: cfg, meta: meta,
		ignoreAll: in.resource.Lifecycle.IgnoreAll, ignore: in.resource.Lifecycle.IgnoreChanges,
		body: in.resource.Config, rng: in.resource.Range,
		replaceTriggered: func() bool { return p.triggered(in) },
	}, was)
	if !ok {
		p.mentionOverlay(in.addr, meta.Overlay)
		return cty.DynamicVal, false
	}
	ds = in.scope.CheckRules(in.resource.Lifecycle.Postconditions, in.rep, change.After, "Resource postcondition failed")
	p.report(ds.WithAddress(in.addr.String()))
	p.addChange(change)
	p.claim(claim{in.addr, in.typ, in.resource.Config, in.resource.Range}, meta.Provider, change.After)
	if change.Action == NoOp || change.Action == Restart {
		p.noteMeta(key, was, meta, change.After, in.typ)
	}
	return change.After, !ds.HasErrors()
}

// asIs returns an instance's value when it is left out of the plan.
func (p *planner) asIs(ctx context.Context, in instance, key state.ObjectKey) (cty.Value, bool) {
	o := p.stateObject(key)
	if o == nil {
		p.mu.Lock()
		p.leftOut[in.block] = true
		p.mu.Unlock()
		return cty.UnknownVal(in.typ.Type()), true
	}
	v, _, diags := p.DecodeState(ctx, key, o)
	p.report(diags)
	return v, !diags.HasErrors()
}

// stateObject returns the stored object of key, at its old address when it
// has moved.
func (p *planner) stateObject(key state.ObjectKey) *state.Object {
	p.mu.Lock()
	old, moved := p.moved[key]
	p.mu.Unlock()
	if moved {
		key = old
	}
	return p.State.Objects[key]
}

// changesWorld tells whether an object belongs to a provider configuration with
// other settings than the one that its block names now: then it can only be
// made again there.
func (p *planner) changesWorld(ctx context.Context, was prior, meta state.Object) (bool, bool) {
	if was.object == nil || was.object.Provider == meta.Provider || was.object.Provider.Source != meta.Provider.Source {
		return false, true
	}
	var values [2]cty.Value
	for i, pc := range []state.ProviderConfig{was.object.Provider, meta.Provider} {
		v, _, diags := p.settings(ctx, pc)
		p.report(diags)
		if diags.HasErrors() {
			return false, false
		}
		values[i], _ = v.UnmarkDeep()
	}
	return !values[0].IsWhollyKnown() || !values[0].RawEquals(values[1]), true
}

// desired is what an object should become.
type desired struct {
	addr   addr.Instance
	typ    *Type
	config cty.Value
	meta   state.Object

	// elsewhere says that it is to be made through a provider configuration
	// whose world is another one than that of the object that there is.
	elsewhere bool

	ignoreAll        bool
	ignore           []hcl.Traversal
	replaceTriggered func() bool

	// body and rng are where it is written, for diagnostics; body may be nil.
	body hcl.Body
	rng  hcl.Range
}

// prior is what there is of an object.
type prior struct {
	object *state.Object // as read; nil when there is none
	stored *state.Object // as stored; nil when there is none
	value  cty.Value     // null when there is none
}

// planObject decides what to do so that an object becomes as desired.
func (p *planner) planObject(ctx context.Context, d desired, was prior) (Change, bool) {
	obj := d.typ.Object()
	report := func(ds diag.Diagnostics) bool {
		p.report(d.typ.Locate(ds, d.body, d.rng).WithAddress(d.addr.String()))
		return !ds.HasErrors()
	}
	cfg := ignoreChanges(obj, d.config, was.value, d.ignoreAll, d.ignore)
	c := Change{Address: d.addr, Previous: p.previous(d.addr), Provider: d.meta.Provider,
		Before: was.value, Config: cfg, Description: d.meta.Description, PreventDestroy: d.meta.PreventDestroy,
		CreateBeforeDestroy: d.meta.CreateBeforeDestroy, SchemaVersion: d.meta.SchemaVersion, DependsOn: d.meta.DependsOn,
		Overlay: d.meta.Overlay, Completed: d.meta.Completed}
	if was.object != nil {
		c.Private = was.object.Private
	}

	from := was.value
	if was.object != nil && len(was.object.Sensitive) > 0 {
		from = asSecretAs(obj, from, cfg)
	}
	planned := providers.Propose(obj, from, cfg)
	asItIs := !was.value.IsNull() && len(providers.Changed(obj, was.value, planned)) == 0
	if d.typ.Resource.CustomValidate && !asItIs && !report(p.validate(ctx, d, cfg)) {
		return c, false
	}
	planned, replace, ds := p.planValue(ctx, c, d.typ, from, planned, asItIs)
	if !report(ds) {
		return c, false
	}
	if was.value.IsNull() {
		c.Action, c.After = Create, planned
		return c, true
	}

	changed := len(providers.Changed(obj, was.value, planned)) > 0
	if changed {
		replace = append(replace, providers.ForcesReplacement(obj, was.value, planned)...)
	}
	switch {
	case was.object.Tainted:
		c.Reason = ReasonTainted
	case slices.Contains(p.opts.Replaces, d.addr):
		c.Reason = ReasonRequested
	case len(replace) > 0 || d.elsewhere:
		c.Reason, c.Replace = ReasonCannotUpdate, replace
	case d.replaceTriggered != nil && d.replaceTriggered():
		c.Reason = ReasonTriggered
	case changed:
		c.Action, c.After = Update, planned
		return c, true
	case slices.Contains(p.opts.Restarts, d.addr):
		if !d.typ.Resource.Restartable {
			return c, report(notRestartable(d.typ.Name))
		}
		c.Action, c.After = Restart, was.value
		return c, true
	default:
		c.Action, c.After = NoOp, planned
		return c, true
	}

	c.Action = DeleteThenCreate
	if d.meta.CreateBeforeDestroy {
		c.Action = CreateThenDelete
	}
	if d.meta.PreventDestroy {
		p.report(protected(d.addr.String(), &d.rng))
		return c, false
	}
	c.After, _, ds = p.PlanValue(ctx, c, d.typ, cty.NullVal(d.typ.Type()))
	return c, report(ds)
}

func (p *planner) previous(a addr.Instance) addr.Instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old, ok := p.moved[state.ObjectKey{Instance: a}]; ok {
		return old.Instance
	}
	return a
}

func notRestartable(typeName string) diag.Diagnostics {
	return diag.Errorf("Resource cannot be restarted",
		"There is nothing about a %s that could be restarted. Leave it out; a change or a replacement is planned as ever.", typeName)
}

func (p *planner) validate(ctx context.Context, d desired, cfg cty.Value) diag.Diagnostics {
	provider, _, diags := p.Provider(ctx, d.meta.Provider)
	if diags.HasErrors() {
		return diags
	}
	p.Conceal(cfg)
	u, _ := cfg.UnmarkDeep()
	resp, err := provider.Validate(ctx, providers.ValidateRequest{Kind: providers.KindResource, Type: d.typ.Name, Config: u})
	if err != nil {
		return append(diags, p.callFailed(d.addr.String(), d.meta.Provider.Source, err)...)
	}
	return append(diags, p.Hear(resp.Diagnostics)...)
}

// PlanValue returns what an object with the configuration of c should be,
// given what is there: prior, null for a create. The provider is asked where
// its schema does not say everything. Apply calls it again when values have
// become known.
func (r *Run) PlanValue(ctx context.Context, c Change, t *Type, prior cty.Value) (cty.Value, []cty.Path, diag.Diagnostics) {
	return r.planValue(ctx, c, t, prior, providers.Propose(t.Object(), prior, c.Config), false)
}

// planValue does the same from what was proposed. asItIs says that this is no
// change, so that there is nothing to ask the provider but what its schema
// says is always to be asked.
func (r *Run) planValue(ctx context.Context, c Change, t *Type, prior, proposed cty.Value, asItIs bool) (cty.Value, []cty.Path, diag.Diagnostics) {
	if !t.Resource.CustomPlan || asItIs && !t.plansAlways(c.Config) {
		return t.MarkSensitive(proposed), nil, nil
	}
	provider, name, diags := r.Provider(ctx, c.Provider)
	if diags.HasErrors() {
		return proposed, nil, diags
	}
	private := c.Private
	if prior.IsNull() {
		private = nil
	}
	r.Conceal(c.Config, prior, proposed)
	ucfg, _ := c.Config.UnmarkDeep()
	uprior, _ := prior.UnmarkDeep()
	uprop, pvm := proposed.UnmarkDeepWithPaths()
	resp, err := provider.(providers.Planner).Plan(ctx, providers.PlanRequest{
		Target: providers.Target{Configuration: name, Type: t.Name, Address: c.Address.String()},
		Config: ucfg, Prior: uprior, Proposed: uprop, Private: private})
	if err != nil {
		return proposed, nil, append(diags, r.callFailed(c.Address.String(), c.Provider.Source, err)...)
	}
	diags = append(diags, r.Hear(resp.Diagnostics)...)
	if diags.HasErrors() {
		return proposed, nil, diags
	}
	if err := checkPlanned(t, ucfg, uprop, resp.Planned, resp.Replace); err != nil {
		return proposed, nil, append(diags, diag.Errorf("Provider planned what it may not",
			"The provider %s answered for %s with a plan that %v. This is a mistake in the provider: please report it to its authors.", r.Label(c.Provider.Source), c.Address, err)...)
	}
	return t.MarkSensitive(resp.Planned.MarkWithPaths(pvm)), resp.Replace, diags
}

// triggered tells whether replace_triggered_by asks for a replacement.
func (p *planner) triggered(in instance) bool {
	for _, e := range in.resource.Lifecycle.ReplaceTriggeredBy {
		if p.triggeredBy(in, e) {
			return true
		}
	}
	return false
}
