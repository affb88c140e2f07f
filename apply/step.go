package apply

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/failpoint"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// make creates, updates or restarts one object and says whether all went well.
func (a *applier) make(ctx context.Context, planned *plan.Change) bool {
	c := *planned
	key := state.ObjectKey{Instance: c.Address}
	t, err := a.Schemas.Type(ctx, c.Provider.Source, providers.KindResource, c.Address.Type)
	if err != nil {
		a.report(diag.FromError("Provider not available", err).WithAddress(key.String()))
		return false
	}
	prior, action, shown := c.Before, providers.Update, plan.Update
	switch c.Action {
	case plan.Update:
	case plan.Restart:
		action, shown = providers.Restart, plan.Restart
		c.After = providers.Restarted(t.Object(), prior)
	default:
		prior, action, shown = cty.NullVal(t.Type()), providers.Create, plan.Create
	}
	if c.Config.IsWhollyKnown() || action == providers.Restart {
		if diags := a.CheckBefore(c.Address); diags.HasErrors() {
			a.report(diags)
			return false
		}
	} else {
		final, diags := a.Finalise(ctx, c, prior)
		a.report(diags)
		if diags.HasErrors() {
			return false
		}
		c = final
		if action == providers.Update && len(providers.Changed(t.Object(), prior, c.After)) == 0 {
			return true // what was unknown turned out as it is already
		}
	}
	provider, name, diags := a.Provider(ctx, c.Provider)
	a.report(diags)
	if diags.HasErrors() {
		return false
	}

	start := time.Now()
	a.preApply(key, shown)
	value, diags := a.change(ctx, provider, t, request{key: key, action: action, change: &c, prior: prior,
		target: providers.Target{Configuration: name, Type: t.Name, Address: c.Address.String()}})
	if !diags.HasErrors() {
		diags = append(diags, a.CheckAfter(c.Address, value)...)
	}
	diags = a.Locate(c.Address, diags).WithAddress(key.String())
	a.report(diags)
	a.postApply(key, shown, time.Since(start), value, diags)
	if diags.HasErrors() {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if action == providers.Create {
		a.result.Added++
	} else {
		a.result.Changed++
	}
	return true
}

// remove deletes one object: the current one, or one that its replacement has
// outlived.
func (a *applier) remove(ctx context.Context, c *plan.Change) bool {
	key := state.ObjectKey{Instance: c.Address, Deposed: c.Deposed}
	if c.Action == plan.CreateThenDelete {
		a.mu.Lock()
		key = a.deposed[key]
		a.mu.Unlock()
	}
	t, err := a.Schemas.Type(ctx, c.Provider.Source, providers.KindResource, c.Address.Type)
	if err != nil {
		a.report(diag.FromError("Provider not available", err).WithAddress(key.String()))
		return false
	}
	old := a.in.Store.Object(key)
	if old == nil {
		return true // gone already
	}
	provider, name, diags := a.Provider(ctx, old.Provider)
	a.report(diags)
	if diags.HasErrors() {
		return false
	}
	start := time.Now()
	a.preApply(key, plan.Delete)
	value, diags := a.change(ctx, provider, t, request{key: key, action: providers.Delete, change: c, prior: c.Before,
		target: providers.Target{Configuration: name, Type: t.Name, Address: c.Address.String()}})
	if !diags.HasErrors() && !value.IsNull() {
		diags = append(diags, diag.Errorf("Object was not deleted",
			"The provider %s says that %s is deleted, and also that it still exists. This is a mistake in the provider: please report it to its authors.", a.Label(c.Provider.Source), key)...)
	}
	diags = a.Locate(c.Address, diags).WithAddress(key.String())
	a.report(diags)
	a.postApply(key, plan.Delete, time.Since(start), value, diags)
	if diags.HasErrors() {
		return false
	}
	a.mu.Lock()
	a.result.Destroyed++
	a.mu.Unlock()
	return true
}

// forget drops an object from the state and leaves it in the world.
func (a *applier) forget(c *plan.Change) bool {
	if err := a.in.Store.Commit(state.Change{Delete: []state.ObjectKey{{Instance: c.Address, Deposed: c.Deposed}}}); err != nil {
		a.cannotWrite(err)
		return false
	}
	a.mu.Lock()
	a.result.Forgotten++
	a.mu.Unlock()
	return true
}

// request is one call of a provider's Apply.
type request struct {
	key    state.ObjectKey
	action providers.Action
	change *plan.Change
	prior  cty.Value
	target providers.Target
}

// change asks the provider for one change between an intent and its result,
// and returns what exists afterwards.
func (a *applier) change(ctx context.Context, provider providers.Provider, t *plan.Type, r request) (cty.Value, diag.Diagnostics) {
	intent, err := a.intent(r, t)
	if err != nil {
		return r.prior, diag.FromError("Change could not be noted", err)
	}
	if err := a.in.Store.Begin(ctx, intent); err != nil {
		if ctx.Err() != nil {
			return r.prior, diag.FromError("Change was not started", err)
		}
		a.cannotWrite(err)
		return r.prior, diag.Errorf("Change was not started", "The intent could not be written to the state. Nothing was done to %s.", r.key)
	}
	a.Conceal(r.change.Config, r.prior, r.change.After)
	cfg, _ := r.change.Config.UnmarkDeep()
	prior, priorMarks := r.prior.UnmarkDeepWithPaths()
	planned, plannedMarks := r.change.After.UnmarkDeepWithPaths()
	req := providers.ApplyRequest{Target: r.target, Action: r.action, Intent: intent.ID, Config: cfg, Prior: prior, Planned: planned,
		Private: r.change.Private, Progress: func(msg string) { a.progress(r.key, a.HearText(msg)) }}
	switch r.action {
	case providers.Create:
		req.Private = nil
		if r.change.Action == plan.CreateThenDelete {
			req.Replaces, _ = r.change.Before.UnmarkDeep()
		}
	case providers.Restart:
		req.Config = cty.NullVal(t.Type())
	case providers.Delete:
		req.Config, req.Planned = cty.NullVal(t.Type()), cty.NullVal(t.Type())
		plannedMarks = priorMarks
	}
	failpoint.Reached("provider-before-call")
	resp, err := provider.Apply(ctx, req)
	failpoint.Reached("provider-after-call")
	if err != nil {
		// What came of it is not known. The intent stays open, and the next
		// command asks the provider.
		return r.prior, a.Hear(diag.FromError("Provider did not answer", fmt.Errorf("provider %s: %s %s: %w", a.Label(r.change.Provider.Source), r.action, r.key, err)))
	}
	diags := a.Hear(resp.Diagnostics)
	next := resp.State
	switch {
	case next != cty.NilVal:
	case r.action != providers.Create && diags.HasErrors():
		next, resp.Private = prior, r.change.Private // silence is no word of its end
	default:
		next = cty.NullVal(t.Type())
	}
	if err := a.checkResult(t, r, next, diags.HasErrors()); err != nil {
		diags = append(diags, diag.Errorf("Provider answered what it may not",
			"After it had to %s %s, the provider %s returned an object that %v. This is a mistake in the provider: please report it to its authors.",
			r.action, r.key, a.Label(r.change.Provider.Source), err)...)
		if next.Type().TestConformance(t.Type()) != nil || !next.IsWhollyKnown() || next.IsNull() || plan.LacksRequired(t, next) != "" {
			// It cannot be kept. The intent stays open, as above.
			return r.prior, diags
		}
	}
	value := t.MarkSensitive(next.MarkWithPaths(plannedMarks))
	if err := a.record(t, r, intent.ID, value, resp, diags.HasErrors()); err != nil {
		a.cannotWrite(err)
		return value, append(diags, diag.FromError("Result was not recorded", err)...)
	}
	return value, diags
}

// intent is the note of what is about to be asked.
func (a *applier) intent(r request, t *plan.Type) (state.Intent, error) {
	c := r.change
	meta := a.meta(r, false)
	in := state.Intent{ID: state.NewIntentID(), Key: r.key, Action: r.action.String(), Provider: meta.Provider,
		Object: meta, Time: time.Now().UTC()}
	if r.action != providers.Delete {
		planned, err := plan.KnownJSON(c.After, t.Type())
		if err != nil {
			return in, fmt.Errorf("write what is planned for %s: %w", r.key, err)
		}
		in.Planned = planned
		if in.Object.Sensitive, err = plan.SensitivePaths(c.After, t); err != nil {
			return in, err
		}
	}
	return in, nil
}

// meta is what is to be remembered of an object beside its attributes. One that
// is to be deleted stays what it was, whatever is to take its place; one whose
// update failed may still need what it was made from.
func (a *applier) meta(r request, failed bool) state.Object {
	c, old := r.change, a.in.Store.Object(r.key)
	if r.action == providers.Delete && old != nil {
		meta := *old
		meta.Attributes, meta.Sensitive = nil, nil
		return meta
	}
	meta := state.Object{Provider: c.Provider, SchemaVersion: c.SchemaVersion, DependsOn: c.DependsOn, Description: c.Description,
		PreventDestroy: c.PreventDestroy, CreateBeforeDestroy: c.CreateBeforeDestroy, Overlay: c.Overlay, Completed: c.Completed}
	if failed && r.action == providers.Update && old != nil {
		meta.DependsOn = union(meta.DependsOn, old.DependsOn)
		meta.Overlay = old.Overlay // what was to lie over it was not set
	}
	return meta
}

// record writes the result of a change.
func (a *applier) record(t *plan.Type, r request, intent string, value cty.Value, resp providers.ApplyResponse, failed bool) error {
	change := state.Change{Intent: intent}
	old := a.in.Store.Object(r.key)
	replaced := state.ObjectKey{Instance: r.key.Instance, Deposed: deposedMark(intent)}
	if value.IsNull() {
		if old != nil && (r.action != providers.Create || r.change.Action != plan.CreateThenDelete) {
			change.Delete = []state.ObjectKey{r.key}
		}
	} else {
		meta := a.meta(r, failed)
		meta.Intent, meta.Private = intent, resp.Private
		meta.Tainted = failed && (resp.Tainted || r.action != providers.Create && old != nil && old.Tainted)
		o, err := plan.EncodeObject(meta, value, t)
		if err != nil {
			return err
		}
		change.Set = map[state.ObjectKey]*state.Object{r.key: o}
		if r.action == providers.Create && r.change.Action == plan.CreateThenDelete && old != nil {
			change.Set[replaced] = old
		}
	}
	if err := a.in.Store.Commit(change); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if change.Set[replaced] != nil {
		a.deposed[r.key] = replaced
	}
	if r.key.Deposed == "" {
		a.values[r.key.Instance] = value
	}
	return nil
}

// checkResult checks that a provider kept to what was planned.
func (a *applier) checkResult(t *plan.Type, r request, next cty.Value, failed bool) error {
	switch {
	case next.Type().TestConformance(t.Type()) != nil:
		return fmt.Errorf("is not of the type %s", t.Name)
	case !next.IsWhollyKnown():
		return fmt.Errorf("holds values that are not known")
	case failed || r.action == providers.Delete:
		return nil
	case next.IsNull():
		return fmt.Errorf("does not exist")
	}
	if name := plan.LacksRequired(t, next); name != "" {
		return fmt.Errorf("has no %q, which is required", name)
	}
	if path, ok := plan.Conforms(r.change.After, next); !ok {
		return fmt.Errorf("differs at %q from what was planned", strings.TrimPrefix(eval.PathString(path), "."))
	}
	return nil
}

// current returns one object's value as the steps so far have made it.
func (a *applier) current(ctx context.Context, i addr.Instance) (cty.Value, diag.Diagnostics) {
	a.mu.Lock()
	v, ok := a.values[i]
	a.mu.Unlock()
	if ok {
		return v, nil
	}
	key := state.ObjectKey{Instance: i}
	o := a.in.Store.Object(key)
	if o == nil {
		return cty.DynamicVal, nil
	}
	v, _, diags := a.DecodeState(ctx, key, o)
	return v, diags
}

func (a *applier) preApply(key state.ObjectKey, action plan.Action) {
	if a.opts.Hook != nil {
		a.opts.Hook.PreApply(key.String(), action)
	}
}

func (a *applier) progress(key state.ObjectKey, msg string) {
	if a.opts.Hook != nil {
		a.opts.Hook.Progress(key.String(), msg)
	}
}

func (a *applier) postApply(key state.ObjectKey, action plan.Action, elapsed time.Duration, value cty.Value, diags diag.Diagnostics) {
	if a.opts.Hook != nil {
		a.opts.Hook.PostApply(key.String(), action, elapsed, value, diags)
	}
}
