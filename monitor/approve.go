package monitor

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
)

// Proposal is a plan that heals, and waits for a person to approve it.
type Proposal struct {
	Incident string
	Dir      string
	Target   string
	Rung     string
	Plan     string // in a line
	Hash     string // what is approved is this plan and no other
}

// proposal is one that waits.
type proposal struct {
	Proposal
	decided chan bool // of one decision
}

// Proposals are all that wait, by project and address.
func (m *Monitor) Proposals() []Proposal {
	var out []Proposal
	for _, p := range m.all() {
		for _, s := range p.proposals() {
			out = append(out, s.Proposal)
		}
	}
	return out
}

// Decide approves or rejects the plan with a hash that is proposed for an
// incident.
func (m *Monitor) Decide(id, hash string, approve bool) error {
	for _, p := range m.all() {
		for _, s := range p.proposals() {
			switch {
			case s.Incident != id:
				continue
			case s.Hash != hash:
				return errors.New("the plan is another one by now; look at it again")
			}
			select {
			case s.decided <- approve:
				return nil
			default:
				return errors.New("somebody else has decided on it already")
			}
		}
	}
	return fmt.Errorf("incident %s does not wait for an approval", id)
}

func (p *project) proposals() []*proposal {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*proposal
	for _, s := range sortedSubjects(p.subjects) {
		if s.proposal != nil {
			out = append(out, s.proposal)
		}
	}
	return out
}

// hashOf is the hash of what a plan does. It says nothing about the values in it
// to those who do not have the secret.
func (m *Monitor) hashOf(made *plan.Plan) string {
	sum := hmac.New(sha256.New, m.opts.Secret)
	for _, c := range made.Changes {
		before, _ := c.Before.UnmarkDeep()
		after, _ := c.After.UnmarkDeep()
		fmt.Fprintf(sum, "%q %q %q %q %q\n", c.Address, c.Deposed, c.Action, before.GoString(), after.GoString())
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// take tries a rung, after a person has approved it where the policy says so. True
// says that the incident is over.
func (r *incidentRun) take(ctx context.Context, to step) (bool, error) {
	done, ask, err := r.try(ctx, to, "")
	for ask != nil && err == nil {
		if r.opts.DryRun || r.policy.Mode != plan.HealApprove {
			return true, r.propose(ctx, to, *ask)
		}
		var approved bool
		if approved, done, err = r.ask(ctx, to, *ask); !approved || err != nil {
			return done, err
		}
		if _, why := r.held(); why != "" {
			return false, nil
		}
		// Should the plan be another one now, that one has to be approved.
		done, ask, err = r.try(ctx, to, ask.hash)
	}
	return done, err
}

// ask waits until a person has decided, or it is well again.
func (r *incidentRun) ask(ctx context.Context, to step, out outcome) (approved, done bool, err error) {
	to.how = out.how
	if r.news(out) || !r.planned.waits {
		err := r.plans(to, out, incident.StateWaitingApproval, fmt.Sprintf("%s fails, and needs an approval: %s", r.s.key, out.plan),
			fmt.Sprintf("By %s: %s.\nTo have it done: clockwork approve %s\nTo have it left: clockwork reject %s", to.name(), out.plan, r.id, r.id))
		if err != nil {
			return false, true, err
		}
	}
	asked := &proposal{Proposal{r.id, r.dir, r.s.key, string(to.rung), out.plan, out.hash}, make(chan bool, 1)}
	r.show(asked)
	defer r.show(nil)
	r.say("[Remediation] %s: %s waits for an approval: %s; clockwork approve %s", r.s.key, to.name(), out.plan, r.id)
	var expired <-chan time.Time
	if out.within > 0 {
		timer := time.NewTimer(out.within - time.Since(r.trials.proposed))
		defer timer.Stop()
		expired = timer.C
	}
	for {
		r.mu.Lock()
		health, gone, changed := r.s.health, r.subjects[r.s.key] != r.s || len(r.s.checks) == 0, r.s.changed
		r.mu.Unlock()
		switch {
		case gone:
			return false, true, r.over(incident.StateClosed, incident.Noted, "it is not checked any more")
		case health == Healthy:
			return false, true, r.over(incident.StateHealed, incident.Healed, "it is well again")
		}
		if why := out.whyStale(); why != "" {
			r.withdraw()
			r.say("[Remediation] %s: what %s proposes cannot be approved any more: %s", r.s.key, to.name(), why)
			return false, false, r.note(incident.Entry{Kind: incident.Failed, State: incident.StateHealing, Rung: string(to.rung), Message: "it cannot be approved any more: " + why})
		}
		select {
		case ok := <-asked.decided:
			r.withdraw()
			if ok {
				return true, false, r.note(incident.Entry{Kind: incident.Approved, State: incident.StateHealing, Rung: string(to.rung), Message: "a person approved it"})
			}
			r.say("[Remediation] %s: %s was rejected", r.s.key, to.name())
			if err := r.note(incident.Entry{Kind: incident.Rejected, State: incident.StateEscalated, Rung: string(to.rung), Message: "a person rejected it"}); err != nil {
				return false, true, err
			}
			return false, true, r.untilWell(ctx)
		case <-expired:
			r.withdraw()
			if err := r.note(incident.Entry{Kind: incident.Failed, Rung: string(to.rung), Message: "nobody approved it in time"}); err != nil {
				return false, true, err
			}
			if err := r.tell("nobody has decided on what "+string(to.rung)+" proposes", nil); err != nil {
				return false, true, err
			}
			return false, true, r.untilWell(ctx)
		case <-changed:
		case <-time.After(time.Minute): // its asserts may be gone
		case <-ctx.Done():
			return false, true, ctx.Err()
		}
	}
}

// withdraw notes that nothing is to be decided on any more.
func (r *incidentRun) withdraw() {
	r.show(nil)
	r.planned.hash, r.planned.waits = "", false
}

// show has others see what is proposed, or that nothing is.
func (r *incidentRun) show(p *proposal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s.proposal, r.s.left = p, p != nil
}
