package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/internal/failpoint"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/state"
)

// approvalFor is how long a proposal of a model's waits for a person.
const approvalFor = 24 * time.Hour

// decision is what came of vetting an answer.
type decision struct {
	outcome
	kept    Vetted
	denied  string // why it was denied, "" if it was not
	applied bool   // it was begun to be applied
}

// decide vets the answer, has a person approve it where that is needed, applies
// it, and sees whether it helped. True says that the incident is over.
func (c *consultation) decide(ctx context.Context) (bool, error) {
	if _, why := c.held(); why != "" {
		return false, c.fail("meanwhile it is on hold: " + why)
	}
	for approved := ""; ; {
		d, err := c.vetAndApply(ctx, approved)
		switch {
		case c.unrecorded != nil:
			return true, c.unrecorded
		case errors.Is(err, context.Canceled):
			return true, err
		case d.gone:
			return true, c.over(incident.StateClosed, incident.Noted, "it is not deployed any more")
		case d.over:
			return true, c.over(incident.StateHealed, incident.Healed, "it became well while the model was asked")
		case d.kept.abstained():
			return true, c.abstained(ctx, d)
		case d.denied != "":
			return false, c.fail("it was refused: " + d.denied)
		case d.applied:
			return c.judge(ctx, d, err)
		case err != nil:
			return false, c.fail(err.Error())
		}
		c.uncount() // what is only proposed was not tried
		if c.policy.Mode == plan.HealSuggest {
			return true, c.propose(ctx, c.to, d.outcome)
		}
		ok, done, err := c.ask(ctx, c.to, d.outcome)
		if done || err != nil {
			return done, err
		}
		c.count()
		if !ok {
			return false, nil // it is another state or configuration by now
		}
		if _, why := c.held(); why != "" {
			return false, nil
		}
		approved = d.hash
	}
}

// count counts the attempt again that is made after all.
func (c *consultation) count() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.history = append(c.s.history, attempt{c.to.rung, time.Now()})
	c.counted = true
}

// vetAndApply passes the answer through the gates, and applies what they let
// through: all that with the state's lock held.
func (c *consultation) vetAndApply(ctx context.Context, approved string) (d decision, err error) {
	select {
	case c.healing <- struct{}{}:
		defer func() { <-c.healing }()
	case <-ctx.Done():
		return d, ctx.Err()
	}
	h := c.healingNow(ctx)
	d.outcome, err = h.locked(c.hard, func(in plan.Input, store *state.Store) (outcome, error) {
		planning, done := h.planning(c.hard)
		defer done()
		v := c.vet(planning, in, approved)
		d.kept = vettedOf(v, c.request, c.cause, c.reply.Model)
		if v.Outcome == vet.Deny {
			d.denied = denial(v)
		}
		c.tallies.gates(c.identity().Name, v.Gates)
		if c.unrecorded = c.record(d); c.unrecorded != nil {
			return outcome{}, c.unrecorded
		}
		failpoint.Reached("ai-after-vetted")
		out := outcome{plan: d.kept.Plan, hash: v.Hash, serial: in.State.Serial}
		c.saySuggestion(d.kept, approved)
		if d.denied != "" {
			return out, nil
		}
		if v.Vetted == nil {
			out.proposed = true
			out.plan += ": " + strings.Join(changeLines(d.kept), ", ")
			out.stale, out.within = c.stale, c.opts.ApprovalFor
			return out, nil
		}
		c.say("[Remediation] Re-applying %s with %s", c.s.key, counted(len(v.Answer.Changes)))
		d.applied = true
		applying, cancel := h.applying(c.hard)
		defer cancel()
		_, ds := apply.RunVetted(applying, apply.Input{Input: in, Store: store}, v.Vetted, apply.Options{Stop: h.stop, Hook: hook{h.tell}})
		out.serial = store.State().Serial
		failpoint.Reached("ai-after-apply")
		if ds.HasErrors() {
			return out, fmt.Errorf("apply: %w", onlyErrors(ds))
		}
		return out, nil
	})
	if d.applied {
		c.mu.Lock()
		c.s.owed = err != nil
		c.mu.Unlock()
	}
	return d, err
}

func counted(changes int) string {
	if changes == 1 {
		return "1 change"
	}
	return fmt.Sprintf("%d changes", changes)
}

// vet passes the answer through the gates, with the state and the policy as they
// are now.
func (c *consultation) vet(ctx context.Context, in plan.Input, approved string) vet.Verdict {
	r := c.request
	r.Policy, r.Input, r.Approved = c.policyNow(), in, approved
	r.Origin = state.Origin{Model: plain(c.reply.Model, 200), Time: time.Now().UTC().Round(time.Second), Incident: c.id, Cause: c.cause}
	r.Spent = func() error {
		if why := c.budgets.overspent(c.policy, time.Now()); why != "" {
			return errors.New(why)
		}
		return nil
	}
	r.Failed = c.trials.failed
	return vet.Vet(ctx, r)
}

// policyNow is the policy that holds now: a person may have changed it while the
// model was asked.
func (c *consultation) policyNow() plan.Policy {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.s.policy
}

// stale says why what is proposed cannot be approved any more, or "".
func (c *consultation) stale() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.serial != c.request.Serial:
		return "the state has changed since the model was asked"
	case c.input.Config.Hash != c.request.ConfigHash:
		return "the configuration has changed since the model was asked"
	}
	return ""
}

// record puts a verdict on record.
func (c *consultation) record(d decision) error {
	message := "every gate lets it through"
	switch {
	case d.denied != "":
		message = "it was refused: " + d.denied
	case d.kept.Outcome != vet.Allow.String():
		message = "a person has to approve it"
	}
	if d.kept.abstained() {
		message = "the verdict is " + d.kept.Verdict
	}
	data, err := json.Marshal(d.kept)
	if err != nil {
		return fmt.Errorf("record a verdict: %w", err)
	}
	return c.note(incident.Entry{Kind: incident.Vetted, Rung: string(c.to.rung), Message: message, Data: data})
}

// denial says which gate denied, and why.
func denial(v vet.Verdict) string {
	for _, g := range v.Gates {
		if g.Outcome == vet.Deny {
			return plain(fmt.Sprintf("%s: %s", g.Name, g.Reason), keptText)
		}
	}
	return "no gate let it through"
}

// changeLines are the changes of a proposal, each in a line.
func changeLines(kept Vetted) []string {
	var out []string
	for _, c := range kept.Changes {
		line := c.Path
		if scalar(c.Value) {
			line += " = " + plain(string(c.Value), saidLog)
		}
		out = append(out, line)
	}
	return out
}

// scalar tells whether JSON is short enough to be read in a line.
func scalar(value json.RawMessage) bool {
	return len(value) > 0 && len(value) <= 80 && !strings.ContainsAny(string(value[:1]), "{[")
}

func (c *consultation) saySuggestion(kept Vetted, approved string) {
	if approved != "" || len(kept.Changes) == 0 {
		return
	}
	text := strings.Join(changeLines(kept), ", ")
	if kept.Cause != "" {
		text += " (" + plain(kept.Cause, saidCause) + ")"
	}
	c.say("[Remediation] AI suggests: %s", plain(text, 2*saidLog))
}

// abstained escalates what the model would not propose anything for.
func (c *consultation) abstained(ctx context.Context, d decision) error {
	why := "the AI knows no change that would help"
	if d.kept.Verdict == vet.NeedHuman {
		why = "the AI leaves it to people"
	}
	if d.kept.Cause != "" {
		why += ": " + plain(d.kept.Cause, saidCause)
	}
	if !c.escalated {
		if err := c.tell(why, nil); err != nil {
			return err
		}
	}
	return c.untilWell(ctx)
}
