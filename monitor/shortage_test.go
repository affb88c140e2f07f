package monitor

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/notify"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// modelInTime answers in fake time, in which nothing can go over a network. Each
// answer is of one request.
type modelInTime struct {
	tokens  int
	answers []string // the last one from then on

	mu    sync.Mutex
	asked []time.Time
}

func (m *modelInTime) Ask(_ context.Context, q ask.Question) (ask.Reply, error) {
	if err := q.Permit(m.tokens); err != nil {
		return ask.Reply{}, &ask.Error{Reason: ask.NotPermitted, Detail: err.Error()}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	answer := m.answers[min(len(m.asked), len(m.answers)-1)]
	m.asked = append(m.asked, time.Now())
	return ask.Reply{Answer: []byte(answer), Model: "tester", Exchanges: []ask.Exchange{{Model: "tester", Status: 200, Answer: answer, PromptTokens: m.tokens}}},
		q.Check([]byte(answer))
}

func (m *modelInTime) option(o *Options) {
	o.Completer = func(string) (ask.Completer, error) { return m, nil }
}

func (m *modelInTime) times() []time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.asked)
}

// tells has a queue of what people are told of, which nobody takes out.
func tells(t *testing.T) (*notify.Queue, func(*Options)) {
	t.Helper()
	queue, err := notify.Open(t.TempDir(), notify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := queue.Close(); err != nil {
			t.Error(err)
		}
	})
	return queue, func(o *Options) { o.Notify = queue }
}

const notified = `
  notify {
    command = ["true"]
    on      = ["escalated"]
  }
`

func withBudget(main, budget string) string {
	return strings.Replace(main, "send   =", "budget = { "+budget+" }\n    send   =", 1)
}

// When the budget lets a model be asked again, an incident that is still open goes
// on: people are told once, and the other rungs are not tried again.
func TestGoesOnWhenThereIsBudget(t *testing.T) {
	for name, c := range map[string]struct {
		budget string
		tokens int
		pause  time.Duration
		rungs  []string
	}{
		"calls": {"calls_per_hour = 1", 10, time.Hour, []string{"restart", "restart", "restart", "ai", "ai"}},
		// How much it takes is only known once it is about to be asked.
		"tokens": {"tokens_per_day = 1000", 900, 24 * time.Hour, []string{"restart", "restart", "restart", "ai", "ai", "ai"}},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				m := &modelInTime{tokens: c.tokens, answers: []string{fix("value", `"3"`), fix("value", `"2"`)}}
				people, option := tells(t)
				w := watchOver(t, withBudget(wantsTwo(notified), c.budget), polled, m.option, option)
				time.Sleep(c.pause - time.Minute)
				list := w.incidents.List(incident.Filter{})
				if len(m.times()) != 1 || len(list) != 1 || list[0].State != incident.StateEscalated {
					t.Errorf("asked %d times: %q", len(m.times()), w.record(t))
				}
				time.Sleep(10 * time.Minute)
				asked := m.times()
				if len(asked) != 2 || asked[1].Sub(asked[0]).Round(time.Minute) != c.pause {
					t.Fatalf("asked at %v:\n%s", asked, w.story())
				}
				var rungs []string
				for _, a := range w.attemptsOf(t) {
					rung, _, _ := strings.Cut(a, " ")
					rungs = append(rungs, rung)
				}
				if diff := cmp.Diff(c.rungs, rungs); diff != "" {
					t.Error(diff)
				}
				if a, _ := w.World.Item(memory.DefaultNamespace, "a"); *a.Value != "2" {
					t.Errorf("its value is %q", *a.Value)
				}
				if got := w.record(t); len(got) != 1 || !strings.HasPrefix(got[0], "memory_item.a healed:") || strings.Count(got[0], "skipped(ai)") != 1 {
					t.Errorf("%q", got)
				}
				if n := people.Pending(); n != 1 {
					t.Errorf("people are told %d times", n)
				}
				if !strings.Contains(w.story(), "until the budget lets a model be asked again") {
					t.Error(w.story())
				}
			})
		})
	}
}

// The attempts of an incident that waits for its budget are counted however long it
// takes: in the end it is left to people.
func TestAttemptsCountWhileBudgetIsAwaited(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		m := &modelInTime{tokens: 10, answers: []string{fix("value", `"3"`), fix("value", `"4"`), fix("value", `"5"`), fix("value", `"6"`)}}
		people, option := tells(t)
		w := watchOver(t, withBudget(wantsTwo(notified), "calls_per_hour = 1"), polled, m.option, option)
		time.Sleep(12 * time.Hour)
		if n := len(m.times()); n != 3 {
			t.Errorf("asked %d times:\n%s", n, w.story())
		}
		if list := w.incidents.List(incident.Filter{}); len(list) != 1 || list[0].State != incident.StateEscalated {
			t.Errorf("%q", w.record(t))
		}
		if n := people.Pending(); n != 1 {
			t.Errorf("people are told %d times", n)
		}
	})
}

func TestBecomesWellWhileBudgetIsAwaited(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		m := &modelInTime{tokens: 10, answers: []string{fix("value", `"3"`), fix("value", `"2"`)}}
		w := watchOver(t, withBudget(wantsTwo(""), "calls_per_hour = 1"), polled, m.option)
		time.Sleep(30 * time.Minute)
		edit(w.Project, "a", "2") // a person
		time.Sleep(3 * time.Hour)
		if got := w.record(t); len(m.times()) != 1 || len(got) != 1 || !strings.HasPrefix(got[0], "memory_item.a healed:") {
			t.Errorf("asked %d times: %q", len(m.times()), got)
		}
	})
}

// Many that wait share what there is, and none asks more than that.
func TestManyWaitForBudget(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		main := withBudget(onlyAI(wantsTwo("")), "calls_per_hour = 1")
		main = strings.Replace(main, `name  = "a"`, "count = 6\n  name  = \"a${count.index}\"", 1)
		m := &modelInTime{tokens: 10, answers: []string{fix("value", `"2"`)}}
		w := watchOver(t, main, polled, m.option)
		time.Sleep(30 * time.Minute)
		for hour := 1; hour <= 3; hour++ {
			healed := 0
			for _, line := range w.record(t) {
				if strings.Contains(line, " healed:") {
					healed++
				}
			}
			if n := len(m.times()); n != hour || healed != n {
				t.Errorf("in hour %d: %d requests, %d healed", hour, n, healed)
			}
			time.Sleep(time.Hour)
		}
	})
}

func TestBudgetIsFree(t *testing.T) {
	p, start := budgeted(2, 1000), time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	spent := func() *budgets {
		b := &budgets{}
		for i := range 2 {
			b.reserve(p, 300, start.Add(time.Duration(i)*time.Minute))
		}
		return b
	}
	now := start.Add(2 * time.Minute)
	for tokens, want := range map[int]time.Time{
		1: start.Add(time.Hour), 400: start.Add(time.Hour), 401: start.Add(24 * time.Hour), 700: start.Add(24 * time.Hour), 701: start.Add(24*time.Hour + time.Minute),
		1000: start.Add(24*time.Hour + time.Minute),
	} {
		b := spent()
		at, ever := b.free(p, tokens, now)
		if !ever || !at.Equal(want) {
			t.Errorf("%d tokens: %v, not %v", tokens, at, want)
		}
		if why := b.left(p, tokens, at.Add(-time.Second)); why == "" {
			t.Errorf("%d tokens: it was free before", tokens)
		}
		if why := b.left(p, tokens, at); why != "" {
			t.Errorf("%d tokens: %s at %v", tokens, why, at)
		}
	}
	if _, ever := spent().free(p, 1001, now); ever {
		t.Error("more than there is, is free some day")
	}
	if at, _ := spent().free(budgeted(3, 1000), 400, now); !at.Equal(now) {
		t.Errorf("free at %v", at)
	}
}
