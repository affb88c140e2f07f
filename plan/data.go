package plan

import (
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
)

// planData reads one instance of a data source, or leaves that to apply when
// it cannot be read yet.
func (p *planner) planData(ctx context.Context, in instance) (cty.Value, bool) {
	diags := in.scope.CheckRules(in.resource.Lifecycle.Preconditions, in.rep, cty.NilVal, "Resource precondition failed")
	p.report(diags.WithAddress(in.addr.String()))
	if diags.HasErrors() {
		return cty.DynamicVal, false
	}
	cfg, ds := in.typ.Decode(in.resource.Config, in.base.For(in.rep, cty.NilVal))
	p.report(ds.WithAddress(in.addr.String()))
	if ds.HasErrors() {
		return cty.DynamicVal, false
	}
	reason := ReasonNone
	switch {
	case !cfg.IsWhollyKnown():
		reason = ReasonConfigUnknown
	case p.dependencyPending(in):
		reason = ReasonDependencyPending
	}
	if reason != ReasonNone {
		pc, _ := p.ProviderFor(in.scope, in.resource.Provider)
		after := in.typ.MarkSensitive(providers.Propose(in.typ.Object(), cty.NullVal(in.typ.Type()), cfg))
		p.addChange(Change{Address: in.addr, Previous: in.addr, Provider: pc, Action: Read, Reason: reason,
			Before: cty.NullVal(in.typ.Type()), After: after, Config: cfg})
		return after, true
	}
	value, ds := p.ReadData(ctx, in.scope, in.block, in.addr, cfg)
	p.report(ds)
	if ds.HasErrors() {
		return cty.DynamicVal, false
	}
	ds = in.scope.CheckRules(in.resource.Lifecycle.Postconditions, in.rep, value, "Resource postcondition failed")
	p.report(ds.WithAddress(in.addr.String()))
	return value, !ds.HasErrors()
}

// ReadData reads one instance of a data source whose configuration is known.
func (r *Run) ReadData(ctx context.Context, scope *eval.Scope, b *block, a addr.Instance, cfg cty.Value) (cty.Value, diag.Diagnostics) {
	in := instance{block: b, scope: scope, addr: a}
	pc, _ := r.ProviderFor(scope, b.resource.Provider)
	provider, name, diags := r.Provider(ctx, pc)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	r.Conceal(cfg)
	u, pvm := providers.WithDefaults(b.typ.Object(), cfg).UnmarkDeepWithPaths()
	if b.typ.Data.CustomValidate {
		resp, err := provider.Validate(ctx, providers.ValidateRequest{Kind: providers.KindData, Type: b.typ.Name, Config: u})
		if err != nil {
			return cty.DynamicVal, append(diags, r.callFailed(a.String(), pc.Source, err)...)
		}
		if diags = append(diags, in.errorsOf(r.Hear(resp.Diagnostics))...); diags.HasErrors() {
			return cty.DynamicVal, diags
		}
	}
	resp, err := provider.(providers.DataReader).Data(ctx, providers.DataRequest{
		Target: providers.Target{Configuration: name, Type: b.typ.Name, Address: a.String()}, Config: u})
	if err != nil {
		return cty.DynamicVal, append(diags, r.callFailed(a.String(), pc.Source, err)...)
	}
	if diags = append(diags, in.errorsOf(r.Hear(resp.Diagnostics))...); diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	if err := checkAnswer(b.typ, resp.State); err != nil || resp.State.IsNull() {
		return cty.DynamicVal, append(diags, badAnswer(a.String(), r.Label(pc.Source), "read", err)...)
	}
	return b.typ.MarkSensitive(resp.State.MarkWithPaths(pvm)), diags
}

// dependencyPending tells whether a resource that the block refers to, or
// something that depends_on names, its own or that of a module around it, is
// about to change: what a data source finds then is only known afterwards.
func (p *planner) dependencyPending(in instance) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.anyPending(StaticModule(in.module), in.resource.DependsOn) {
		return true
	}
	for _, ref := range in.refs {
		if ref.Kind == config.RefResource && p.anyPending(StaticModule(in.module), []config.Reference{ref}) {
			return true
		}
	}
	for m := in.module; m.Call != nil; m = m.Parent {
		if p.anyPending(StaticModule(m.Parent), m.Call.DependsOn) {
			return true
		}
	}
	return false
}

// anyPending is called with mu held.
func (p *planner) anyPending(static addr.Module, dependsOn []config.Reference) bool {
	for _, ref := range dependsOn {
		switch ref.Kind {
		case config.RefResource:
			if p.pending[addr.Resource{Module: static, Type: ref.Type, Name: ref.Name}] {
				return true
			}
		case config.RefData:
			if p.pending[addr.Resource{Module: static, Mode: addr.Data, Type: ref.Type, Name: ref.Name}] {
				return true
			}
		case config.RefModule:
			t := addr.Target{Module: static.Child(ref.Name, addr.NoKey)}
			for r := range p.pending {
				if t.Contains(r.Instance(addr.NoKey)) {
					return true
				}
			}
		}
	}
	return false
}

// triggers returns what an entry of replace_triggered_by names, with each.key or
// count.index in it as the instance's own.
func (in instance) triggers(e hcl.Expression) []hcl.Traversal {
	var rest hcl.Traversal
	collection := e
	if rel, ok := collection.(*hclsyntax.RelativeTraversalExpr); ok {
		rest, collection = rel.Traversal, rel.Source
	}
	index, ok := collection.(*hclsyntax.IndexExpr)
	if !ok {
		return e.Variables()
	}
	t, hdiags := hcl.AbsTraversalForExpr(index.Collection)
	key, diags, ok := in.scope.Eval(index.Key, cty.DynamicPseudoType, in.rep, cty.NilVal)
	if key, _ = key.Unmark(); hdiags.HasErrors() || diags.HasErrors() || !ok || !key.IsKnown() || key.IsNull() {
		return e.Variables()
	}
	t = append(t[:len(t):len(t)], hcl.TraverseIndex{Key: key})
	return []hcl.Traversal{append(t, rest...)}
}

// triggeredBy tells whether one entry of replace_triggered_by names something
// that this plan changes.
func (p *planner) triggeredBy(in instance, e hcl.Expression) bool {
	for _, t := range in.triggers(e) {
		ref, diags := config.ParseReference(t)
		if diags.HasErrors() || ref.Kind != config.RefResource {
			continue
		}
		a := addr.Resource{Module: in.scope.Instance, Type: ref.Type, Name: ref.Name}
		p.mu.Lock()
		hits := p.changed[a]
		p.mu.Unlock()
		for _, c := range hits {
			if c.Action != Update && !c.Action.IsReplace() {
				continue
			}
			rest := t[2:]
			if ref.HasKey {
				if c.Address.Key != ref.Key {
					continue
				}
				rest = rest[1:]
			}
			if len(rest) == 0 {
				return true
			}
			before, d1 := rest.TraverseRel(c.Before)
			after, d2 := rest.TraverseRel(c.After)
			if d1.HasErrors() || d2.HasErrors() {
				return true
			}
			before, _ = before.UnmarkDeep()
			after, _ = after.UnmarkDeep()
			if !before.RawEquals(after) {
				return true
			}
		}
	}
	return false
}
