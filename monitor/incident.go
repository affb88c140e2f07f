package monitor

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/internal/parallel"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/notify"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

const (
	// othersChance is how long the engine's own restart policy has.
	othersChance = 10 * time.Second
	// manualFor is how long after it was told to stop something may take to fail
	// because of that.
	manualFor = 30 * time.Second
	// onceAWhile is how often what is waited for is looked at, beside the
	// moments when something is known to have changed.
	onceAWhile = time.Second
	// verifyAtOnce is how many checks of a subject are run at the same time to see
	// whether it is well.
	verifyAtOnce = 8
)

// incidentRun is one incident under way. It ends when its subject is healthy
// again, or nobody checks it any more.
type incidentRun struct {
	*project
	s      *subject
	id     string
	begun  time.Time
	policy plan.Policy
	facts  map[string]string
	// found is what its provider found the matter to be.
	found providers.DiagnoseResponse
	// trials are what was tried in it; resumed says that an earlier monitor began it.
	trials  trials
	resumed bool
	// blind says that its provider could not look at it when it was asked last.
	blind bool
	// manual says that somebody stopped it.
	manual bool
	// escalated says that people were told already.
	escalated bool
	// flapping says that it becomes well and fails again and again.
	flapping bool
	// diagnosed says that nothing was done since it was diagnosed.
	diagnosed bool
	// planned is the proposal that people were told of last.
	planned planned
	// short is what its policy's budget lacks; awaited says that it was waited for, and
	// tried that something was tried since people were told.
	short          shortage
	awaited, tried bool
	// refused are the rungs that could not help in this incident, and why.
	refused map[plan.Rung]string
}

// incident lives through an incident of a subject. While what is done cannot be
// recorded nothing is, and people are told.
func (p *project) incident(s *subject) {
	ctx := p.soft
	defer func() {
		p.mu.Lock()
		s.incident, s.busy, s.left, s.flapping = "", false, false, false
		again := s.health == Unhealthy
		p.mu.Unlock()
		if again { // it failed again before all was done about it
			p.trigger(s.key)
		}
	}()
	begun := time.Now()
	for {
		r := &incidentRun{project: p, s: s, begun: begun, refused: map[plan.Rung]string{}}
		err := r.run(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		r.say("[Error] %s: nothing is healed, because it cannot be recorded; another try in %v: %v", s.key, p.opts.RetryAfter, err)
		p.log.Error("nothing is healed, because it cannot be recorded", "address", s.key, "incident", r.id, "error", err)
		r.leave(true)
		r.pause(ctx, p.opts.RetryAfter)
		r.leave(false)
	}
}

func (r *incidentRun) run(ctx context.Context) error {
	r.awaitOthers(ctx)
	if !r.stillFails() && !r.isLeft() {
		return nil
	}
	if err := r.open(); err != nil {
		return err
	}
	r.mu.Lock()
	r.s.incident = r.id
	r.manual = r.manual || !r.s.stopped.IsZero() && r.begun.Sub(r.s.stopped) < manualFor
	r.mu.Unlock()
	live := r.live
	if r.flapping || r.planned.rejected {
		live = r.untilWell
	}
	err := live(ctx)
	if err != nil && ctx.Err() == nil {
		r.putBack()
	}
	return err
}

// awaitOthers waits while somebody else is changing the project: what fails in
// the middle of an apply or a destroy is no incident.
func (r *incidentRun) awaitOthers(ctx context.Context) {
	waited := false
	for ctx.Err() == nil {
		// One at a time: who looks at the lock holds it for a moment.
		r.probing.Lock()
		info, held, err := state.ReadLockInfo(filepath.Join(r.dir, state.Dir))
		r.probing.Unlock()
		if err != nil || !held || info.Operation == lockOperation {
			break
		}
		waited = true
		r.pause(ctx, 250*time.Millisecond)
	}
	if waited && ctx.Err() == nil {
		r.refreshAfter(time.Now())
		r.verify(ctx, 0)
	}
}

// stillFails tells whether there is anything to heal.
func (r *incidentRun) stillFails() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.s.health == Unhealthy && r.subjects[r.s.key] == r.s
}

// open records the incident, or goes on with the one that an earlier monitor
// left.
func (r *incidentRun) open() error {
	if r.opts.DryRun {
		return nil
	}
	if left, ok := r.takeLeft(); ok {
		r.id, r.planned, r.resumed = left.ID, plannedIn(left), true
		r.recollect()
		r.escalated = slices.ContainsFunc(left.Events, func(e incident.Event) bool { return e.Kind == incident.Escalated })
		r.manual = slices.ContainsFunc(left.Events, func(e incident.Event) bool { return e.Kind == incident.Held && e.Message == stoppedByHand })
		if flapped(left.Events) {
			r.setFlapping()
			return nil // as nothing that goes on meanwhile, this is on record
		}
		err := r.note(incident.Entry{Kind: incident.Noted, Message: "it is gone on with, after an interruption"})
		if err != nil {
			r.putBack()
		}
		return err
	}
	r.mu.Lock()
	var asserts, messages []string
	for _, w := range r.s.failing() {
		asserts = append(asserts, w.Address)
		messages = append(messages, w.Type+": "+w.message)
	}
	target := r.s.key
	r.mu.Unlock()
	made, err := r.incidents.Create(incident.Subject{Project: r.identity(), Target: target, Asserts: asserts, Severity: incident.SeverityError},
		incident.Entry{Message: strings.Join(messages, "; ")})
	if err != nil {
		return err
	}
	r.id = made.ID
	r.notify(notify.Opened, strings.Join(messages, "; "))
	return nil
}

// note appends to the record. What cannot be recorded is not done. A dry run
// leaves no record, which would count.
func (r *incidentRun) note(e incident.Entry) error {
	if r.opts.DryRun {
		return nil
	}
	if err := r.incidents.Append(r.id, e); err != nil {
		return fmt.Errorf("record what is done about incident %s: %w", r.id, err)
	}
	r.trials.take(incident.Event{Time: time.Now(), Kind: e.Kind, Rung: e.Rung, Message: e.Message, Data: e.Data})
	return nil
}

// live confirms, heals and verifies, until it is over.
func (r *incidentRun) live(ctx context.Context) error {
	if r.verify(ctx, 0) {
		return r.over(incident.StateClosed, incident.Verified, "it was well again when it was looked at once more")
	}
	if err := r.note(incident.Entry{Kind: incident.Confirmed, Message: "it was looked at once more, and still fails"}); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if done, err := r.hold(ctx); done || err != nil {
			return err
		}
		if done, err := r.settle(ctx); done || err != nil {
			return err
		}
		if !r.diagnosed {
			if err := r.diagnose(ctx); err != nil {
				return err
			}
		}
		if r.blind {
			continue // which is held
		}
		done, err := r.climb(ctx)
		if done || err != nil {
			return err
		}
	}
	return ctx.Err()
}

// climb takes the next rung. True says that the incident is over.
func (r *incidentRun) climb(ctx context.Context) (bool, error) {
	if why := r.flaps(); why != "" {
		return true, r.flap(ctx, why)
	}
	if r.facts["status"] == "restarting" && r.verify(ctx, othersChance) {
		return true, r.over(incident.StateHealed, incident.Healed, "the engine restarted it")
	}
	ladder := r.policy.Ladder
	if r.policy.Mode == plan.HealOff || !r.healable() {
		ladder = nil
	}
	now := time.Now()
	r.mu.Lock()
	recent := r.s.history.within(r.policy.Window, now)
	if r.awaited {
		recent = r.s.history // however long it took
	}
	r.mu.Unlock()
	to, passed := next(ladder, r.policy.Attempts, r.policy.Backoff, recent, now, r.cannot)
	for _, s := range passed {
		if r.refused[s.rung] == "" {
			if err := r.skip(s); err != nil {
				return true, err
			}
		}
	}
	if to.rung == plan.RungEscalate {
		return r.escalate(ctx, len(recent), slices.ContainsFunc(passed, r.isShortage))
	}
	if to.wait > 0 && r.recovers(ctx, to.wait) {
		return true, r.over(incident.StateHealed, incident.Healed, "it became well by itself")
	}
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	if _, why := r.held(); why != "" {
		return false, nil // it came about while it was waited
	}
	if to.rung == plan.RungAI {
		return r.consult(ctx, to)
	}
	return r.take(ctx, to)
}

// healable tells whether anything may be tried at all.
func (r *incidentRun) healable() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.s.mayBeHealed()
}

func (r *incidentRun) skip(s skipped) error {
	switch {
	case !r.isShortage(s):
		r.refused[s.rung] = s.why
	case r.short.noted:
		return nil
	default:
		r.short.noted = true
	}
	r.say("[Remediation] %s: rung %d: %s is skipped: %s", r.s.key, s.number, s.rung, s.why)
	return r.note(incident.Entry{Kind: incident.Skipped, Rung: string(s.rung), Message: s.why})
}

// cannot says why a rung cannot help.
func (r *incidentRun) cannot(rung plan.Rung) string {
	switch {
	case r.refused[rung] != "":
		return r.refused[rung]
	case rung == plan.RungRestart && r.facts["exists"] == "false":
		return "it does not exist"
	case rung == plan.RungAI && !r.waits():
		return r.aiCannot()
	}
	return ""
}

// escalate tells people, once, and waits until it is well; or until the AI can be
// asked, when only the budget is in the way. True says that the incident is over.
func (r *incidentRun) escalate(ctx context.Context, attempts int, short bool) (bool, error) {
	tried := fmt.Sprintf("%d attempts", attempts)
	if attempts == 1 {
		tried = "1 attempt"
	}
	why := tried + " did not help"
	switch {
	case r.policy.Mode == plan.HealOff:
		why = "its policy forbids to heal it"
	case !r.healable():
		why = "there is nothing that could be healed"
	case attempts < r.policy.Attempts:
		why = "nothing is left to try"
	case r.heals() > 0:
		why = tried + " did not help for long"
	}
	if short {
		why += ", until the budget lets a model be asked again"
	}
	if !r.escalated || r.tried {
		if err := r.tell(why, nil); err != nil {
			return true, err
		}
	}
	if short {
		return r.awaitBudget(ctx)
	}
	return true, r.untilWell(ctx)
}

// tell escalates: people are told, once in an incident.
func (r *incidentRun) tell(why string, data json.RawMessage) error {
	if !r.escalated {
		r.notify(notify.Escalated, why)
	}
	if err := r.note(incident.Entry{Kind: incident.Escalated, State: incident.StateEscalated, Rung: string(plan.RungEscalate), Message: why, Data: data}); err != nil {
		return err
	}
	r.escalated, r.tried = true, false
	r.say("[Remediation] %s: escalated: %s", r.s.key, why)
	return nil
}

// untilWell waits until the subject is healthy, for long enough if it is
// flapping, or nobody checks it any more.
func (r *incidentRun) untilWell(ctx context.Context) error {
	_, err := r.wellOr(ctx, nil)
	return err
}

// wellOr does so, but for no longer than again says, which may be nil, while it
// fails. True says that the incident is over.
func (r *incidentRun) wellOr(ctx context.Context, again func() time.Duration) (bool, error) {
	r.leave(true)
	for ctx.Err() == nil {
		r.mu.Lock()
		health, since, gone := r.s.health, r.s.since, r.subjects[r.s.key] != r.s || len(r.s.checks) == 0
		r.mu.Unlock()
		wait := time.Minute
		switch left := r.opts.SustainedFor - time.Since(since); {
		case gone:
			return true, r.over(incident.StateClosed, incident.Noted, "it is not checked any more")
		case health == Healthy && !r.flapping:
			return true, r.over(incident.StateHealed, incident.Healed, "it is well again")
		case health == Healthy && left <= 0:
			return true, r.over(incident.StateHealed, incident.Verified, "it has been well for "+brief(r.opts.SustainedFor))
		case health == Healthy:
			wait = min(wait, left)
		case health == Unhealthy && again != nil:
			left := again()
			if left <= 0 {
				return false, nil
			}
			wait = min(wait, left)
		}
		r.wait(ctx, wait)
	}
	return true, ctx.Err()
}

// over ends the incident. With the kind Healed it is remembered that it became
// well, because of what was done or by itself: often enough, that is flapping.
func (r *incidentRun) over(state incident.State, kind incident.Kind, message string) error {
	if kind == incident.Healed {
		r.mu.Lock()
		r.s.healed = append(r.s.healed, time.Now())
		r.mu.Unlock()
	}
	r.notify(notify.Healed, message)
	return r.note(incident.Entry{Kind: kind, State: state, Message: message})
}

// verify runs the subject's checks until it is healthy, for so long at most;
// at least once.
func (r *incidentRun) verify(ctx context.Context, limit time.Duration) bool {
	end := time.Now().Add(limit)
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, onceAWhile) {
		r.mu.Lock()
		set := r.set
		var checks []check.Check
		for _, w := range r.s.sorted() {
			checks = append(checks, w.Check)
		}
		r.mu.Unlock()
		parallel.Each(verifyAtOnce, len(checks), func(i int) { r.observe(set.Run(ctx, checks[i]), checks[i]) })
		r.mu.Lock()
		health := r.s.health
		r.mu.Unlock()
		if health == Healthy || len(checks) == 0 {
			return true
		}
		if ctx.Err() != nil || !time.Now().Before(end) {
			return false
		}
		r.pause(ctx, min(pause, time.Until(end)))
	}
}

// recovers waits, and tells whether the subject became healthy meanwhile.
func (r *incidentRun) recovers(ctx context.Context, d time.Duration) bool {
	end := time.Now().Add(d)
	for ctx.Err() == nil {
		r.mu.Lock()
		health := r.s.health
		r.mu.Unlock()
		if health == Healthy {
			return true
		}
		left := time.Until(end)
		if left <= 0 {
			return false
		}
		r.wait(ctx, left)
	}
	return false
}

// wait waits until a check of the subject has run, or for so long at most.
func (r *incidentRun) wait(ctx context.Context, d time.Duration) {
	r.mu.Lock()
	changed := r.s.changed
	r.mu.Unlock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (r *incidentRun) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// say tells a person, or the log where there is none.
func (r *incidentRun) say(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if r.opts.Say == nil {
		r.log.Info(line, "address", r.s.key)
		return
	}
	r.opts.Say(r.dir, line)
}
