package monitor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// roomNeeded is how many bytes there must be for what is recorded of a heal.
const roomNeeded = 64 << 10

// try makes one attempt, and sees whether it helped; approved is the hash of the
// plan that a person approved, if one did. It returns a plan that a person has to
// approve first.
func (r *incidentRun) try(ctx context.Context, to step, approved string) (done bool, ask *outcome, err error) {
	select {
	case r.healing <- struct{}{}:
		defer func() { <-r.healing }()
	case <-ctx.Done():
		return true, nil, ctx.Err()
	}
	out, done, err := r.attempt(ctx, to, approved)
	if out.proposed && err == nil {
		return false, &out, nil
	}
	return done, nil, err
}

func (r *incidentRun) attempt(ctx context.Context, to step, approved string) (out outcome, done bool, err error) {
	if err := r.hasRoom(); err != nil {
		return out, true, err
	}
	r.mu.Lock()
	h := healing{dir: r.dir, input: r.input, target: r.s.target, rung: to.rung, good: r.good.Serial, owed: r.s.owed, planFor: r.opts.planFor, applyFor: r.opts.applyFor, approved: approved, hash: r.hashOf,
		dryRun: r.opts.DryRun || r.policy.Mode != plan.HealAuto && approved == "",
		stop:   r.stop, tell: func(text string) { r.log.Info("progress", "address", r.s.key, "text", text) }}
	r.mu.Unlock()
	h.still = func(context.Context) bool { return r.stillToHeal(ctx) }
	var begun bool
	var unrecorded error
	h.begin = func(made *plan.Plan) error {
		begun = true
		to.how = howOf(to.rung, made)
		unrecorded = r.begin(to)
		return unrecorded
	}
	out, err = h.heal(r.hard)
	interrupted := errors.Is(err, context.Canceled)
	full := err != nil && r.hasRoom() != nil
	// What was not even looked at was not tried.
	if err != nil && !begun && !interrupted {
		_, _ = r.look(ctx)
	}
	unseen := err != nil && !begun && !interrupted && (r.blind || full)
	if err != nil && !begun && !interrupted && !unseen {
		_ = h.begin(nil) // that nothing could be done counts too
	}
	if begun {
		r.mu.Lock()
		r.s.owed = err != nil
		r.mu.Unlock()
	}
	switch {
	case unrecorded != nil:
		return out, true, unrecorded
	case errors.Is(err, context.Canceled):
		return out, true, err
	case unseen:
		held := r.note(incident.Entry{Kind: incident.Held, State: incident.StatePaused, Rung: string(to.rung), Message: err.Error()})
		if full {
			return out, true, err
		}
		return out, false, held
	case full:
		return out, true, err
	case err != nil:
		r.say("[Remediation] %s: %s failed: %v", r.s.key, to.name(), err)
		if err := r.note(incident.Entry{Kind: incident.Failed, Rung: string(to.rung), Message: err.Error()}); err != nil {
			return out, true, err
		}
		// It may have come far enough; or nobody can tell any more how it is,
		// because the engine went away.
		if begun && r.verify(ctx, 0) {
			return out, true, r.over(incident.StateHealed, incident.Healed, fmt.Sprintf("it is well, although %s failed", to.name()))
		}
		return out, false, nil
	case out.gone:
		return out, true, r.over(incident.StateClosed, incident.Noted, "it is not deployed any more")
	case out.over:
		return out, true, r.over(incident.StateHealed, incident.Verified, "somebody else healed it")
	case out.skipped != "":
		return out, false, r.skip(skipped{to.rung, to.number, out.skipped})
	case out.proposed:
		return out, true, nil
	}
	if err := r.note(incident.Entry{Kind: incident.Applied, Rung: string(to.rung), Message: out.plan}); err != nil {
		return out, true, err
	}
	r.refresh()
	helped := r.verify(ctx, r.verifyFor())
	if !helped && ctx.Err() != nil {
		return out, true, ctx.Err() // nobody knows yet
	}
	if helped {
		took := time.Since(r.begun)
		r.say("[Remediation] ✓ %s healthy again after %.1f s", r.s.key, took.Seconds())
		return out, true, r.over(incident.StateHealed, incident.Healed, fmt.Sprintf("%s helped, after %.1f s", to.name(), took.Seconds()))
	}
	r.say("[Remediation] %s: %s did not help", r.s.key, to.name())
	return out, false, r.note(incident.Entry{Kind: incident.Failed, Rung: string(to.rung), Message: "the asserts do not pass"})
}

// verifyFor is how long a rung has to show that it helped.
func (r *incidentRun) verifyFor() time.Duration {
	if r.policy.Verify > 0 {
		return r.policy.Verify
	}
	return r.opts.VerifyFor
}

// stillToHeal tells, with the state's lock held, whether there is still anything
// to heal.
func (r *incidentRun) stillToHeal(ctx context.Context) bool {
	if r.removed.Load() {
		return false
	}
	r.refresh() // whoever held the lock may have changed the state
	return !r.verify(ctx, 0)
}

// begin records an attempt before it is made, so that it counts even if the
// monitor is killed meanwhile.
func (r *incidentRun) begin(to step) error {
	r.say("[Remediation] %s: rung %d of %d: %s", r.s.key, to.number, len(r.policy.Ladder), to.name())
	if err := r.note(incident.Entry{Kind: incident.Attempted, State: incident.StateHealing, Rung: string(to.rung), Message: to.how}); err != nil {
		return err
	}
	r.diagnosed, r.tried, r.short.noted = false, true, false
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s.history = append(r.s.history, attempt{to.rung, time.Now()})
	r.s.stopped = time.Time{}
	return nil
}

// propose records what would be done, and leaves it to people.
func (r *incidentRun) propose(ctx context.Context, to step, out outcome) error {
	to.how = out.how
	if r.opts.DryRun || r.news(out) {
		r.say("[Remediation] %s: %s would do this: %s", r.s.key, to.name(), out.plan)
		err := r.plans(to, out, incident.StateEscalated, fmt.Sprintf("%s fails; suggested: %s", r.s.key, out.plan),
			fmt.Sprintf("By %s: %s. The policy only suggests it: nothing is done by itself.", to.name(), out.plan))
		if err != nil {
			return err
		}
	}
	for to.rung != plan.RungAI {
		if over, err := r.consultToo(ctx); over || err != nil {
			return err
		}
		if r.short.why == "" {
			break
		}
		if over, err := r.wellOr(ctx, r.affordIn); over || err != nil {
			return err
		}
	}
	return r.untilWell(ctx)
}

// consultToo has the AI suggest something too, once another rung has and nothing
// is done. True says that the incident is over.
func (r *incidentRun) consultToo(ctx context.Context) (bool, error) {
	at := slices.Index(r.policy.Ladder, plan.RungAI)
	if at < 0 || r.cannot(plan.RungAI) != "" {
		return false, nil
	}
	return r.consult(ctx, step{rung: plan.RungAI, number: at + 1})
}

// hasRoom tells whether a heal can be recorded in the project's state: with no room
// it would end half-way.
func (r *incidentRun) hasRoom() error {
	if r.opts.DryRun {
		return nil
	}
	f, err := os.CreateTemp(filepath.Join(r.dir, state.Dir), "room-")
	if err != nil {
		return fmt.Errorf("write to the state's folder: %w", err)
	}
	_, err = f.Write(make([]byte, roomNeeded))
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("write to the state's folder: %w", err)
	}
	return nil
}
