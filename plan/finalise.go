package plan

import (
	"context"
	"fmt"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
)

// expansion is what the instances of one block in one module instance share
// during an apply.
type expansion struct {
	once  sync.Once
	base  eval.Base
	reps  map[addr.Key]eval.Repetition
	diags diag.Diagnostics
	ok    bool
}

func (r *Run) expansion(scope *eval.Scope, b *block, a addr.Resource) *expansion {
	r.mu.Lock()
	e := r.expansions[a]
	if e == nil {
		e = &expansion{}
		r.expansions[a] = e
	}
	r.mu.Unlock()
	e.once.Do(func() {
		var reps []eval.Repetition
		reps, e.diags, e.ok = r.expandBlock(scope, b, a)
		e.reps = make(map[addr.Key]eval.Repetition, len(reps))
		for _, rep := range reps {
			e.reps[rep.Key] = rep
		}
		var ok bool
		e.base, ok = scope.Base(b.refs)
		e.ok = e.ok && ok
	})
	return e
}

// Finalise returns c with what was unknown when it was planned: its
// configuration is evaluated again, and must agree with what was planned
// wherever that was known. prior is what the change starts from, null for a
// create. It is for apply, once all that c depends on is done.
func (r *Run) Finalise(ctx context.Context, c Change, prior cty.Value) (Change, diag.Diagnostics) {
	in, diags := r.instanceOf(c.Address)
	if in == nil {
		return c, append(diags, diag.Errorf("Resource cannot be evaluated",
			"Its block, or something that it refers to, is missing or has failed. Mend that and plan again.").WithAddress(c.Address.String())...)
	}
	cfg, ds := decodeCompleted(*in, c.Completed, !c.Before.IsNull())
	if diags = append(diags, ds.WithAddress(c.Address.String())...); ds.HasErrors() {
		return c, diags
	}
	ds = in.scope.CheckRules(in.resource.Lifecycle.Preconditions, in.rep, cty.NilVal, "Resource precondition failed")
	if diags = append(diags, ds.WithAddress(c.Address.String())...); ds.HasErrors() {
		return c, diags
	}
	cfg, _, _ = layOver(in.typ, cfg, c.Overlay, true)
	before := c.Before
	c.Config = ignoreChanges(in.typ.Object(), cfg, before, in.resource.Lifecycle.IgnoreAll, in.resource.Lifecycle.IgnoreChanges)
	if !c.Config.IsWhollyKnown() {
		return c, append(diags, diag.Diagnostic{Summary: "Value still not known", Address: c.Address.String(), Subject: &in.resource.Range,
			Detail: "Something that this resource refers to is not known even though all that it depends on is done. Plan again; if this comes back, please report it."})
	}
	planned, _, ds := r.PlanValue(ctx, c, in.typ, asSecretAs(in.typ.Object(), prior, c.Config))
	if diags = append(diags, in.errorsOf(ds)...); ds.HasErrors() {
		return c, diags
	}
	if path, ok := conforms(c.After, planned, nil); !ok {
		return c, append(diags, diag.Diagnostic{Summary: "Plan no longer holds", Address: c.Address.String(), Subject: &in.resource.Range,
			Detail: fmt.Sprintf("%s%s was planned with one value, but now that everything is known it would get another. Nothing was done to it. Plan again.", c.Address, eval.PathString(path))})
	}
	c.After = planned
	return c, diags
}

// CheckBefore checks an instance's preconditions again before it is changed: they
// may have been unknown when it was planned. Finalise does so by itself.
func (r *Run) CheckBefore(a addr.Instance) diag.Diagnostics {
	b := r.Graph.block(StaticResource(a.Resource))
	if b == nil || len(b.resource.Lifecycle.Preconditions) == 0 {
		return nil
	}
	in, diags := r.instanceOf(a)
	if in == nil {
		return diags
	}
	return in.scope.CheckRules(in.resource.Lifecycle.Preconditions, in.rep, cty.NilVal, "Resource precondition failed").WithAddress(a.String())
}

// CheckAfter checks an instance's postconditions once value is what it became.
func (r *Run) CheckAfter(a addr.Instance, value cty.Value) diag.Diagnostics {
	b := r.Graph.block(StaticResource(a.Resource))
	if b == nil || len(b.resource.Lifecycle.Postconditions) == 0 {
		return nil
	}
	in, diags := r.instanceOf(a)
	if in == nil {
		return diags
	}
	return in.scope.CheckRules(in.resource.Lifecycle.Postconditions, in.rep, value, "Resource postcondition failed").WithAddress(a.String())
}

// Locate gives what a provider says of an instance its place in the block, if
// there still is one.
func (r *Run) Locate(a addr.Instance, diags diag.Diagnostics) diag.Diagnostics {
	if b := r.Graph.block(StaticResource(a.Resource)); b != nil && b.typ != nil {
		diags = b.typ.Locate(diags, b.resource.Config, b.resource.Range)
	}
	return diags
}

func (r *Run) instanceOf(a addr.Instance) (*instance, diag.Diagnostics) {
	b, scope := r.Graph.block(StaticResource(a.Resource)), r.scope(a.Module)
	if b == nil || b.typ == nil || scope == nil {
		return nil, nil
	}
	e := r.expansion(scope, b, a.Resource)
	rep, have := e.reps[a.Key]
	if !e.ok || !have {
		return nil, e.diags
	}
	return &instance{block: b, scope: scope, base: e.base, rep: rep, addr: a}, nil
}

// Conforms tells whether got is want wherever want is known, and if not, where.
func Conforms(want, got cty.Value) (cty.Path, bool) { return conforms(want, got, nil) }

func conforms(want, got cty.Value, path cty.Path) (cty.Path, bool) {
	want, _ = want.Unmark()
	got, _ = got.Unmark()
	switch {
	case !want.IsKnown():
		return nil, true
	case want.IsNull() || got.IsNull() || !got.IsKnown():
		return path, want.IsNull() && got.IsKnown() && got.IsNull()
	}
	ty := want.Type()
	switch {
	case ty.IsObjectType():
		for name := range ty.AttributeTypes() {
			if !got.Type().HasAttribute(name) {
				return path, false
			}
			if p, ok := conforms(want.GetAttr(name), got.GetAttr(name), append(path[:len(path):len(path)], cty.GetAttrStep{Name: name})); !ok {
				return p, false
			}
		}
		return nil, true
	case ty.IsListType() || ty.IsTupleType() || ty.IsMapType():
		if !got.CanIterateElements() || want.LengthInt() != got.LengthInt() {
			return path, false
		}
		for key, w := range want.Elements() {
			if got.HasIndex(key).False() {
				return path, false
			}
			if p, ok := conforms(w, got.Index(key), append(path[:len(path):len(path)], cty.IndexStep{Key: key})); !ok {
				return p, false
			}
		}
		return nil, true
	case ty.IsSetType():
		// Which elements with unknowns became which cannot be told.
		return path, !want.IsWhollyKnown() || deepEqual(want, got)
	}
	return path, want.RawEquals(got)
}

func deepEqual(a, b cty.Value) bool {
	a, _ = a.UnmarkDeep()
	b, _ = b.UnmarkDeep()
	return a.RawEquals(b)
}
