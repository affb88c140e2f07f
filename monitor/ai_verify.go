package monitor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/internal/failpoint"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/state"
)

// judge sees whether what was applied helped, and takes it back if it did not.
// failure is what went wrong when it was applied.
func (c *consultation) judge(ctx context.Context, d decision, failure error) (bool, error) {
	if failure == nil {
		if err := c.note(incident.Entry{Kind: incident.Applied, Rung: string(c.to.rung), Message: d.kept.Plan}); err != nil {
			return true, err
		}
		failpoint.Reached("ai-after-applied")
	}
	c.refresh()
	if failure == nil {
		helped, err := c.holds(ctx)
		if err != nil {
			return true, err
		}
		if helped {
			return true, c.aiHelped()
		}
	}
	why := "the asserts do not pass"
	if failure != nil {
		why = failure.Error()
	}
	if err := c.fail(why); err != nil {
		return true, err
	}
	failpoint.Reached("ai-before-rollback")
	return c.takeBack(ctx)
}

// aiHelped ends the incident.
func (r *incidentRun) aiHelped() error {
	took := time.Since(r.begun)
	r.say("[Remediation] ✓ %s healthy again after %.1f s", r.s.key, took.Seconds())
	return r.over(incident.StateHealed, incident.Healed, fmt.Sprintf("%s helped, after %.1f s", plan.RungAI, took.Seconds()))
}

// holds tells whether the asserts pass, as often in a row as they say, after a
// change of a model's. While nobody can tell, it waits.
func (r *incidentRun) holds(ctx context.Context) (bool, error) {
	for {
		if r.verify(ctx, r.verifyFor()) {
			return true, nil
		}
		if ctx.Err() != nil {
			return false, ctx.Err() // nobody knows yet
		}
		if !r.unknown() {
			return false, nil
		}
		for r.unknown() && ctx.Err() == nil {
			r.wait(ctx, onceAWhile)
		}
	}
}

// takeBack applies what lay over the configuration before the model's change,
// if that change is in force. True says that the incident is over.
func (r *incidentRun) takeBack(ctx context.Context) (bool, error) {
	done, err := r.applyFormer(ctx)
	failpoint.Reached("ai-after-rollback")
	switch {
	case errors.Is(err, context.Canceled):
		return true, err
	case err != nil:
		r.say("[Remediation] %s: what the AI changed cannot be taken back: %v", r.s.key, err)
		if err := r.tell("what the AI changed did not help, and could not be taken back: "+plain(err.Error(), keptText), nil); err != nil {
			return true, err
		}
		return true, r.untilWell(ctx)
	case done == "":
		return false, nil
	}
	r.refresh()
	r.say("[Remediation] %s: what the AI changed is taken back", r.s.key)
	r.diagnosed = false
	return false, r.note(incident.Entry{Kind: incident.RolledBack, Rung: string(plan.RungAI), Message: done})
}

// applyFormer does so, and returns what it did, "" if there was nothing to do.
func (r *incidentRun) applyFormer(ctx context.Context) (done string, err error) {
	select {
	case r.healing <- struct{}{}:
		defer func() { <-r.healing }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	h := r.healingNow(ctx)
	h.still = nil // it is taken back also if it became well just now
	_, err = h.locked(r.hard, func(in plan.Input, store *state.Store) (outcome, error) {
		former, changed := r.former(store, in.State, h.target)
		if !changed {
			return outcome{}, nil
		}
		planning, cancel := h.planning(r.hard)
		defer cancel()
		made, ds := plan.Make(planning, in, plan.Options{Targets: h.targets(), Overlays: map[addr.Instance][]state.Overlay{h.target: former}})
		if ds.HasErrors() {
			return outcome{}, fmt.Errorf("plan: %w", onlyErrors(ds))
		}
		if why := onlyTarget(made, h.target); why != "" {
			return outcome{}, errors.New(why)
		}
		applying, cancel := h.applying(r.hard)
		defer cancel()
		_, ds = apply.Run(applying, apply.Input{Input: in, Plan: made, Store: store}, apply.Options{Stop: h.stop, Hook: hook{h.tell}})
		if ds.HasErrors() {
			return outcome{}, fmt.Errorf("apply: %w", onlyErrors(ds))
		}
		done = cmp.Or(summary(made), "nothing but the state")
		return outcome{}, nil
	})
	return done, err
}

// former is what lay over the configuration before this incident's changes, and
// whether one of them is in force now; or whether the target was removed and never
// made again with it.
func (r *incidentRun) former(store *state.Store, now *state.State, target addr.Instance) ([]state.Overlay, bool) {
	key := state.ObjectKey{Instance: target}
	var before []state.Overlay
	if then, err := store.ReadHistory(r.trials.last.Serial); err == nil && then.Objects[key] != nil {
		before = slices.DeleteFunc(slices.Clone(then.Objects[key].Overlay), func(o state.Overlay) bool { return o.Origin.Incident == r.id })
	}
	if now.Objects[key] == nil {
		return before, true
	}
	var former, ours []state.Overlay
	for _, o := range now.Objects[key].Overlay {
		if o.Origin.Incident == r.id {
			ours = append(ours, o)
		} else {
			former = append(former, o)
		}
	}
	if len(ours) == 0 {
		return nil, false
	}
	// What a change took the place of is in the state that the model was asked for.
	for _, o := range before {
		if slices.ContainsFunc(ours, func(n state.Overlay) bool { return inside(o.Path, n.Path) }) {
			former = append(former, o)
		}
	}
	slices.SortFunc(former, func(a, b state.Overlay) int { return cmp.Compare(a.Path, b.Path) })
	return former, true
}

// inside tells whether a path is another, or inside it.
func inside(path, other string) bool {
	p, errP := plan.ParseAttributePath(path)
	o, errO := plan.ParseAttributePath(other)
	return errP == nil && errO == nil && p.Within(o)
}

// onlyTarget says why a plan does more than change one instance, or "".
func onlyTarget(made *plan.Plan, target addr.Instance) string {
	for _, c := range made.Changes {
		switch {
		case c.Address != target:
			return "it would change " + c.Address.String() + " too"
		case c.Action == plan.Delete || c.Action == plan.Forget:
			return "it would be removed for good"
		}
	}
	return ""
}

// settle sees to what an earlier monitor left: a change of a model's that was
// applied, and of which nobody knows yet whether it helped. True says that the
// incident is over.
func (r *incidentRun) settle(ctx context.Context) (bool, error) {
	if !r.resumed {
		return false, nil
	}
	r.resumed = false
	r.mu.Lock()
	r.policy = r.s.policy
	r.mu.Unlock()
	if r.trials.last.Outcome != vet.Allow.String() {
		return false, nil // it was never begun to be applied
	}
	if there, err := r.inForce(ctx); !there || err != nil {
		return err != nil, err
	}
	helped, err := r.holds(ctx)
	if err != nil {
		return true, err
	}
	if helped {
		return true, r.aiHelped()
	}
	if err := r.note(incident.Entry{Kind: incident.Failed, Rung: string(plan.RungAI), Message: "the asserts do not pass, as was found after an interruption"}); err != nil {
		return true, err
	}
	return r.takeBack(ctx)
}

// inForce tells whether a change of a model's that this incident brought is in
// the state, also one whose apply was interrupted.
func (r *incidentRun) inForce(ctx context.Context) (bool, error) {
	select {
	case r.healing <- struct{}{}:
		defer func() { <-r.healing }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	h := r.healingNow(ctx)
	h.still = nil
	var there bool
	_, err := h.locked(r.hard, func(in plan.Input, store *state.Store) (outcome, error) {
		_, there = r.former(store, in.State, h.target)
		return outcome{}, nil
	})
	if err != nil && ctx.Err() == nil {
		r.log.Error("whether a change of the AI's is in force cannot be told", "address", r.s.key, "error", err)
		r.resumed = true // it is tried again
		return false, nil
	}
	return there, err
}

// healingNow is what a heal of the subject needs, by the rung ai.
func (r *incidentRun) healingNow(ctx context.Context) healing {
	r.mu.Lock()
	defer r.mu.Unlock()
	return healing{dir: r.dir, input: r.input, target: r.s.target, rung: plan.RungAI, owed: r.s.owed, stop: r.stop,
		tell:  func(text string) { r.log.Info("progress", "address", r.s.key, "text", text) },
		still: func(context.Context) bool { return r.stillToHeal(ctx) }}
}
