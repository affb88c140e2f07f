package plan

import (
	"context"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/state"
)

// objects is where the values of resources come from when no plan is made.
type objects struct {
	ctx   context.Context
	keys  func(addr.Resource) []addr.Key
	value func(addr.Instance) (cty.Value, diag.Diagnostics)
}

// UseObjects says where the values of managed resources come from: keys are
// the instances that exist, in order, and value is one of them. Both are
// called when something first refers to a resource. Data sources are read
// then, with ctx.
func (r *Run) UseObjects(ctx context.Context, keys func(addr.Resource) []addr.Key, value func(addr.Instance) (cty.Value, diag.Diagnostics)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.objects = &objects{ctx, keys, value}
	clear(r.values)
}

// UseState takes the values of resources from the state, as do the console
// and the asserts.
func (r *Run) UseState(ctx context.Context) {
	r.UseObjects(ctx, keysOf(r.State.Objects), func(i addr.Instance) (cty.Value, diag.Diagnostics) {
		key := state.ObjectKey{Instance: i}
		v, _, diags := r.DecodeState(ctx, key, r.State.Objects[key])
		return v, diags
	})
}

// useRefreshed takes them from what was just read.
func (p *planner) useRefreshed(ctx context.Context) {
	now := make(map[state.ObjectKey]*state.Object, len(p.State.Objects))
	for key, o := range p.State.Objects {
		now[key] = o
	}
	for _, r := range p.refreshed {
		if r.Object == nil {
			delete(now, r.Key)
		} else {
			now[r.Key] = r.Object
		}
	}
	p.UseObjects(ctx, keysOf(now), func(i addr.Instance) (cty.Value, diag.Diagnostics) {
		key := state.ObjectKey{Instance: i}
		v, _, diags := p.DecodeState(ctx, key, now[key])
		return v, diags
	})
}

// keysOf indexes objects by resource.
func keysOf(objects map[state.ObjectKey]*state.Object) func(addr.Resource) []addr.Key {
	byResource := map[addr.Resource][]state.ObjectKey{}
	for key := range objects {
		if key.Deposed == "" {
			byResource[key.Instance.Resource] = append(byResource[key.Instance.Resource], key)
		}
	}
	for _, keys := range byResource {
		sortKeys(keys)
	}
	return func(a addr.Resource) []addr.Key {
		var out []addr.Key
		for _, key := range byResource[a] {
			out = append(out, key.Instance.Key)
		}
		return out
	}
}

// stored returns the whole value of a resource of which some or no instances
// exist.
func (r *Run) stored(from *objects, a addr.Resource) (cty.Value, bool) {
	b, scope := r.Graph.block(StaticResource(a)), r.scope(a.Module)
	if b == nil || b.typ == nil || scope == nil {
		return cty.DynamicVal, false
	}
	keys := from.keys(a)
	values := make([]cty.Value, len(keys))
	for i, key := range keys {
		v, diags := from.value(a.Instance(key))
		r.report(diags)
		if diags.HasErrors() {
			return cty.DynamicVal, false
		}
		values[i] = v
	}
	res := b.resource
	repeated := res.Count != nil || res.ForEach != nil
	if len(keys) == 0 && !repeated {
		// Not there: switched off, or not made yet.
		if e := r.expansion(scope, b, a); !e.ok || len(e.reps) > 0 {
			return cty.UnknownVal(b.typ.Type()), true
		}
		return cty.NullVal(b.typ.Type()), true
	}
	return eval.Collect(res.Count != nil, res.ForEach != nil, len(keys), func(i int) (addr.Key, cty.Value) {
		return keys[i], values[i]
	}), true
}

// Dependencies is what a block depends on, as addresses without instance keys:
// Direct are resources and data sources, Managed the resources alone, found
// through data sources.
type Dependencies struct{ Direct, Managed []string }

// Dependencies returns, by static address, what each block in the
// configuration depends on.
func (r *Run) Dependencies() map[string]Dependencies {
	out := make(map[string]Dependencies, len(r.Graph.blocks))
	for _, b := range r.Graph.blocks {
		var d Dependencies
		for _, dep := range b.deps {
			d.Direct = append(d.Direct, dep.addr.String())
		}
		for _, dep := range b.managed() {
			d.Managed = append(d.Managed, dep.String())
		}
		out[b.addr.String()] = d
	}
	return out
}

// DataValue reads a data source whose reading was left to apply, once for all
// its instances. False means that it failed, which is among Diagnostics.
func (r *Run) DataValue(a addr.Resource) (cty.Value, bool) { return r.value(a, nil) }
