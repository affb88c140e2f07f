package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/completion/redact"
	"github.com/clockwork-hcl/clockwork/internal/failpoint"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/state"
)

const (
	// askFor is how long a model may take in all. Whoever asks it has a limit of
	// its own; this one holds even if that does not.
	askFor = 3 * time.Minute
	// askAtOnce is how many questions of one project are under way at a time.
	askAtOnce = 4
	// saidCause is how much of what a model says the matter is goes into a line.
	saidCause = 160
	saidLog   = 200
)

// consultation is one question to a model, and what comes of its answer. While
// the model thinks, no lock is held.
type consultation struct {
	*incidentRun
	to        step
	completer ask.Completer
	question  ask.Question
	// request is what an answer is vetted by, with all as it was for the question.
	request vet.Request

	calls      []*call
	counted    bool   // among the attempts
	refusal    string // why no request was permitted any more
	unrecorded error
	reply      ask.Reply
	cause      string // what the answer says the matter is, redacted
}

// aiCannot says why the AI cannot be asked now, or "".
func (r *incidentRun) aiCannot() string {
	if r.policy.AI == nil {
		return "its policy has no ai block that can be used"
	}
	switch {
	case r.trials.suggested && r.policy.Mode == plan.HealSuggest:
		return "it was asked already, and what it suggests is in this incident"
	case r.trials.abstained:
		return "it was asked already, and has nothing to propose"
	}
	completer, err := r.completer()
	switch {
	case err != nil:
		return "the model cannot be used: " + plain(err.Error(), keptText)
	case completer == nil:
		return "no model is configured"
	}
	return r.afford()
}

func (r *incidentRun) completer() (ask.Completer, error) {
	if r.opts.Completer == nil {
		return nil, nil
	}
	return r.opts.Completer(r.dir)
}

// consult is the rung ai: a model is asked, and what it proposes is done as far
// as the gates let it through. True says that the incident is over.
func (r *incidentRun) consult(ctx context.Context, to step) (bool, error) {
	if r.opts.DryRun {
		r.say("[Remediation] %s: %s would ask a model what to change", r.s.key, to.rung)
		return true, r.untilWell(ctx)
	}
	if err := r.hasRoom(); err != nil {
		return true, err
	}
	if c := r.again(ctx, to); c != nil {
		return c.decide(ctx)
	}
	c, why, err := r.asked(ctx, to)
	switch {
	case err != nil:
		return true, err
	case why != "":
		return false, r.skip(skipped{to.rung, to.number, why})
	case c == nil:
		return false, nil // an attempt that failed, which is on record
	}
	return c.decide(ctx)
}

// asked asks the model, and records all that is sent and received. It returns
// why there was nothing to ask, or nil if there is no answer.
func (r *incidentRun) asked(ctx context.Context, to step) (c *consultation, why string, err error) {
	select {
	case r.asking <- struct{}{}:
		defer func() { <-r.asking }()
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
	if why := r.aiCannot(); why != "" { // others may have used the budget up meanwhile
		return nil, why, nil
	}
	c = &consultation{incidentRun: r, to: to}
	if c.completer, err = r.completer(); err != nil {
		return nil, "the model cannot be used: " + plain(err.Error(), keptText), nil
	}
	if why := c.prepare(ctx); why != "" || ctx.Err() != nil {
		return nil, why, ctx.Err()
	}
	if line := lastComplaint(r.found.Logs); line != "" {
		r.say("[Diagnostic] Logs: \"%s\"", plain(redact.New(c.request.Secrets).Text(line), saidLog))
	}
	if err := r.begin(to); err != nil {
		return nil, "", err
	}
	c.counted = true
	r.say("[Remediation] Updating completion prompt with error context...")
	limited, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	reply, failure := c.completer.Ask(limited, c.question)
	c.reply, c.request.Answer = reply, reply.Answer
	c.cause = c.said()
	if err := c.keep(); err != nil {
		return nil, "", err
	}
	failpoint.Reached("ai-after-answer")
	if failure == nil {
		return c, "", nil
	}
	return nil, c.unanswered(ctx, failure), c.unrecorded
}

// prepare gathers what the model is told. It says why that cannot be done, or "".
func (c *consultation) prepare(ctx context.Context) string {
	c.mu.Lock()
	m := Matter{Input: c.input, Target: c.s.target, Policy: c.policy, Found: c.found, Others: map[string]Health{}, Trials: c.trials.done,
		Policies: map[string]plan.Policy{}, Hash: c.hashOf}
	good := c.good
	for _, f := range c.s.failing() {
		m.Failing = append(m.Failing, Failure{f.Type, f.message})
	}
	for _, other := range c.after[c.s.key] {
		if s := c.subjects[other]; s != nil {
			m.Others[other] = s.health
		}
	}
	for _, s := range c.subjects {
		m.Policies[budgetOf(s.policy)] = s.policy
	}
	c.mu.Unlock()
	store, err := state.Open(filepath.Join(c.dir, state.Dir), state.Options{Version: m.Input.Version})
	if err != nil {
		return "the state cannot be read: " + err.Error()
	}
	defer store.Close()
	m.Input.State = store.State()
	if good.Serial > 0 {
		m.Good, _ = store.ReadHistory(good.Serial) // nil when it is not kept any more
	}
	if c.question, c.request, err = NewQuestion(ctx, m); err != nil {
		return err.Error()
	}
	c.question.Permit = c.permit
	return ""
}

// permit takes a request out of the budget, and records it, before it is sent.
func (c *consultation) permit(tokens int) error {
	reserved, data, why := c.budgets.reserve(c.policy, tokens, time.Now())
	if why != "" {
		c.refusal = why
		c.lacks(tokens, why)
		return errors.New(why)
	}
	raw, err := json.Marshal(data)
	if err == nil {
		err = c.note(incident.Entry{Kind: incident.Asked, Rung: string(c.to.rung), Data: raw,
			Message: fmt.Sprintf("a request of about %d tokens", data.Tokens)})
	}
	if err != nil {
		c.budgets.giveBack(c.policy, reserved)
		c.unrecorded = err
		return errors.New("it cannot be recorded")
	}
	c.calls = append(c.calls, reserved)
	failpoint.Reached("ai-before-request")
	return nil
}

// keep records the exchanges.
func (c *consultation) keep() error {
	if c.unrecorded != nil {
		return c.unrecorded
	}
	for i, e := range c.reply.Exchanges {
		if i < len(c.calls) {
			c.budgets.settle(c.calls[i], e.PromptTokens+e.CompletionTokens)
		}
		c.tallies.exchange(c.identity().Name, e)
		kept, data := answered(e)
		message := "an answer of " + plain(kept.Model, keptText)
		if kept.Error != "" {
			message = "no answer that can be used: " + kept.Error
		}
		if err := c.note(incident.Entry{Kind: incident.Answered, Rung: string(c.to.rung), Message: message, Data: data}); err != nil {
			return err
		}
	}
	return nil
}

// unanswered sees to a question that has no answer. It says why there is no use
// in asking again, or "" where there may be.
func (c *consultation) unanswered(ctx context.Context, failure error) string {
	if ctx.Err() != nil {
		c.unrecorded = ctx.Err()
		return ""
	}
	why := plain(failure.Error(), keptText)
	var e *ask.Error
	if errors.As(failure, &e) {
		switch e.Reason {
		case ask.NotPermitted:
			if c.refusal != "" {
				why = c.refusal
			}
			if len(c.calls) > 0 { // or the budget would be spent on it for ever
				c.unrecorded = c.fail("the model gave no answer that can be used, and " + why)
				return ""
			}
			c.uncount()
			return why
		case ask.NotConfigured, ask.Unauthorised, ask.NotFound:
			c.uncount()
			return why
		}
	}
	c.unrecorded = c.fail("the model gave no answer that can be used: " + why)
	return ""
}

// fail records that the attempt failed.
func (c *consultation) fail(why string) error {
	c.say("[Remediation] %s: %s failed: %s", c.s.key, c.to.rung, why)
	return c.note(incident.Entry{Kind: incident.Failed, Rung: string(c.to.rung), Message: why})
}

// uncount takes the attempt back that was counted last: nothing came of it.
func (c *consultation) uncount() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.s.history); c.counted && n > 0 && c.s.history[n-1].rung == c.to.rung {
		c.s.history = c.s.history[:n-1]
	}
	c.counted = false
}

// said is what the model said the matter is in the answer that was taken, as it may
// be shown: what is kept of an exchange is redacted, and the answer itself is not.
func (c *consultation) said() string {
	n := len(c.reply.Exchanges)
	if n == 0 {
		return ""
	}
	var a struct {
		Cause string `json:"cause"`
	}
	if json.Unmarshal(objectIn(c.reply.Exchanges[n-1].Answer), &a) != nil {
		return ""
	}
	return plain(a.Cause, keptText)
}
