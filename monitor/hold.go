package monitor

import (
	"context"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
)

// stoppedByHand is what the record says of what a person has stopped, by which
// the next monitor knows it.
const stoppedByHand = "somebody stopped it on purpose"

// hold waits while something else must be well first, or people want it to be
// left alone. True says that the incident is over.
func (r *incidentRun) hold(ctx context.Context) (bool, error) {
	told, begun := "", time.Now()
	for ctx.Err() == nil {
		state, why := r.held()
		if why == "" || told != "" && !r.stillFails() && !r.unknown() {
			break
		}
		if why != told {
			told = why
			r.leave(state == incident.StatePaused)
			r.planned.waits = false
			r.say("[Remediation] %s: on hold: %s", r.s.key, why)
			if err := r.note(incident.Entry{Kind: incident.Held, State: state, Message: why}); err != nil {
				return true, err
			}
		}
		// Whoever is woken by it can do what healing cannot.
		if (r.unknown() || r.blind) && !r.escalated && time.Since(begun) > 10*r.opts.VerifyFor {
			if err := r.tell(why, nil); err != nil {
				return true, err
			}
		}
		r.wait(ctx, onceAWhile)
		if r.blind {
			_, _ = r.look(ctx) // only whether it can
		}
	}
	if told == "" || ctx.Err() != nil {
		return false, ctx.Err()
	}
	r.leave(false)
	r.diagnosed = false
	if r.verify(ctx, r.opts.VerifyFor/10) {
		return true, r.over(incident.StateHealed, incident.Verified, "it is well again, after what it waited for")
	}
	return false, nil
}

// leave notes that it waits for people, or does not any more.
func (r *incidentRun) leave(left bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s.left = left
}

// unknown tells whether nobody can tell how it is, because the engine that it
// runs in is down for example.
func (r *incidentRun) unknown() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.s.health == Unknown && r.subjects[r.s.key] == r.s && len(r.s.checks) > 0
}

// held says why nothing may be done now, and what state that is.
func (r *incidentRun) held() (incident.State, string) {
	if r.missing() {
		return incident.StatePaused, "the project's folder, or the state in it, is gone"
	}
	if why := r.opts.Paused(r.dir, r.s.key); why != "" {
		return incident.StatePaused, why
	}
	if r.unknown() {
		return incident.StatePaused, "whether it is well cannot be told now"
	}
	if r.blind {
		return incident.StatePaused, "it cannot be looked at now"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range r.after[r.s.key] {
		if d := r.subjects[key]; d != nil && d != r.s && d.health == Unhealthy {
			return incident.StateWaitingDependency, "it depends on " + key + ", which fails too and is healed first"
		}
	}
	if r.manual && r.s.policy.OnManualStop == plan.ManualStopHold {
		return incident.StatePaused, stoppedByHand
	}
	return "", ""
}
