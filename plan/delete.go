package plan

import (
	"context"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/state"
)

// planOrphans plans the end of every stored object that belongs to nothing in
// the configuration any more.
func (p *planner) planOrphans(ctx context.Context, orphan func(state.ObjectKey) bool) {
	inTargets := p.stateFilter()
	movedAway := make(map[state.ObjectKey]bool, len(p.moved))
	for _, old := range p.moved {
		movedAway[old] = true
	}
	var keys []state.ObjectKey
	for key := range p.State.Objects {
		if movedAway[key] || !inTargets(key) {
			continue
		}
		if key.Deposed != "" || orphan(key) {
			keys = append(keys, key)
		}
	}
	sortKeys(keys)
	p.each(ctx, len(keys), func(i int) { p.planDelete(ctx, keys[i], p.reasonFor(keys[i])) })
}

// stateFilter tells which stored objects the options leave in. To destroy a
// target, what was made from it must go first.
func (p *planner) stateFilter() func(state.ObjectKey) bool {
	if len(p.opts.Targets) == 0 && len(p.opts.Excludes) == 0 {
		return func(state.ObjectKey) bool { return true }
	}
	named := func(ts []addr.Target) func(state.ObjectKey) bool {
		return func(key state.ObjectKey) bool {
			return slices.ContainsFunc(ts, func(t addr.Target) bool { return t.Contains(key.Instance) })
		}
	}
	in, out := named(p.opts.Targets), named(p.opts.Excludes)
	grow := map[string]bool{} // static addresses of what targets pull in
	if p.opts.Mode == Destroy {
		for key := range p.State.Objects {
			if len(p.opts.Targets) > 0 && in(key) {
				grow[StaticResource(key.Instance.Resource).String()] = true
			}
		}
		p.closeOver(grow, func(key state.ObjectKey, o *state.Object, have map[string]bool) (string, bool) {
			return StaticResource(key.Instance.Resource).String(),
				slices.ContainsFunc(o.DependsOn, func(d string) bool { return have[d] })
		})
	}
	// What an excluded object was made from must stay too.
	keep := map[string]bool{}
	for key, o := range p.State.Objects {
		if out(key) {
			for _, d := range o.DependsOn {
				keep[d] = true
			}
		}
	}
	p.closeDown(keep)
	return func(key state.ObjectKey) bool {
		static := StaticResource(key.Instance.Resource).String()
		if out(key) || p.opts.Mode == Destroy && keep[static] {
			return false
		}
		return len(p.opts.Targets) == 0 || in(key) || grow[static] && !slices.ContainsFunc(p.opts.Targets, func(t addr.Target) bool {
			return t.HasKey && StaticResource(t.Resource).String() == static
		})
	}
}

// closeOver adds to have until nothing more wants to be in it.
func (p *planner) closeOver(have map[string]bool, wants func(state.ObjectKey, *state.Object, map[string]bool) (string, bool)) {
	for grown := true; grown; {
		grown = false
		for key, o := range p.State.Objects {
			if name, in := wants(key, o, have); in && !have[name] {
				have[name], grown = true, true
			}
		}
	}
}

// closeDown adds what the members of have were made from.
func (p *planner) closeDown(have map[string]bool) {
	for grown := true; grown; {
		grown = false
		for key, o := range p.State.Objects {
			if !have[StaticResource(key.Instance.Resource).String()] {
				continue
			}
			for _, d := range o.DependsOn {
				if !have[d] {
					have[d], grown = true, true
				}
			}
		}
	}
}

// reasonFor says why an object is not wanted any more.
func (p *planner) reasonFor(key state.ObjectKey) Reason {
	if key.Deposed != "" {
		return ReasonDeposed
	}
	b := p.blockOf(key.Instance.Resource)
	if b == nil {
		if p.scope(key.Instance.Module) == nil {
			return ReasonNoModule
		}
		return ReasonNoResourceConfig
	}
	if p.scope(key.Instance.Module) == nil {
		return ReasonNoModule
	}
	r := b.resource
	if e := r.Lifecycle.Enabled; e != nil {
		if v, _, ok := p.scope(key.Instance.Module).Eval(e, cty.Bool, eval.Repetition{}, cty.NilVal); ok && v.IsKnown() && v.False() {
			return ReasonDisabled
		}
	}
	_, isInt := key.Instance.Key.IsInt()
	_, isString := key.Instance.Key.IsString()
	switch {
	case r.Count != nil && isInt:
		return ReasonCountIndex
	case r.ForEach != nil && isString:
		return ReasonEachKey
	}
	return ReasonWrongRepetition
}

// planDelete plans the end of one stored object, unless it has ended already.
func (p *planner) planDelete(ctx context.Context, key state.ObjectKey, reason Reason) {
	o := p.State.Objects[key]
	value, t, diags := p.DecodeState(ctx, key, o)
	p.report(diags)
	if diags.HasErrors() {
		return
	}
	if !p.opts.SkipRefresh {
		got, ok := p.read(ctx, key, o, value, t)
		if !ok {
			return
		}
		if got.object == nil {
			p.noteRefreshed(key, nil)
			return
		}
		p.noteRefreshed(key, got.object)
		o, value = got.object, got.value
	}
	if guarded, rng := p.preventsDestroy(key, o); guarded && key.Deposed == "" {
		p.report(protected(key.String(), rng))
		return
	}
	p.addChange(Change{Address: key.Instance, Deposed: key.Deposed, Previous: key.Instance, Provider: o.Provider,
		Action: Delete, Reason: reason, Before: value, After: cty.NullVal(t.Type()), Config: cty.NullVal(t.Type()),
		Private: o.Private, DependsOn: o.DependsOn, Description: o.Description, PreventDestroy: o.PreventDestroy,
		CreateBeforeDestroy: o.CreateBeforeDestroy, SchemaVersion: o.SchemaVersion})
}

// preventsDestroy tells whether an object must not be destroyed: its block
// says so, or if the block is gone, the block's last word.
func (p *planner) preventsDestroy(key state.ObjectKey, o *state.Object) (bool, *hcl.Range) {
	b := p.blockOf(key.Instance.Resource)
	scope := p.scope(key.Instance.Module)
	if b == nil || scope == nil {
		return o.PreventDestroy, nil
	}
	e := b.resource.Lifecycle.PreventDestroy
	if e == nil {
		return false, nil
	}
	// What cannot be told any more is as the state remembers it: the value of
	// a key that has gone, for instance.
	v, _, ok := scope.Eval(e, cty.Bool, eval.Repetition{Key: key.Instance.Key, Value: cty.DynamicVal}, cty.NilVal)
	v, _ = v.Unmark()
	if !ok || !v.IsKnown() {
		return o.PreventDestroy, &b.resource.Range
	}
	return !v.IsNull() && v.True(), &b.resource.Range
}
