package monitor

import (
	"context"
	"slices"
	"time"

	"github.com/clockwork-hcl/clockwork/plan"
)

// shortage is that the budget of an incident's policy is used up.
type shortage struct {
	why   string // "" when there is none
	need  int    // tokens that the next request takes, as far as is known
	noted bool   // since something was tried last
}

// afford says why the budget does not let a model be asked now, or "". The shortage is
// as long as it says so.
func (r *incidentRun) afford() string {
	r.short.why = r.budgets.left(r.policy, max(r.short.need, 1), time.Now())
	if r.short.why == "" {
		r.short.need = 0
	}
	return r.short.why
}

// affordIn is how long it is until the budget lets a model be asked. It can be longer,
// because others ask too.
func (r *incidentRun) affordIn() time.Duration {
	r.mu.Lock()
	policy := r.s.policy // it may have been given more meanwhile
	r.mu.Unlock()
	if policy.AI == nil {
		return 0 // which whoever asks is told
	}
	now := time.Now()
	at, _ := r.budgets.free(policy, max(r.short.need, 1), now)
	return at.Sub(now)
}

// lacks notes that a request was refused because of the budget. What is more than all
// of a budget is refused for good, and so is no shortage.
func (r *incidentRun) lacks(tokens int, why string) {
	if _, ever := r.budgets.free(r.policy, tokens, time.Now()); ever {
		r.short.why, r.short.need = why, tokens
	}
}

// isShortage tells whether a rung is only skipped until there is budget again.
func (r *incidentRun) isShortage(s skipped) bool {
	return s.rung == plan.RungAI && r.short.why != "" && s.why == r.short.why
}

// awaitBudget waits until a model can be asked, once people were told that nothing
// else is left: the other rungs are not tried again. True says that the incident is
// over.
func (r *incidentRun) awaitBudget(ctx context.Context) (bool, error) {
	r.awaited = true
	for _, rung := range r.policy.Ladder {
		if rung != plan.RungAI && r.refused[rung] == "" {
			r.refused[rung] = "people were told that it did not help"
		}
	}
	over, err := r.wellOr(ctx, r.affordIn)
	if over || err != nil {
		return over, err
	}
	r.leave(false)
	r.diagnosed = false
	return false, nil
}

// free returns when a request of so many tokens can be taken out of a policy's budget,
// which is now or later. False says that it is more than there ever is.
func (b *budgets) free(p plan.Policy, tokens int, now time.Time) (time.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	limit := p.AI.Budget
	if limit.CallsPerHour < 1 || tokens > limit.TokensPerDay {
		return now, false
	}
	calls, used := b.used(budgetOf(p), now)
	at := now
	spent := slices.Clone(b.spent[budgetOf(p)])
	slices.SortStableFunc(spent, func(x, y *call) int { return x.at.Compare(y.at) })
	for _, c := range spent {
		if used+tokens > limit.TokensPerDay {
			used -= c.tokens
			at = later(at, c.at.Add(tokensSpan))
		}
		if calls >= limit.CallsPerHour && now.Sub(c.at) < callsSpan {
			calls--
			at = later(at, c.at.Add(callsSpan))
		}
	}
	return at, true
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
