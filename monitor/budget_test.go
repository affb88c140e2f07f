package monitor

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
)

func budgeted(calls, tokens int) plan.Policy {
	return plan.Policy{Name: "default", AI: &plan.AIPolicy{Budget: plan.Budget{CallsPerHour: calls, TokensPerDay: tokens}}}
}

func TestBudgetOfCalls(t *testing.T) {
	var b budgets
	p, start := budgeted(2, 1000), time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	for i := range 2 {
		if _, asked, why := b.reserve(p, 100, start.Add(time.Duration(i)*time.Minute)); why != "" || asked.CallsOfHour != i || asked.TokensOfDay != i*100 {
			t.Errorf("%d: %+v %s", i, asked, why)
		}
	}
	if _, _, why := b.reserve(p, 100, start.Add(2*time.Minute)); why != "the budget of 2 calls an hour is used up" {
		t.Error(why)
	}
	if why := b.left(p, 1, start.Add(59*time.Minute)); why == "" {
		t.Error("there is something left before the hour is over")
	}
	if why := b.left(p, 1, start.Add(time.Hour)); why != "" {
		t.Error(why)
	}
	other := p
	other.Name = "other"
	if why := b.left(other, 1, start); why != "" {
		t.Errorf("another policy: %s", why)
	}
	if why := b.overspent(p, start.Add(2*time.Minute)); why != "" {
		t.Errorf("all of a budget is not more than it: %s", why)
	}
}

func TestBudgetOfTokens(t *testing.T) {
	var b budgets
	p, start := budgeted(100, 1000), time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	first, _, _ := b.reserve(p, 600, start)
	if _, _, why := b.reserve(p, 600, start); why != "the budget of 1000 tokens a day is used up" {
		t.Error(why)
	}
	b.settle(first, 300)
	second, _, why := b.reserve(p, 600, start)
	if why != "" {
		t.Error(why)
	}
	b.settle(second, 0) // what it did cost is not known
	if _, _, why := b.reserve(p, 101, start); why == "" {
		t.Error("what was reserved does not count")
	}
	b.settle(second, 5000)
	if why := b.overspent(p, start); why == "" {
		t.Error("it is not overspent")
	}
	if why := b.left(p, 1, start.Add(24*time.Hour)); why != "" {
		t.Errorf("a day later: %s", why)
	}
	b.giveBack(p, second)
	if why := b.overspent(p, start); why != "" {
		t.Error(why)
	}
	if _, _, why := b.reserve(p, -1<<40, start); why != "" {
		t.Error(why)
	}
	if why := b.left(p, 1, start); why != "" {
		t.Errorf("after less than nothing: %s", why)
	}
}

// What was spent is on record, also where the beginning of the record is gone.
func TestBudgetIsRecalled(t *testing.T) {
	start := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	p := budgeted(10, 10000)
	event := func(kind incident.Kind, at time.Duration, data any) incident.Event {
		raw, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		return incident.Event{Kind: kind, Time: start.Add(at), Data: raw}
	}
	var before budgets
	var events []incident.Event
	for i := range 4 {
		at := time.Duration(i) * time.Minute
		c, asked, _ := before.reserve(p, 1000, start.Add(at))
		events = append(events, event(incident.Asked, at, asked))
		if i == 3 {
			break // the monitor was killed before there was an answer
		}
		before.settle(c, 700)
		events = append(events, event(incident.Answered, at, Answered{Exchange: ask.Exchange{PromptTokens: 600, CompletionTokens: 100}}))
	}
	now := start.Add(10 * time.Minute)
	for name, from := range map[string]struct {
		events  []incident.Event
		atLeast int
	}{
		"all":        {events, 3100},
		"the last":   {events[6:], 3100},
		"some":       {append([]incident.Event{{Kind: incident.Asked, Data: json.RawMessage(`[]`), Time: start}}, events[2:]...), 3100},
		"unreadable": {[]incident.Event{{Kind: incident.Answered, Time: start}}, 0},
	} {
		var after budgets
		after.recall([]incident.Incident{{Events: from.events}}, now)
		calls, tokens := after.used(budgetOf(p), now)
		if tokens != from.atLeast || from.atLeast > 0 && calls != 4 {
			t.Errorf("%s: %d calls, %d tokens", name, calls, tokens)
		}
	}
}

// What is kept of an exchange fits into an entry, whatever letters are in it.
func TestExchangesAreBounded(t *testing.T) {
	for name, answer := range map[string]string{
		"short": "{}", "long": strings.Repeat("x", 1<<20), "escaped": strings.Repeat("\x00\x1b", 1<<19), "wide": strings.Repeat("界", 1<<18), "broken": strings.Repeat("\xff", 1<<16),
	} {
		kept, data := answered(ask.Exchange{Answer: answer, Request: json.RawMessage(`"` + strings.Repeat("y", 30<<10) + `"`), Error: strings.Repeat("z\x1b[31m", 10000)})
		if len(data) > incident.MaxData || !json.Valid(data) {
			t.Errorf("%s: %d bytes", name, len(data))
		}
		if (kept.Cut == "") != (name == "short") {
			t.Errorf("%s: cut: %q", name, kept.Cut)
		}
	}
}
