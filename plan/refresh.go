package plan

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// typeOf returns the type of a stored object.
func (r *Run) typeOf(ctx context.Context, key state.ObjectKey, o *state.Object) (*Type, diag.Diagnostics) {
	t, err := r.Schemas.Type(ctx, o.Provider.Source, providers.KindResource, key.Instance.Type)
	if err != nil {
		return nil, diag.FromError("Provider not available", err).WithAddress(key.String())
	}
	return t, nil
}

// DecodeState returns the value of the object stored under key, upgraded to
// today's schema by its provider where need be.
func (r *Run) DecodeState(ctx context.Context, key state.ObjectKey, o *state.Object) (cty.Value, *Type, diag.Diagnostics) {
	t, diags := r.typeOf(ctx, key, o)
	if diags.HasErrors() {
		return cty.NilVal, nil, diags
	}
	if o.SchemaVersion > t.Resource.Version {
		return cty.NilVal, nil, diag.Errorf("State is newer than the provider",
			"%s was last changed by a newer version of the provider %s, with version %d of its schema; this one knows %d. Use the newer provider.",
			key, o.Provider.Source, o.SchemaVersion, t.Resource.Version).WithAddress(key.String())
	}
	if o.SchemaVersion < t.Resource.Version && t.Provider.Capabilities.Upgrade {
		p, err := r.Providers.Provider(ctx, o.Provider.Source)
		if err != nil {
			return cty.NilVal, nil, unavailable(o.Provider.Source, err)
		}
		resp, err := p.(providers.Upgrader).Upgrade(ctx, providers.UpgradeRequest{Type: t.Name, Version: o.SchemaVersion, State: o.Attributes})
		if err != nil {
			return cty.NilVal, nil, r.callFailed(key.String(), o.Provider.Source, err)
		}
		resp.Diagnostics = r.Hear(resp.Diagnostics)
		if resp.Diagnostics.HasErrors() {
			return cty.NilVal, nil, resp.Diagnostics.WithAddress(key.String())
		}
		if err := checkAnswer(t, resp.State); err != nil || resp.State.IsNull() {
			return cty.NilVal, nil, badAnswer(key.String(), r.Label(o.Provider.Source), "upgrade", err)
		}
		return t.MarkSensitive(keepMarks(resp.State, o.Sensitive)), t, resp.Diagnostics
	}
	v, err := DecodeObject(o, t)
	if err != nil {
		return cty.NilVal, nil, diag.FromError("Unreadable state", err).WithAddress(key.String())
	}
	return v, t, nil
}

// priorOf returns what there is of an object: as the world says, or with
// -refresh=false as the state does. Drift is noted.
//
// It is read through the provider configuration that it was made with, or where
// that is not there any more, through pc.
func (p *planner) priorOf(ctx context.Context, key state.ObjectKey, pc state.ProviderConfig) (prior, bool) {
	o := p.stateObject(key)
	if o == nil {
		t, diags := p.typeForNew(ctx, key)
		p.report(diags)
		if diags.HasErrors() {
			return prior{}, false
		}
		return prior{value: cty.NullVal(t.Type())}, true
	}
	from := o
	if o.Provider != pc && o.Provider.Source == pc.Source && !p.isConfigured(o.Provider) {
		through := *o
		through.Provider = pc
		o = &through
	}
	stored, t, diags := p.DecodeState(ctx, key, o)
	p.report(diags)
	if diags.HasErrors() {
		return prior{}, false
	}
	if p.opts.SkipRefresh {
		return prior{object: o, stored: o, value: stored}, true
	}
	got, ok := p.read(ctx, key, o, stored, t)
	if !ok {
		return prior{}, false
	}
	if got.object != from {
		p.noteRefreshed(key, got.object)
	}
	return got, true
}

// typeForNew returns the type of an object that is not in state: its block's.
func (p *planner) typeForNew(ctx context.Context, key state.ObjectKey) (*Type, diag.Diagnostics) {
	if b := p.blockOf(key.Instance.Resource); b != nil {
		return b.typ, nil
	}
	for source := range p.sources() {
		if t, err := p.Schemas.Type(ctx, source, providers.KindResource, key.Instance.Type); err == nil {
			return t, nil
		}
	}
	return nil, diag.Errorf("Unknown resource type", "No provider in use has the resource type %q.", key.Instance.Type).WithAddress(key.String())
}

// sources are the providers that the state's objects belong to.
func (p *planner) sources() map[string]bool {
	out := map[string]bool{}
	for _, o := range p.State.Objects {
		out[o.Provider.Source] = true
	}
	return out
}

// read asks the provider what there is now, and notes what differs from what
// is remembered.
func (p *planner) read(ctx context.Context, key state.ObjectKey, o *state.Object, stored cty.Value, t *Type) (prior, bool) {
	if ctx.Err() != nil {
		return prior{}, false
	}
	if p.opts.Hook != nil {
		p.opts.Hook.PreRefresh(key.String())
		defer p.opts.Hook.PostRefresh(key.String())
	}
	provider, name, diags := p.Provider(ctx, o.Provider)
	if diags.HasErrors() {
		p.report(diags)
		return prior{}, false
	}
	if !p.settled(ctx, o.Provider) {
		return prior{object: o, stored: o, value: stored}, true
	}
	p.Conceal(stored)
	u, pvm := stored.UnmarkDeepWithPaths()
	resp, err := provider.Read(ctx, providers.ReadRequest{
		Target: providers.Target{Configuration: name, Type: t.Name, Address: key.Instance.String()},
		State:  u, Private: o.Private})
	if err != nil {
		if ctx.Err() == nil {
			p.report(p.callFailed(key.String(), o.Provider.Source, err))
		}
		return prior{}, false
	}
	p.report(append(diags, p.Hear(resp.Diagnostics)...).WithAddress(key.String()))
	if resp.Diagnostics.HasErrors() {
		return prior{}, false
	}
	if resp.State == cty.NilVal || resp.State.IsNull() {
		p.addDrift(Drift{Address: key.Instance, Deposed: key.Deposed, Action: Delete, Before: stored, After: cty.NullVal(t.Type())})
		return prior{stored: o, value: cty.NullVal(t.Type())}, true
	}
	if err := checkAnswer(t, resp.State); err != nil {
		p.report(badAnswer(key.String(), p.Label(o.Provider.Source), "read", err))
		return prior{}, false
	}
	read := resp.State
	sameState := read.RawEquals(u)
	if !sameState {
		read = asStored(t.Object(), u, read)
		sameState = read.RawEquals(u)
	}
	if sameState && bytes.Equal(resp.Private, o.Private) {
		return prior{object: o, stored: o, value: stored}, true
	}
	value := stored
	next := *o
	next.Private = resp.Private
	if !sameState {
		value = t.MarkSensitive(read.MarkWithPaths(pvm))
		enc, err := EncodeObject(next, value, t)
		if err != nil {
			p.report(diag.FromError("Provider returned what cannot be kept", err).WithAddress(key.String()))
			return prior{}, false
		}
		next = *enc
		if matters(t.Object(), stored, value) {
			p.addDrift(Drift{Address: key.Instance, Deposed: key.Deposed, Action: Update, Before: stored, After: value})
		}
	}
	return prior{object: &next, stored: o, value: value}, true
}

func (p *planner) addDrift(d Drift) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drift = append(p.drift, d)
}

// asStored returns read with the attributes that nobody set and nobody
// computes left out, and with the stored spelling of values that mean the
// same: what a daemon put there by itself is no drift.
func asStored(obj *providers.Object, stored, read cty.Value) cty.Value {
	if stored.IsNull() || read.IsNull() || !stored.IsKnown() || !read.IsKnown() {
		return read
	}
	var vals map[string]cty.Value // made when first needed
	for name, a := range obj.Attributes {
		was, is := stored.GetAttr(name), read.GetAttr(name)
		var keep cty.Value
		switch {
		case was.IsNull() && a.Optional && !a.Computed:
			keep = was
		case a.Nested != nil && a.Normalise == providers.NormaliseUnsorted && sameUnsorted(name, a, was, is):
			keep = was
		case a.Nested != nil:
			keep = nestedAsStored(a.Nested, was, is)
		case a.Normalise.Equal(was, is):
			keep = was
		default:
			keep = is
		}
		if keep.RawEquals(is) {
			continue
		}
		if vals == nil {
			vals = read.AsValueMap()
		}
		vals[name] = keep
	}
	if vals == nil {
		return read
	}
	return cty.ObjectVal(vals)
}

// sameUnsorted tells whether two lists of nested objects differ at most in
// their order.
func sameUnsorted(name string, a *providers.Attribute, was, is cty.Value) bool {
	only := &providers.Object{Attributes: map[string]*providers.Attribute{name: a}}
	alone := func(v cty.Value) cty.Value { return cty.ObjectVal(map[string]cty.Value{name: v}) }
	return len(providers.Changed(only, alone(is), alone(was))) == 0
}

func nestedAsStored(n *providers.Nested, was, is cty.Value) cty.Value {
	if was.IsNull() || is.IsNull() {
		return is
	}
	switch n.Nesting {
	case providers.NestingSingle:
		return asStored(&n.Object, was, is)
	case providers.NestingList:
		olds, news := was.AsValueSlice(), is.AsValueSlice()
		if len(news) == 0 {
			return is
		}
		for i := range news {
			if i < len(olds) {
				news[i] = asStored(&n.Object, olds[i], news[i])
			}
		}
		return cty.ListVal(news)
	case providers.NestingMap:
		olds, news := was.AsValueMap(), is.AsValueMap()
		if len(news) == 0 {
			return is
		}
		for k := range news {
			if old, ok := olds[k]; ok {
				news[k] = asStored(&n.Object, old, news[k])
			}
		}
		return cty.MapVal(news)
	}
	return is
}

// matters tells whether a difference is worth showing as drift: one in what a
// user can set, or in what is computed from it.
func matters(obj *providers.Object, before, after cty.Value) bool {
	for _, path := range providers.Changed(obj, before, after) {
		if len(path) == 0 {
			return true
		}
		step, ok := path[0].(cty.GetAttrStep)
		if !ok {
			return true
		}
		if a := obj.Attributes[step.Name]; a != nil && (a.Required || a.Optional || len(a.DependsOn) > 0) {
			return true
		}
	}
	return false
}

// refresh reads one stored object and returns it as it is now, nil when it is
// gone.
func (p *planner) refresh(ctx context.Context, key state.ObjectKey) (*state.Object, bool) {
	o := p.State.Objects[key]
	stored, t, diags := p.DecodeState(ctx, key, o)
	p.report(diags)
	if diags.HasErrors() {
		return nil, false
	}
	got, ok := p.read(ctx, key, o, stored, t)
	return got.object, ok
}

// noteRefreshed notes that the state must learn of the world.
func (p *planner) noteRefreshed(key state.ObjectKey, o *state.Object) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.State.Objects[key] == o {
		return
	}
	p.refreshed = append(p.refreshed, Refreshed{Key: key, Object: o})
}

// noteMeta notes that what is remembered beside the attributes has changed:
// the state learns of it though there is nothing to do in the world.
func (p *planner) noteMeta(key state.ObjectKey, was prior, meta state.Object, value cty.Value, t *Type) {
	now := was.object
	sensitive, err := SensitivePaths(value, t)
	if err != nil || now == nil {
		return
	}
	o := *now
	if o.SchemaVersion != meta.SchemaVersion {
		upgraded, err := EncodeObject(o, was.value, t)
		if err != nil {
			return
		}
		o = *upgraded
	}
	o.Provider, o.DependsOn, o.Description = meta.Provider, meta.DependsOn, meta.Description
	o.PreventDestroy, o.CreateBeforeDestroy, o.Sensitive = meta.PreventDestroy, meta.CreateBeforeDestroy, sensitive
	o.Overlay, o.Completed = meta.Overlay, meta.Completed
	if now.Provider == o.Provider && now.SchemaVersion == o.SchemaVersion && slices.Equal(now.DependsOn, o.DependsOn) &&
		now.Description == o.Description && now.PreventDestroy == o.PreventDestroy && now.CreateBeforeDestroy == o.CreateBeforeDestroy &&
		sameOrigins(now, &o) &&
		slices.EqualFunc(now.Sensitive, o.Sensitive, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.refreshed {
		if p.refreshed[i].Key == key {
			p.refreshed[i].Object = &o
			return
		}
	}
	p.refreshed = append(p.refreshed, Refreshed{Key: key, Object: &o})
}
