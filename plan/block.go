package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/state"
)

// planBlock plans all instances of one block in one module instance, marks in
// seen the objects that belong to them, and says what the whole is worth to
// others. False means that it failed.
func (p *planner) planBlock(ctx context.Context, scope *eval.Scope, b *block, seen map[state.ObjectKey]bool) bool {
	a := b.addr
	a.Module = scope.Instance
	value, ok := p.planInstances(ctx, scope, b, a, seen)
	p.mu.Lock()
	whole := !p.leftOut[b]
	p.mu.Unlock()
	p.SetValue(a, value, ok && whole)
	return ok
}

func (p *planner) planInstances(ctx context.Context, scope *eval.Scope, b *block, a addr.Resource, seen map[state.ObjectKey]bool) (cty.Value, bool) {
	base, ok := scope.Base(b.refs)
	if !ok {
		return cty.DynamicVal, false
	}
	reps, ok := p.repetitions(scope, b, a)
	if !ok {
		return cty.DynamicVal, false
	}
	p.findMoves(b, a, reps)
	values := make([]cty.Value, len(reps))
	oks := make([]bool, len(reps))
	for _, rep := range reps {
		key := state.ObjectKey{Instance: a.Instance(rep.Key)}
		seen[key] = true
		if old := p.previous(key.Instance); old != key.Instance {
			seen[state.ObjectKey{Instance: old}] = true
		}
	}
	p.each(ctx, len(reps), func(i int) {
		in := instance{block: b, scope: scope, base: base, rep: reps[i], addr: a.Instance(reps[i].Key)}
		if a.Mode == addr.Data {
			values[i], oks[i] = p.planData(ctx, in)
		} else {
			values[i], oks[i] = p.planInstance(ctx, in)
		}
	})
	if slices.Contains(oks, false) || ctx.Err() != nil {
		return cty.DynamicVal, false
	}
	r := b.resource
	if len(reps) == 0 && r.Count == nil && r.ForEach == nil {
		return cty.NullVal(b.typ.Type()), true
	}
	return eval.Collect(r.Count != nil, r.ForEach != nil, len(reps), func(i int) (addr.Key, cty.Value) {
		return reps[i].Key, values[i]
	}), true
}

// repetitions returns the instances of a block: none when it is not enabled.
func (p *planner) repetitions(scope *eval.Scope, b *block, a addr.Resource) ([]eval.Repetition, bool) {
	reps, diags, ok := p.expandBlock(scope, b, a)
	p.report(diags.WithAddress(a.String()))
	return reps, ok
}

// expandBlock evaluates enabled, count and for_each.
func (r *Run) expandBlock(scope *eval.Scope, b *block, a addr.Resource) ([]eval.Repetition, diag.Diagnostics, bool) {
	var diags diag.Diagnostics
	if e := b.resource.Lifecycle.Enabled; e != nil {
		v, ds, ok := scope.Eval(e, cty.Bool, eval.Repetition{}, cty.NilVal)
		diags = append(diags, ds...)
		if !ok {
			return nil, diags, false
		}
		v, _ = v.Unmark()
		switch {
		case !v.IsKnown() || v.IsNull():
			return nil, append(diags, diag.At(e.Range(), "Invalid enabled argument",
				"The value of enabled must be known before apply, true or false. Use a value that does not depend on another resource's result.")...), false
		case v.False():
			return nil, diags, true
		}
	}
	reps, ds, ok := scope.Expand(b.resource.Count, b.resource.ForEach, a.String())
	return reps, append(diags, ds...), ok
}

// findMoves notes that an object lives on under another address: where a moved block
// says so, and where a thing got count: it keeps its object as number 0, and the other
// way round. It reports instances whose object has moved on to another.
func (p *planner) findMoves(b *block, a addr.Resource, reps []eval.Repetition) {
	if a.Mode == addr.Data || len(reps) == 0 {
		return
	}
	for _, rep := range reps {
		key := state.ObjectKey{Instance: a.Instance(rep.Key)}
		if to, gone := p.moves.to[key]; gone {
			p.report(diag.At(b.resource.Range, "Moved object still exists",
				"A moved block says that %s is %s now, but it is still declared here. Rename this block, or remove the moved block.", key, to).WithAddress(a.String()))
		}
		if old, ok := p.moves.from[key]; ok {
			p.mu.Lock()
			p.moved[key] = old
			p.mu.Unlock()
		}
	}
	from, to := addr.NoKey, addr.IntKey(0)
	if reps[0].Key == addr.NoKey {
		from, to = to, from
	} else if _, isInt := reps[0].Key.IsInt(); !isInt {
		return
	}
	oldKey := state.ObjectKey{Instance: a.Instance(from)}
	newKey := state.ObjectKey{Instance: a.Instance(to)}
	if _, gone := p.moves.to[oldKey]; gone || p.State.Objects[oldKey] == nil || p.State.Objects[newKey] != nil {
		return
	}
	p.mu.Lock()
	if _, ok := p.moved[newKey]; !ok {
		p.moved[newKey] = oldKey
	}
	p.mu.Unlock()
}

// instance is one instance of a block, about to be planned.
type instance struct {
	*block
	scope *eval.Scope
	base  eval.Base
	rep   eval.Repetition
	addr  addr.Instance
}

// errorsOf adds the address and source of an instance to what a provider or
// the decoder said.
func (in instance) errorsOf(ds diag.Diagnostics) diag.Diagnostics {
	return in.typ.Locate(slices.Clone(ds), in.resource.Config, in.resource.Range).WithAddress(in.addr.String())
}

// meta is what is remembered of an instance beside its attributes.
func (r *Run) meta(in instance) (state.Object, diag.Diagnostics, bool) {
	pc, _ := r.ProviderFor(in.scope, in.resource.Provider)
	o := state.Object{Provider: pc, SchemaVersion: in.typ.Resource.Version, CreateBeforeDestroy: in.createBeforeDestroy}
	for _, d := range in.managed() {
		o.DependsOn = append(o.DependsOn, d.String())
	}
	var diags diag.Diagnostics
	if e := in.resource.Lifecycle.PreventDestroy; e != nil {
		v, ds, ok := in.scope.Eval(e, cty.Bool, in.rep, cty.NilVal)
		diags = append(diags, ds...)
		if !ok {
			return o, diags, false
		}
		v, _ = v.Unmark()
		// Not known yet protects: the doubt must not cost an object.
		o.PreventDestroy = !v.IsKnown() || !v.IsNull() && v.True()
	}
	if e := in.resource.Description; e != nil {
		v, ds, ok := in.scope.Eval(e, cty.String, in.rep, cty.NilVal)
		diags = append(diags, ds...)
		if !ok {
			return o, diags, false
		}
		if v.IsKnown() && !v.IsNull() && !v.IsMarked() {
			o.Description = v.AsString()
		}
	}
	return o, diags, true
}

// managed returns managedDeps, found once.
func (b *block) managed() []addr.Resource {
	b.managedOnce.Do(func() { b.managedList = b.managedDeps() })
	return b.managedList
}

// mustNotBeDestroyed is the summary of the diagnostics that protected returns.
const mustNotBeDestroyed = "Resource must not be destroyed"

// Protected tells whether a plan could not be made because it would destroy what
// lifecycle.prevent_destroy protects.
func Protected(ds diag.Diagnostics) bool {
	return slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Severity == diag.Error && d.Summary == mustNotBeDestroyed })
}

// protected is the diagnostic for a plan that would destroy what must not be.
func protected(address string, subject *hcl.Range) diag.Diagnostics {
	if subject == nil {
		return diag.Errorf(mustNotBeDestroyed, "%s had lifecycle.prevent_destroy set when it was last applied, and its block is gone, so this plan would destroy it. "+
			"Put the block back; if it was only renamed, run clockwork state mv; or let go of it without destroying it, with clockwork state rm.", address).WithAddress(address)
	}
	return diag.Diagnostics{{Summary: mustNotBeDestroyed, Address: address, Subject: subject,
		Detail: fmt.Sprintf("%s has lifecycle.prevent_destroy set, but this plan would destroy it. Leave it as it is, take it out of the plan with -exclude, or set prevent_destroy = false and apply that first.", address)}}
}
