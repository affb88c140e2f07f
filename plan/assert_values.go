package plan

import (
	"context"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/state"
)

// UseApplied takes the values of resources from the state, as UseState does,
// but for asserts: an instance that the configuration asks for and that is not
// in state is unknown, where UseState leaves it out.
func (r *Run) UseApplied(ctx context.Context) {
	r.useApplied(ctx, keysOf(r.State.Objects))
}

func (r *Run) useApplied(ctx context.Context, stored func(addr.Resource) []addr.Key) {
	r.appliedKeys = stored
	r.UseObjects(ctx, func(a addr.Resource) []addr.Key {
		keys, _ := r.expected(a, stored(a))
		return keys
	}, func(i addr.Instance) (cty.Value, diag.Diagnostics) {
		key := state.ObjectKey{Instance: i}
		o := r.State.Objects[key]
		if o == nil {
			return cty.DynamicVal, nil
		}
		v, _, diags := r.DecodeState(ctx, key, o)
		return v, diags
	})
}

// Again returns a run after UseApplied that starts from the same, without what
// may have changed since: functions are called again, and data sources read
// again, with ctx. What comes from the state stays. So do the providers that
// were configured; those that could not be are tried again.
func (r *Run) Again(ctx context.Context) *Run {
	out := newRun(r.Input, r.planning, r.Schemas)
	out.Graph = r.Graph
	out.useApplied(ctx, r.appliedKeys)
	r.mu.Lock()
	defer r.mu.Unlock()
	for a, v := range r.values {
		if a.Mode == addr.Managed && v.known.Load() && v.ok {
			out.values[a] = v
		}
	}
	for pc, c := range r.configured {
		if !c.failed.Load() {
			out.configured[pc] = c
		}
	}
	return out
}

// Instances returns the keys of a managed resource's instances after
// UseApplied, in order: those in state and those that the configuration asks
// for. False says that it cannot be told how many the latter are.
func (r *Run) Instances(a addr.Resource) ([]addr.Key, bool) {
	r.mu.Lock()
	from := r.objects
	r.mu.Unlock()
	return r.expected(a, from.keys(a))
}

// expected adds to the keys of a resource in state those that the
// configuration asks for, and leaves out those that are not of its kind any
// more. The keys of count are all there, from 0 up.
func (r *Run) expected(a addr.Resource, stored []addr.Key) ([]addr.Key, bool) {
	b, scope := r.Graph.block(StaticResource(a)), r.scope(a.Module)
	if b == nil || scope == nil {
		return stored, false
	}
	count, forEach := b.resource.Count != nil, b.resource.ForEach != nil
	var keys []addr.Key
	for _, key := range stored {
		_, isInt := key.IsInt()
		_, isString := key.IsString()
		if isInt == count && isString == forEach {
			keys = append(keys, key)
		}
	}
	// What is wrong with count or for_each is for plan to say.
	reps, _, ok := r.expandBlock(scope, b, a)
	for _, rep := range reps {
		keys = append(keys, rep.Key)
	}
	slices.SortFunc(keys, addr.Key.Compare)
	keys = slices.Compact(keys)
	if count && len(keys) > 0 {
		last, _ := keys[len(keys)-1].IsInt()
		keys = keys[:0]
		for i := range last + 1 {
			keys = append(keys, addr.IntKey(i))
		}
	}
	return keys, ok
}
