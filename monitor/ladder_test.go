package monitor

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
)

func TestBackoff(t *testing.T) {
	b := plan.Backoff{Initial: time.Second, Factor: 2, Max: 5 * time.Minute}
	var got []time.Duration
	for n := range 12 {
		got = append(got, backoff(b, n))
	}
	s := time.Second
	want := []time.Duration{0, s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 64 * s, 128 * s, 256 * s, 300 * s, 300 * s}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := backoff(plan.Backoff{Initial: time.Minute, Factor: 1, Max: time.Second}, 1); got != time.Second {
		t.Errorf("above the maximum: %s", got)
	}
	if got := backoff(b, 100000); got != b.Max {
		t.Errorf("after very many: %s", got)
	}
}

func TestNextRung(t *testing.T) {
	start := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	full := []plan.Rung{plan.RungRestart, plan.RungRecreate, plan.RungRollback, plan.RungEscalate}
	withAI := []plan.Rung{plan.RungRestart, plan.RungAI, plan.RungRecreate, plan.RungEscalate}
	b := plan.Backoff{Initial: time.Second, Factor: 2, Max: 5 * time.Minute}
	none := func(plan.Rung) string { return "" }
	only := func(rungs ...plan.Rung) func(plan.Rung) string {
		return func(r plan.Rung) string {
			for _, can := range rungs {
				if r == can {
					return ""
				}
			}
			return "it cannot"
		}
	}
	for name, c := range map[string]struct {
		ladder  []plan.Rung
		most    int
		recent  history
		now     time.Time
		skip    func(plan.Rung) string
		want    step
		skipped []skipped
	}{
		"first":            {full, 3, nil, at(0), none, step{plan.RungRestart, 1, 0, ""}, nil},
		"second":           {full, 3, history{{plan.RungRestart, at(0)}}, at(0), none, step{plan.RungRecreate, 2, time.Second, ""}, nil},
		"some time later":  {full, 3, history{{plan.RungRestart, at(0)}}, at(60), none, step{plan.RungRecreate, 2, 0, ""}, nil},
		"third":            {full, 3, history{{plan.RungRestart, at(0)}, {plan.RungRecreate, at(1)}}, at(2), none, step{plan.RungRollback, 3, time.Second, ""}, nil},
		"used up":          {full, 3, history{{plan.RungRestart, at(0)}, {plan.RungRecreate, at(1)}, {plan.RungRollback, at(3)}}, at(4), none, step{plan.RungEscalate, 4, 0, ""}, nil},
		"from the start":   {full, 9, history{{plan.RungRestart, at(0)}, {plan.RungRecreate, at(1)}, {plan.RungRollback, at(3)}}, at(3), none, step{plan.RungRestart, 1, 4 * time.Second, ""}, nil},
		"the first cannot": {full, 3, nil, at(0), only(plan.RungRecreate), step{plan.RungRecreate, 2, 0, ""}, []skipped{{plan.RungRestart, 1, "it cannot"}}},
		"none can":         {full, 3, nil, at(0), only(), step{plan.RungEscalate, 4, 0, ""}, []skipped{{plan.RungRestart, 1, "it cannot"}, {plan.RungRecreate, 2, "it cannot"}, {plan.RungRollback, 3, "it cannot"}}},
		"one that can again": {full, 9, history{{plan.RungRecreate, at(0)}}, at(0), only(plan.RungRecreate), step{plan.RungRecreate, 2, time.Second, ""},
			[]skipped{{plan.RungRollback, 3, "it cannot"}, {plan.RungRestart, 1, "it cannot"}}},
		"a ladder of nothing": {[]plan.Rung{plan.RungEscalate}, 3, nil, at(0), none, step{plan.RungEscalate, 1, 0, ""}, nil},
		"the ladder changed":  {[]plan.Rung{plan.RungRestart, plan.RungEscalate}, 3, history{{plan.RungRollback, at(0)}}, at(0), none, step{plan.RungRestart, 1, time.Second, ""}, nil},
		// The AI comes after the others, with attempts of its own.
		"others before the AI": {withAI, 2, history{{plan.RungRestart, at(0)}}, at(60), none, step{plan.RungRecreate, 3, 0, ""}, nil},
		"then the AI":          {withAI, 2, history{{plan.RungRestart, at(0)}, {plan.RungRecreate, at(1)}}, at(1), none, step{plan.RungAI, 2, 2 * time.Second, ""}, nil},
		"the AI again":         {withAI, 2, history{{plan.RungRestart, at(0)}, {plan.RungRecreate, at(1)}, {plan.RungAI, at(2)}}, at(60), none, step{plan.RungAI, 2, 0, ""}, nil},
		"all used up":          {withAI, 1, history{{plan.RungRestart, at(0)}, {plan.RungAI, at(2)}}, at(60), none, step{plan.RungEscalate, 4, 0, ""}, nil},
		"the AI does not use up the others'": {withAI, 2, history{{plan.RungAI, at(0)}, {plan.RungAI, at(1)}, {plan.RungRestart, at(2)}}, at(60), none,
			step{plan.RungRecreate, 3, 0, ""}, nil},
		"only the AI can": {withAI, 2, nil, at(0), only(plan.RungAI), step{plan.RungAI, 2, 0, ""},
			[]skipped{{plan.RungRestart, 1, "it cannot"}, {plan.RungRecreate, 3, "it cannot"}}},
		"nor can the AI": {withAI, 1, history{{plan.RungRestart, at(0)}}, at(0), only(plan.RungRestart), step{plan.RungEscalate, 4, 0, ""},
			[]skipped{{plan.RungAI, 2, "it cannot"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, passed := next(c.ladder, c.most, b, c.recent, c.now, c.skip)
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(step{})); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.skipped, passed, cmp.AllowUnexported(skipped{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecentAttempts(t *testing.T) {
	start := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	h := history{{plan.RungRestart, start}, {plan.RungRecreate, start.Add(time.Minute)}, {plan.RungRollback, start.Add(2 * time.Minute)}}
	for after, want := range map[time.Duration]int{2 * time.Minute: 3, 30*time.Minute - time.Second: 3, 30 * time.Minute: 2, 31 * time.Minute: 1, 32 * time.Minute: 0} {
		if got := len(h.within(30*time.Minute, start.Add(after))); got != want {
			t.Errorf("after %s there are %d, not %d", after, got, want)
		}
	}
}

func TestHealth(t *testing.T) {
	p, f, u := providers.Pass, providers.Fail, providers.Unknown
	start := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		outcomes []providers.Outcome
		t        thresholds
		want     []Health
	}{
		{[]providers.Outcome{p, f, p}, thresholds{1, 1}, []Health{Healthy, Unhealthy, Healthy}},
		{[]providers.Outcome{p, f, f, f, p, p}, thresholds{3, 2}, []Health{Unknown, Unknown, Unknown, Unhealthy, Unhealthy, Healthy}},
		{[]providers.Outcome{p, p, f, f, p, p}, thresholds{2, 2}, []Health{Unknown, Healthy, Healthy, Unhealthy, Unhealthy, Healthy}},
		// What is unknown is neither, and a streak goes on behind it.
		{[]providers.Outcome{p, u, f, u, f, u, p}, thresholds{2, 1}, []Health{Healthy, Unknown, Unknown, Unknown, Unhealthy, Unknown, Healthy}},
		{[]providers.Outcome{u, u}, thresholds{1, 1}, []Health{Unknown, Unknown}},
		{[]providers.Outcome{f}, thresholds{0, 0}, []Health{Unhealthy}},
	} {
		var o observation
		var h Health
		for i, outcome := range c.outcomes {
			o = o.next(outcome, "", start.Add(time.Duration(i)*time.Second))
			if h = c.t.health(o, h); h != c.want[i] {
				t.Errorf("%v with %v: after %d it is %s, not %s", c.outcomes, c.t, i+1, h, c.want[i])
			}
		}
	}
	if got := worst([]Health{Healthy, Unknown, Unhealthy}); got != Unhealthy {
		t.Error(got)
	}
	if got := worst([]Health{Healthy, Unknown}); got != Unknown {
		t.Error(got)
	}
	if got := worst(nil); got != Unknown {
		t.Error(got)
	}
}

// What a rung is called says what it does.
func TestNameOfARung(t *testing.T) {
	restarts := &plan.Plan{Restarts: []addr.Instance{{}}, Changes: []plan.Change{{Action: plan.Update}}} // which starts it
	updates := &plan.Plan{Changes: []plan.Change{{Action: plan.Update}}}
	for _, c := range []struct {
		rung plan.Rung
		made *plan.Plan
		want string
	}{
		{plan.RungRestart, restarts, "restart"},
		{plan.RungRestart, updates, "restart (update in place)"},
		{plan.RungRestart, nil, "restart"},
		{plan.RungRecreate, updates, "recreate"},
	} {
		if got := (step{rung: c.rung, how: howOf(c.rung, c.made)}).name(); got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}
