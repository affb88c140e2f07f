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
	pulled, kept := map[state.ObjectKey]bool{}, map[state.ObjectKey]bool{}
	if p.opts.Mode == Destroy {
		// What was made from a target goes with it, and what an excluded object
		// was made from stays with it.
		if len(p.opts.Targets) > 0 {
			p.close(pulled, in, p.usersOf())
		}
		if len(p.opts.Excludes) > 0 {
			p.close(kept, out, p.usedBy())
		}
	}
	return func(key state.ObjectKey) bool {
		return !out(key) && !kept[key] && (len(p.opts.Targets) == 0 || in(key) || pulled[key])
	}
}

// close adds to set all that next leads to, directly or not, from what from
// tells.
func (p *planner) close(set map[state.ObjectKey]bool, from func(state.ObjectKey) bool, next func(state.ObjectKey) []state.ObjectKey) {
	var queue []state.ObjectKey
	for key := range p.State.Objects {
		if from(key) {
			queue = append(queue, key)
		}
	}
	for len(queue) > 0 {
		key := queue[0]
		queue = queue[1:]
		for _, n := range next(key) {
			if !set[n] {
				set[n] = true
				queue = append(queue, n)
			}
		}
	}
}

// usersOf returns what finds the objects that one object may have been used to
// make.
func (p *planner) usersOf() func(state.ObjectKey) []state.ObjectKey {
	users := map[string][]state.ObjectKey{}
	for key, o := range p.State.Objects {
		for _, d := range o.DependsOn {
			users[d] = append(users[d], key)
		}
	}
	return func(key state.ObjectKey) []state.ObjectKey {
		return related(key, users[StaticResource(key.Instance.Resource).String()])
	}
}

// usedBy returns what finds the objects that one object may have been made from.
func (p *planner) usedBy() func(state.ObjectKey) []state.ObjectKey {
	byName := map[string][]state.ObjectKey{}
	for key := range p.State.Objects {
		name := StaticResource(key.Instance.Resource).String()
		byName[name] = append(byName[name], key)
	}
	return func(key state.ObjectKey) []state.ObjectKey {
		var out []state.ObjectKey
		for _, d := range p.State.Objects[key].DependsOn {
			out = append(out, related(key, byName[d])...)
		}
		return out
	}
}

// related returns those of others that can have to do with key: what is in one
// instance of a module has nothing to do with what is in another instance.
func related(key state.ObjectKey, others []state.ObjectKey) []state.ObjectKey {
	mine := key.Instance.Module.Steps()
	var out []state.ObjectKey
	for _, other := range others {
		apart := false
		for i, step := range other.Instance.Module.Steps() {
			if i >= len(mine) || mine[i].Name != step.Name {
				break
			}
			if mine[i].Key != step.Key {
				apart = true
				break
			}
		}
		if !apart {
			out = append(out, other)
		}
	}
	return out
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
	action := Delete
	if p.blockOf(key.Instance.Resource) == nil && p.moves.forgets(key.Instance) {
		action = Forget
	}
	if guarded, rng := p.preventsDestroy(key, o); guarded && key.Deposed == "" && action == Delete {
		p.report(protected(key.String(), rng))
		return
	}
	p.addChange(Change{Address: key.Instance, Deposed: key.Deposed, Previous: key.Instance, Provider: o.Provider,
		Action: action, Reason: reason, Before: value, After: cty.NullVal(t.Type()), Config: cty.NullVal(t.Type()),
		Private: o.Private, DependsOn: o.DependsOn, Description: o.Description, PreventDestroy: o.PreventDestroy,
		CreateBeforeDestroy: o.CreateBeforeDestroy, SchemaVersion: o.SchemaVersion, Overlay: o.Overlay, Completed: o.Completed})
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
