package monitor

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
)

// The spans in which a budget counts calls and tokens.
const (
	callsSpan  = time.Hour
	tokensSpan = 24 * time.Hour
)

// budgets count what a project's policies spend on models. What was spent is on
// record, so another monitor goes on counting.
type budgets struct {
	mu    sync.Mutex
	spent map[string][]*call // by policy, the oldest first
}

// call is one request to a model.
type call struct {
	at     time.Time
	tokens int // reserved before it, and what it did cost once that is known
}

// budgetOf names the budget of a policy.
func budgetOf(p plan.Policy) string { return string(p.Module) + "\x00" + p.Name }

// used adds up what was spent under a policy; the lock must be held.
func (b *budgets) used(policy string, now time.Time) (calls, tokens int) {
	if len(b.spent[policy]) > 0 {
		b.spent[policy] = slices.DeleteFunc(b.spent[policy], func(c *call) bool { return now.Sub(c.at) >= tokensSpan })
	}
	for _, c := range b.spent[policy] {
		tokens += c.tokens
		if now.Sub(c.at) < callsSpan {
			calls++
		}
	}
	return calls, tokens
}

// over says which limit so much is beyond, or "".
func over(limit plan.Budget, calls, tokens int) string {
	switch {
	case calls > limit.CallsPerHour:
		return fmt.Sprintf("the budget of %d calls an hour is used up", limit.CallsPerHour)
	case tokens > limit.TokensPerDay:
		return fmt.Sprintf("the budget of %d tokens a day is used up", limit.TokensPerDay)
	}
	return ""
}

// reserve takes a call of about so many tokens out of a policy's budget, or
// says why there is none.
func (b *budgets) reserve(p plan.Policy, tokens int, now time.Time) (*call, Asked, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	tokens = max(tokens, 0)
	calls, before := b.used(budgetOf(p), now)
	if why := over(p.AI.Budget, calls+1, before+tokens); why != "" {
		return nil, Asked{}, why
	}
	c := &call{now, tokens}
	b.add(budgetOf(p), c)
	return c, Asked{Policy: p.Name, Module: string(p.Module), Tokens: tokens, CallsOfHour: calls, TokensOfDay: before}, ""
}

func (b *budgets) add(policy string, c *call) {
	if b.spent == nil {
		b.spent = map[string][]*call{}
	}
	b.spent[policy] = append(b.spent[policy], c)
}

// settle notes what a call did cost, if that is known.
func (b *budgets) settle(c *call, tokens int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if tokens > 0 {
		c.tokens = tokens
	}
}

// giveBack takes back a reservation of which no call came.
func (b *budgets) giveBack(p plan.Policy, c *call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent[budgetOf(p)] = slices.DeleteFunc(b.spent[budgetOf(p)], func(other *call) bool { return other == c })
}

// left says why a request of so many tokens may not be sent under a policy now, or "".
func (b *budgets) left(p plan.Policy, need int, now time.Time) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	calls, tokens := b.used(budgetOf(p), now)
	return over(p.AI.Budget, calls+1, tokens+need)
}

// overspent says why what has been spent is more than a policy allows, or "".
func (b *budgets) overspent(p plan.Policy, now time.Time) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	calls, tokens := b.used(budgetOf(p), now)
	return over(p.AI.Budget, calls, tokens)
}

// Asked is the data of an entry that a request is about to be sent.
type Asked struct {
	Policy string `json:"policy"` // the block's name
	Module string `json:"module,omitempty"`
	Tokens int    `json:"tokens"` // about so many are reserved for it
	// CallsOfHour and TokensOfDay are what was used of the policy's budget before.
	CallsOfHour int `json:"calls_of_hour"`
	TokensOfDay int `json:"tokens_of_day"`
}

// recall takes over what is on record of a project's calls. Of those that were
// removed from the record since, the newest entry of their policy knows.
func (b *budgets) recall(incidents []incident.Incident, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = nil
	type last struct {
		Asked
		call *call
	}
	newest := map[string]last{}
	for _, i := range incidents {
		var open []*call
		for _, e := range i.Events {
			switch e.Kind {
			case incident.Asked:
				var a Asked
				if json.Unmarshal(e.Data, &a) != nil {
					continue
				}
				c := &call{e.Time, max(a.Tokens, 0)}
				open = append(open, c)
				policy := a.Module + "\x00" + a.Policy
				b.add(policy, c)
				if l := newest[policy]; l.call == nil || e.Time.After(l.call.at) {
					newest[policy] = last{a, c}
				}
			case incident.Answered:
				var a Answered
				if json.Unmarshal(e.Data, &a) != nil || len(open) == 0 {
					continue
				}
				if n := a.PromptTokens + a.CompletionTokens; n > 0 {
					open[0].tokens = n
				}
				open = open[1:]
			}
		}
	}
	for policy, l := range newest {
		slices.SortStableFunc(b.spent[policy], func(x, y *call) int { return x.at.Compare(y.at) })
		calls, tokens := b.used(policy, l.call.at)
		var removed []*call
		for range l.CallsOfHour - (calls - 1) {
			removed = append(removed, &call{at: l.call.at})
		}
		l.call.tokens += max(0, l.TokensOfDay-(tokens-l.call.tokens))
		b.spent[policy] = append(removed, b.spent[policy]...)
	}
}
