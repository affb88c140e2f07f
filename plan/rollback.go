package plan

import (
	"context"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// MakeRollback plans the way back from what there is to what an earlier state
// recorded: objects that it holds get the settings that they had then, and
// those it does not hold are destroyed. The configuration is not looked at but
// for its providers, so the next ordinary plan will want it back: change the
// configuration too.
//
// With Targets or Excludes it is for the objects that they leave in, and for no
// others: not for what those depend on, and not for outputs.
func MakeRollback(ctx context.Context, in Input, from *state.State, opts Options) (*Plan, diag.Diagnostics) {
	opts = opts.orDefault()
	in.PlanTime = opts.Now
	run, diags := NewRun(ctx, in, true)
	p := newPlanner(run, opts)
	out := p.newPlan()
	if diags.HasErrors() {
		return out, diags.Sorted()
	}
	p.report(diags)
	p.UseState(ctx)
	included := p.stateFilter()
	keys := map[state.ObjectKey]bool{}
	for key := range from.Objects {
		if key.Deposed == "" && included(key) {
			keys[key] = true
		}
	}
	for key := range in.State.Objects {
		if included(key) {
			keys[key] = true
		}
	}
	all := make([]state.ObjectKey, 0, len(keys))
	for key := range keys {
		all = append(all, key)
	}
	sortKeys(all)
	p.each(ctx, len(all), func(i int) {
		key := all[i]
		if then := from.Objects[key]; then != nil && key.Deposed == "" {
			p.planBack(ctx, key, then)
			return
		}
		p.planDelete(ctx, key, ReasonNone)
	})
	if ctx.Err() != nil {
		return out, interrupted()
	}
	if len(opts.Targets) == 0 && len(opts.Excludes) == 0 {
		p.rollbackOutputs(out, from)
	}
	p.collect(out)
	return out, p.Diagnostics().Sorted()
}

// planBack plans one object to be as it was then.
func (p *planner) planBack(ctx context.Context, key state.ObjectKey, then *state.Object) {
	value, t, diags := p.DecodeState(ctx, key, then)
	p.report(diags)
	if diags.HasErrors() {
		return
	}
	was := prior{value: cty.NullVal(t.Type())}
	if p.State.Objects[key] != nil {
		var ok bool
		if was, ok = p.priorOf(ctx, key, then.Provider); !ok {
			return
		}
	}
	meta := *then
	meta.Attributes, meta.Private, meta.Intent, meta.Tainted = nil, nil, "", false
	change, ok := p.planObject(ctx, desired{addr: key.Instance, typ: t, config: settable(t.Object(), value), meta: meta}, was)
	if !ok {
		return
	}
	if now := p.State.Objects[key]; now != nil && change.Action == NoOp {
		then = now
	}
	p.noteOverlay(key.Instance, then.Overlay)
	p.addChange(change)
}

// settable returns what a user could have written of an object: the rest is
// null.
func settable(obj *providers.Object, v cty.Value) cty.Value {
	v, ms := v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return v.WithMarks(ms)
	}
	vals := v.AsValueMap()
	for name, a := range obj.Attributes {
		switch {
		case !a.Required && !a.Optional:
			vals[name] = cty.NullVal(a.ValueType())
		case a.Nested != nil:
			vals[name] = settableNested(a.Nested, vals[name])
		}
	}
	return cty.ObjectVal(vals).WithMarks(ms)
}

func settableNested(n *providers.Nested, v cty.Value) cty.Value {
	if n.Nesting == providers.NestingSingle {
		return settable(&n.Object, v)
	}
	v, ms := v.Unmark()
	if v.IsNull() || v.LengthInt() == 0 {
		return v.WithMarks(ms)
	}
	if n.Nesting == providers.NestingMap {
		vals := v.AsValueMap()
		for key, e := range vals {
			vals[key] = settable(&n.Object, e)
		}
		return cty.MapVal(vals).WithMarks(ms)
	}
	vals := v.AsValueSlice()
	for i, e := range vals {
		vals[i] = settable(&n.Object, e)
	}
	if n.Nesting == providers.NestingSet {
		return cty.SetVal(vals).WithMarks(ms)
	}
	return cty.ListVal(vals).WithMarks(ms)
}

func (p *planner) rollbackOutputs(out *Plan, from *state.State) {
	names := map[string]bool{}
	for _, outputs := range []map[string]state.Output{from.Outputs, p.State.Outputs} {
		for name := range outputs {
			names[name] = true
		}
	}
	for _, name := range sortedKeys(names) {
		c := OutputChange{Name: name, Before: cty.NullVal(cty.DynamicPseudoType), After: cty.NullVal(cty.DynamicPseudoType)}
		now, had := p.State.Outputs[name]
		then, has := from.Outputs[name]
		for _, side := range []struct {
			there bool
			o     state.Output
			v     *cty.Value
		}{{had, now, &c.Before}, {has, then, &c.After}} {
			if !side.there {
				continue
			}
			v, err := DecodeOutput(side.o)
			if err != nil {
				p.report(diag.FromError("Unreadable state", err))
				continue
			}
			*side.v = v
			c.Sensitive = c.Sensitive || side.o.Sensitive
		}
		switch {
		case !has:
			c.Action = Delete
		default:
			c.Action = outputAction(c.Before, c.After, had, now.Sensitive, then.Sensitive)
		}
		out.Outputs = append(out.Outputs, c)
	}
}
