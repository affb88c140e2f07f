package monitor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// lockPatience is how long a heal waits for whoever holds the state's lock. A
// person's apply may ask questions.
const lockPatience = time.Hour

const (
	// planFor is how long it may take to find out what is to be done, and applyFor
	// to do it. An engine that hangs would keep the state's lock for ever.
	planFor  = 2 * time.Minute
	applyFor = 30 * time.Minute
)

// lockOperation is what the state's lock says it is held for.
const lockOperation = "monitor"

// healing is one attempt to heal one instance.
type healing struct {
	dir    string
	input  plan.Input // all but the state
	target addr.Instance
	rung   plan.Rung
	good   uint64 // the serial of the last state that is known to be good; 0 for none
	dryRun bool
	// owed says that an earlier heal may have removed the target and not made it
	// again.
	owed bool
	// approved is the hash of the plan that a person approved: no other is applied.
	approved          string
	hash              func(*plan.Plan) string
	planFor, applyFor time.Duration   // 0 for the usual
	stop              <-chan struct{} // lets the running step finish, and starts no other
	tell              func(string)    // progress, a short line
	// still tells, once the lock is held, whether there is still anything to
	// heal: whoever held it may have done so.
	still func(context.Context) bool
	// begin is told that the plan is about to be applied; an error stops it.
	begin func(*plan.Plan) error
}

// outcome is what came of a healing.
type outcome struct {
	skipped string // why the rung cannot help; nothing was done
	over    bool   // there is nothing to heal any more
	gone    bool   // it is not in the state any more, so nobody wants it back
	plan    string // in a line
	how     string // what the rung does, where its name would say another thing
	hash    string // of the plan
	// proposed says that the plan was made, and not applied.
	proposed bool
	serial   uint64 // of the state for which the plan was made, or afterwards
	// stale says why what is proposed cannot be approved any more, or "". It may be
	// nil. within is how long it can be, from when it was proposed first; 0 means for
	// ever.
	stale  func() string
	within time.Duration
}

// whyStale says why what is proposed cannot be approved any more, or "".
func (o outcome) whyStale() string {
	if o.stale == nil {
		return ""
	}
	return o.stale()
}

// heal makes a plan that is limited to the target, and applies it. The state's
// lock is held from before the plan until after the apply. An error says that
// the attempt was made and failed, or could not be made at all.
func (h healing) heal(ctx context.Context) (outcome, error) {
	return h.locked(ctx, func(in plan.Input, store *state.Store) (outcome, error) {
		planning, cancel := h.planning(ctx)
		defer cancel()
		made, why, err := h.plan(planning, in, store)
		if err != nil && planning.Err() != nil && ctx.Err() == nil {
			err = errors.New("it took too long to find out what is to be done")
		}
		if err != nil || why != "" {
			return outcome{skipped: why}, err
		}
		out := outcome{plan: summary(made), how: howOf(h.rung, made), serial: in.State.Serial}
		if h.hash != nil {
			out.hash = h.hash(made)
		}
		if h.dryRun || h.approved != "" && h.approved != out.hash {
			out.proposed = true
			return out, nil
		}
		if h.begin != nil {
			if err := h.begin(made); err != nil {
				return out, err
			}
		}
		applying, cancel := h.applying(ctx)
		defer cancel()
		_, ds := apply.Run(applying, apply.Input{Input: in, Plan: made, Store: store}, apply.Options{Stop: h.stop, Hook: hook{h.tell}})
		out.serial = store.State().Serial
		if ds.HasErrors() {
			return out, fmt.Errorf("apply: %w", onlyErrors(ds))
		}
		return out, nil
	})
}

// planning bounds how long it may take to find out what is to be done.
func (h healing) planning(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, cmp.Or(h.planFor, planFor))
}

// applying bounds how long it may take to do it.
func (h healing) applying(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, cmp.Or(h.applyFor, applyFor))
}

// locked calls do with the state's lock held, if there is still anything to heal.
func (h healing) locked(ctx context.Context, do func(plan.Input, *state.Store) (outcome, error)) (outcome, error) {
	store, err := state.Open(filepath.Join(h.dir, state.Dir), state.Options{Version: h.input.Version,
		Waiting: func(holder state.LockInfo) { h.tell("waiting for the state's lock, held by " + holder.String()) }})
	if err != nil {
		return outcome{}, fmt.Errorf("open the state: %w", err)
	}
	defer store.Close()
	if err := store.Lock(ctx, lockOperation, lockPatience); err != nil {
		return outcome{}, fmt.Errorf("lock the state: %w", err)
	}
	planning, cancel := h.planning(ctx)
	defer cancel()
	if ds := apply.Recover(planning, h.input, store); ds.HasErrors() {
		return outcome{}, fmt.Errorf("find out what an interrupted run left behind: %w", onlyErrors(ds))
	}
	if h.still != nil && !h.still(ctx) {
		return outcome{over: true}, nil
	}
	in := h.input
	in.State = store.State()
	if in.State.Objects[state.ObjectKey{Instance: h.target}] == nil && !(h.owed && lastByUs(store)) {
		return outcome{over: true, gone: true}, nil
	}
	return do(in, store)
}

// plan makes the plan of the rung, or says why the rung cannot help.
func (h healing) plan(ctx context.Context, in plan.Input, store *state.Store) (*plan.Plan, string, error) {
	object := state.ObjectKey{Instance: h.target}
	opts := plan.Options{Targets: h.targets()}
	var made *plan.Plan
	var ds diag.Diagnostics
	switch h.rung {
	case plan.RungRestart:
		if in.State.Objects[object] == nil {
			return nil, "it would have to be made anew", nil
		}
		restartable, err := h.restartable(ctx, in, object)
		if err != nil {
			return nil, "", err
		}
		if restartable {
			opts.Restarts = []addr.Instance{h.target}
		}
		made, ds = plan.Make(ctx, in, opts)
	case plan.RungRecreate:
		made, ds = plan.Make(ctx, in, opts)
		if !ds.HasErrors() && len(made.Changes) == 0 {
			opts.Replaces = []addr.Instance{h.target}
			made, ds = plan.Make(ctx, in, opts)
		}
	case plan.RungRollback:
		if h.good == 0 {
			return nil, "no earlier settings are known to be good", nil
		}
		then, err := store.ReadHistory(h.good)
		if err != nil {
			return nil, "the state that was good is not kept any more", nil
		}
		if then.Objects[object] == nil {
			return nil, "it was not there when all was good", nil
		}
		made, ds = plan.MakeRollback(ctx, in, then, opts)
	default:
		return nil, "this version of Clockwork does not have it", nil
	}
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	if plan.Protected(ds) {
		return nil, "prevent_destroy forbids to replace it", nil
	}
	if ds.HasErrors() {
		return nil, "", fmt.Errorf("plan: %w", onlyErrors(ds))
	}
	return made, h.refuses(made), nil
}

// targets limit a plan to the target.
func (h healing) targets() []addr.Target {
	return []addr.Target{{Module: h.target.Module, Resource: h.target.Resource, Key: h.target.Key, HasKey: h.target.Key != addr.NoKey}}
}

// restartable tells whether the target's type can be restarted at all. One that
// cannot may still have a change in place that brings it back.
func (h healing) restartable(ctx context.Context, in plan.Input, object state.ObjectKey) (bool, error) {
	schema, err := in.Providers.Schema(ctx, in.State.Objects[object].Provider.Source)
	if err != nil {
		return false, fmt.Errorf("ask the provider what it can do: %w", err)
	}
	rt := schema.Resources[h.target.Type]
	return rt != nil && rt.Restartable, nil
}

// refuses says why a plan must not be applied by this rung, or "".
func (h healing) refuses(made *plan.Plan) string {
	if len(made.Changes) == 0 {
		switch h.rung {
		case plan.RungRestart:
			return "it cannot be restarted"
		case plan.RungRollback:
			return "it has the settings that it had when all was good"
		}
		return "there is nothing to change"
	}
	for _, c := range made.Changes {
		switch {
		case c.Address != h.target:
			return "it would change " + c.Address.String() + " too"
		case c.Action == plan.Delete || c.Action == plan.Forget:
			return "it would be removed for good"
		case h.rung == plan.RungRestart && c.Action != plan.Restart && c.Action != plan.Update:
			return "it would have to be made anew"
		}
	}
	return ""
}

// summary is what a plan does, in a line.
func summary(made *plan.Plan) string {
	var words []string
	for _, c := range made.Changes {
		words = append(words, c.Action.String()+" "+c.Address.String())
	}
	return strings.Join(words, ", ")
}

// onlyErrors are the errors among diagnostics.
func onlyErrors(ds diag.Diagnostics) diag.Diagnostics {
	var out diag.Diagnostics
	for _, d := range ds {
		if d.Severity == diag.Error {
			out = append(out, d)
		}
	}
	return out
}

// hook tells how an apply goes on.
type hook struct{ tell func(string) }

func (h hook) PreApply(string, plan.Action) {}

func (h hook) Progress(_, message string) { h.tell(message) }

func (h hook) PostApply(string, plan.Action, time.Duration, cty.Value, diag.Diagnostics) {}
