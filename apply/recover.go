package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// Recover finds out what became of the changes whose results were never seen,
// because Clockwork or a provider was killed, and records it. The store's lock
// must be held. It is called before planning; a warning says what was found.
func Recover(ctx context.Context, in plan.Input, store *state.Store) diag.Diagnostics {
	pending := store.Pending()
	if len(pending) == 0 {
		return nil
	}
	in.State = store.State()
	run, diags := plan.NewRun(ctx, in, false)
	if diags.HasErrors() {
		return diags
	}
	run.UseState(ctx)
	var found []string
	for _, intent := range pending {
		what, ds := recoverOne(ctx, run, store, intent)
		diags = append(diags, ds.WithAddress(intent.Key.String())...)
		if !ds.HasErrors() {
			found = append(found, fmt.Sprintf("%s of %s: %s", intent.Action, intent.Key, what))
		}
	}
	if len(found) > 0 {
		diags = append(diags, diag.Warningf("Recovered from an interrupted run",
			"An earlier run ended before it could record what became of these changes, so their providers were asked:\n  - %s\nWhat is left to do is in the plan.", strings.Join(found, "\n  - "))...)
	}
	if err := store.Checkpoint(); err != nil {
		diags = append(diags, stateNotWritten(err)...)
	}
	return append(diags, run.Diagnostics()...)
}

// recoverOne asks the provider about one intent and records the answer, which
// it also returns in words.
func recoverOne(ctx context.Context, run *plan.Run, store *state.Store, intent state.Intent) (string, diag.Diagnostics) {
	t, err := run.Schemas.Type(ctx, intent.Provider.Source, providers.KindResource, intent.Key.Instance.Type)
	if err != nil {
		return "", diag.FromError("Provider not available", err)
	}
	null := cty.NullVal(t.Type())
	old := store.Object(intent.Key)
	prior := null
	var private []byte
	if old != nil {
		var diags diag.Diagnostics
		if prior, _, diags = run.DecodeState(ctx, intent.Key, old); diags.HasErrors() {
			return "", diags
		}
		private = old.Private
	}
	replacing := intent.Action == providers.Create.String() && old != nil
	if replacing {
		prior, private = null, nil
	}
	provider, name, diags := run.Provider(ctx, intent.Provider)
	if diags.HasErrors() {
		return "", diags
	}
	target := providers.Target{Configuration: name, Type: t.Name, Address: intent.Key.Instance.String()}
	resp, ds := ask(ctx, run, provider, t, target, intent, prior, private)
	if diags = append(diags, ds...); diags.HasErrors() {
		return "", diags
	}

	if !resp.State.IsNull() && !resp.State.IsWhollyKnown() {
		return "", append(diags, diag.Errorf("Provider answered what it may not",
			"Asked what became of %s, the provider %s returned an object that holds values that are not known. This is a mistake in the provider: please report it to its authors.",
			intent.Key, run.Label(intent.Provider.Source))...)
	}

	change := state.Change{Intent: intent.ID}
	what := "it was not done"
	switch {
	case resp.State.IsNull() && replacing:
	case resp.State.IsNull():
		if old != nil {
			change.Delete = []state.ObjectKey{intent.Key}
		}
		if intent.Action == providers.Delete.String() {
			what = "it was done"
		}
	default:
		meta := intent.Object
		if intent.Action == providers.Delete.String() {
			meta = *old
		}
		meta.Private, meta.Intent = resp.Private, intent.ID
		meta.Tainted = resp.Tainted || !replacing && old != nil && old.Tainted
		if intent.Action == providers.Update.String() && old != nil {
			meta.DependsOn = union(meta.DependsOn, old.DependsOn)
		}
		o, err := plan.EncodeObject(meta, t.MarkSensitive(resp.State), t)
		if err != nil {
			return "", append(diags, diag.FromError("Provider returned what cannot be kept", err)...)
		}
		o.Sensitive = meta.Sensitive
		change.Set = map[state.ObjectKey]*state.Object{intent.Key: o}
		switch {
		case replacing:
			change.Set[state.ObjectKey{Instance: intent.Key.Instance, Deposed: deposedMark(intent.ID)}] = old
			what = "the new one exists and was adopted"
		case intent.Action == providers.Create.String():
			what = "it exists and was adopted"
			if resp.Tainted {
				what = "it was half made, and will be replaced"
			}
		case intent.Action != providers.Delete.String():
			what = "what is there now was recorded"
		}
	}
	if err := store.Commit(change); err != nil {
		return "", append(diags, stateNotWritten(err)...)
	}
	return what, diags
}

// ask uses the best means that the provider has to find an object.
func ask(ctx context.Context, run *plan.Run, provider providers.Provider, t *plan.Type, target providers.Target, intent state.Intent, prior cty.Value, private []byte) (providers.RecoverResponse, diag.Diagnostics) {
	run.Conceal(prior)
	uprior, _ := prior.UnmarkDeep()
	planned := cty.NullVal(t.Type())
	if len(intent.Planned) > 0 {
		v, err := ctyjson.Unmarshal(intent.Planned, t.Type())
		if err != nil {
			return providers.RecoverResponse{}, diag.FromError("Unreadable journal", fmt.Errorf("what was planned for %s: %w", intent.Key, err))
		}
		planned = v
	}
	// A restart leaves nothing to be found again but the object that there was.
	if t.Provider.Capabilities.Recover && intent.Action != providers.Restart.String() {
		resp, err := provider.(providers.Recoverer).Recover(ctx, providers.RecoverRequest{Target: target, Action: actionOf(intent.Action),
			Intent: intent.ID, Prior: uprior, Planned: planned, Private: private})
		if err != nil {
			return resp, run.Hear(diag.FromError("Provider did not answer", err))
		}
		if resp.State == cty.NilVal {
			resp.State = cty.NullVal(t.Type())
		}
		return resp, run.Hear(resp.Diagnostics)
	}
	if prior.IsNull() {
		return providers.RecoverResponse{State: prior}, diag.Warningf("Interrupted create cannot be looked up",
			"The provider %s cannot find an object whose creation was cut short. If %s exists, it is not known to Clockwork: look for it, and remove it by hand.",
			intent.Provider.Source, intent.Key)
	}
	resp, err := provider.Read(ctx, providers.ReadRequest{Target: target, State: uprior, Private: private})
	if err != nil {
		return providers.RecoverResponse{}, run.Hear(diag.FromError("Provider did not answer", err))
	}
	if resp.State == cty.NilVal {
		resp.State = cty.NullVal(t.Type())
	}
	return providers.RecoverResponse{State: resp.State, Private: resp.Private}, run.Hear(resp.Diagnostics)
}

func actionOf(name string) providers.Action {
	for _, a := range []providers.Action{providers.Create, providers.Update, providers.Restart} {
		if a.String() == name {
			return a
		}
	}
	return providers.Delete
}

// union is what is in either, sorted.
func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// deposedMark is the mark of the object that the change with an intent
// replaced.
func deposedMark(intent string) string { return strings.ReplaceAll(intent, "-", "")[:8] }
