package plan

import (
	"context"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/config/funcs"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/conceal"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Validate checks a configuration as far as that can be done without its
// variables' values, the state, or the world: references, cycles, schemas,
// expressions, and what providers say of what is written out.
func Validate(ctx context.Context, cfg *config.Config, factory providers.Factory, version string) diag.Diagnostics {
	schemas := NewSchemas(factory)
	graph, diags := NewGraph(ctx, cfg, schemas)
	if graph.cyclic {
		return diags.Sorted()
	}
	v := &validator{ctx: ctx, graph: graph, schemas: schemas}
	v.ev = eval.New(eval.Options{Config: cfg, Version: version, Unexpanded: true,
		Functions: funcs.Functions(funcs.Options{BaseDir: cfg.Dir, Pure: true}), Resource: v.value})
	v.module(cfg.Root)
	diags = append(diags, v.diags...)
	diags = append(diags, CheckVariables(v.ev, cfg)...)
	return append(diags, v.ev.Diagnostics()...).Sorted()
}

type validator struct {
	ctx     context.Context
	graph   *Graph
	schemas *Schemas
	ev      *eval.Evaluator
	diags   diag.Diagnostics
}

// value stands in for a resource: of its type, but not known.
func (v *validator) value(a addr.Resource, r *config.Resource) (cty.Value, bool) {
	b := v.graph.block(StaticResource(a))
	if b == nil || b.typ == nil {
		return cty.DynamicVal, false
	}
	if r.Count != nil || r.ForEach != nil {
		return cty.DynamicVal, true
	}
	return cty.UnknownVal(b.typ.Type()), true
}

func (v *validator) module(m *config.Module) {
	scopes, _ := v.ev.Scopes(m)
	for _, s := range scopes {
		v.scope(s)
	}
	for _, name := range sortedKeys(m.Children) {
		v.module(m.Children[name])
	}
}

func (v *validator) scope(s *eval.Scope) {
	m := s.Module
	for name := range m.Locals {
		s.Local(name)
	}
	for name := range m.Variables {
		s.Variable(name)
	}
	for name := range m.Outputs {
		s.Output(name)
	}
	for name := range m.Calls {
		s.Children(name)
	}
	for _, p := range m.Providers {
		v.provider(s, p)
	}
	for _, blocks := range []map[string]*config.Resource{m.Data, m.Resources} {
		for _, r := range blocks {
			v.block(s, v.graph.block(blockAddress(m, r)))
		}
	}
	for _, r := range m.Remediations {
		v.diags = append(v.diags, v.graph.CheckPolicy(s, r)...)
	}
	for _, a := range m.Asserts {
		v.diags = append(v.diags, CheckAssert(v.ctx, v.schemas, s, a)...)
	}
}

func (v *validator) provider(s *eval.Scope, p *config.ProviderConfig) {
	source, ok := s.Module.ProviderSource(config.ProviderRef{Name: p.Name, Alias: p.Alias})
	if !ok {
		return
	}
	typ, err := v.schemas.Type(v.ctx, source, providers.KindProvider, "")
	if err != nil {
		v.diags = append(v.diags, unavailable(source, err)...)
		return
	}
	refs, _ := config.BodyReferences(p.Config)
	if ctx, ok := s.Context(refs, eval.Repetition{}, cty.NilVal); ok {
		_, ds := typ.Decode(p.Config, ctx)
		v.diags = append(v.diags, ds...)
	}
}

func (v *validator) block(s *eval.Scope, b *block) {
	r := b.resource
	reps, ds, ok := s.Expand(r.Count, r.ForEach, b.addr.String())
	v.diags = append(v.diags, ds...)
	base, baseOK := s.Base(b.refs)
	if !ok || !baseOK || b.typ == nil {
		return
	}
	for _, rep := range reps {
		_, ds, _ := MonitorSettingsOf(s, r, rep)
		v.diags = append(v.diags, ds.WithAddress(b.addr.String())...)
		cfg, ds := validateIncomplete(s, b, base, rep)
		if !ds.HasErrors() {
			ds = append(ds, v.ask(s, b, cfg)...)
		}
		v.diags = append(v.diags, ds.WithAddress(b.addr.String())...)
		for _, rules := range [][]*config.CheckRule{r.Lifecycle.Preconditions, r.Lifecycle.Postconditions} {
			v.diags = append(v.diags, s.CheckRules(rules, rep, cty.UnknownVal(b.typ.Type()), "Resource condition failed").WithAddress(b.addr.String())...)
		}
	}
}

// ask lets a block's provider check it, for types that it wants to check.
func (v *validator) ask(s *eval.Scope, b *block, cfg cty.Value) diag.Diagnostics {
	kind, wanted := providers.KindResource, b.typ.Resource != nil && b.typ.Resource.CustomValidate
	if b.addr.Mode == addr.Data {
		kind, wanted = providers.KindData, b.typ.Data != nil && b.typ.Data.CustomValidate
	}
	source, ok := s.Module.ProviderSource(b.resource.Provider)
	if !wanted || !ok {
		return nil
	}
	provider, err := v.schemas.factory.Provider(v.ctx, source)
	if err != nil {
		return unavailable(source, err)
	}
	var found secrets
	found.find(cfg)
	var told conceal.Set
	told.Add(found.texts...)
	u, _ := cfg.UnmarkDeep()
	resp, err := provider.Validate(v.ctx, providers.ValidateRequest{Kind: kind, Type: b.typ.Name, Config: u})
	if err != nil {
		return hear(&told, callFailed(b.addr.String(), source, err))
	}
	return b.typ.Locate(hear(&told, resp.Diagnostics), b.resource.Config, b.resource.Range)
}
