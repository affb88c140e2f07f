package plan

import (
	"context"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/state"
)

// Configuration is what the user wrote of one instance, with what was completed of
// it and without what lies over it, and its type. What it refers to has the values that the state has. It may be
// unknown in part, and is marked where it is sensitive.
func Configuration(ctx context.Context, in Input, a addr.Instance) (*Type, cty.Value, diag.Diagnostics) {
	run, diags := NewRun(ctx, in, true)
	if diags.HasErrors() {
		return nil, cty.DynamicVal, diags.Sorted()
	}
	run.UseState(ctx)
	inst, ds := run.instanceOf(a)
	diags = append(diags, ds...)
	if inst == nil {
		return nil, cty.DynamicVal, append(diags, diag.Errorf("No such resource", "%s is not in the configuration.", a)...)
	}
	var completed *state.Completed
	o := in.State.Objects[state.ObjectKey{Instance: a}]
	if o != nil {
		completed = o.Completed
	}
	cfg, ds := decodeCompleted(*inst, completed, o != nil)
	return inst.typ, cfg, append(diags, ds.WithAddress(a.String())...).Sorted()
}
