package monitor

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/completion"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/completion/completiontest"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// model is a stand-in for a model behind a server, asked by the real client. It
// keeps the questions.
type model struct {
	*completion.Client
	server *completiontest.Server

	mu        sync.Mutex
	questions []ask.Question
}

func newModel(t *testing.T, h completiontest.Handler) *model {
	t.Helper()
	m := &model{server: completiontest.New(t, h)}
	var err error
	m.Client, err = completion.New(completion.Options{BaseURL: m.server.URL, Model: "tester", CompletionPrice: 1,
		Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// says answers with one answer after the other, and with the last from then on.
func says(t *testing.T, answers ...string) *model {
	var all []completiontest.Handler
	for _, a := range answers {
		all = append(all, completiontest.Answer(a))
	}
	return newModel(t, completiontest.InTurn(all...))
}

func (m *model) Ask(ctx context.Context, q ask.Question) (ask.Reply, error) {
	m.mu.Lock()
	m.questions = append(m.questions, q)
	m.mu.Unlock()
	return m.Client.Ask(ctx, q)
}

func (m *model) asked() []ask.Question {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.questions)
}

func (m *model) option(o *Options) {
	o.Completer = func(string) (ask.Completer, error) { return m, nil }
}

// fix is an answer that proposes changes, each a path and a value.
func fix(pairs ...string) string {
	var changes []string
	for i := 0; i < len(pairs); i += 2 {
		changes = append(changes, fmt.Sprintf(`{"path": %q, "value": %s}`, pairs[i], pairs[i+1]))
	}
	return `{"verdict": "fix", "cause": "the value is wrong", "evidence": ["e2"], "changes": [` + strings.Join(changes, ", ") + `], "confidence": 0.8}`
}

// wantsTwo is a project whose assert only passes with another value than is
// configured, and whose policy lets an AI change it.
func wantsTwo(policy string) string {
	return `
resource "memory_item" "a" {
  name  = "a"
  value = "1"
}
assert "item_value" "a" {
  target = memory_item.a
  equals = "2"
}
remediation "default" {
  ladder   = ["restart", "ai"]
  attempts = 3
  backoff  = { initial = "100ms", factor = 1, max = "100ms" }
` + policy + `
  ai {
    allow  = ["memory_item.*.value", "memory_item.*.limit"]
    bounds = { value = { max = 10 }, limit = { max = "1GiB" } }
    send   = ["status", "logs"]
  }
}
`
}

// onlyAI leaves the other rungs out.
func onlyAI(main string) string {
	return strings.Replace(main, `ladder   = ["restart", "ai"]`, `ladder   = ["ai"]`, 1)
}

func TestAIHeals(t *testing.T) {
	m := says(t, fix("value", `"2"`))
	w := watchOver(t, strings.Replace(wantsTwo(""), "attempts = 3", "attempts = 1", 1), verifyForTest, m.option)
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy })
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	want := "memory_item.a healed: opened confirmed diagnosed attempted(restart) applied(restart) failed(restart)" +
		" diagnosed attempted(ai) asked(ai) answered(ai) vetted(ai) applied(ai) healed"
	if got := w.record(t); len(got) != 1 || got[0] != want || w.value() != "2" {
		t.Errorf("%q %s", got, w.value())
	}
	if got, want := w.story(), `[Remediation] memory_item.a: restart did not help
[Diagnostic] It is there
[Remediation] memory_item.a: rung 2 of 3: ai
[Remediation] Updating completion prompt with error context...
[Remediation] AI suggests: value = "2" (the value is wrong)
[Remediation] Re-applying memory_item.a with 1 change
[Remediation] ✓ memory_item.a healthy again`; !strings.Contains(got, want) {
		t.Errorf("%s", got)
	}
	i := w.incidents.List(incident.Filter{})[0]
	o := w.Project.State().Objects
	for key, object := range o {
		if len(object.Overlay) != 1 || object.Overlay[0].Origin.Incident != i.ID || object.Overlay[0].Origin.Model != "tester-2026-01-01" || object.Overlay[0].Origin.Cause != "the value is wrong" {
			t.Errorf("%s: %+v", key, object.Overlay)
		}
	}
	if made := w.Project.Plan(plan.Options{}); made.HasChanges() {
		t.Error("a plan has changes afterwards")
	}
	tally := w.Tallies()
	if len(tally) != 1 || tally[0].Answered != 1 || tally[0].PromptTokens == 0 || tally[0].Seconds.Count() != 1 || tally[0].Cost == 0 {
		t.Errorf("%+v", tally)
	}
	if problems, err := w.incidents.Verify(context.Background()); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// What has failed is often not as it was applied either: that goes back with what
// the model proposes. What was configured since and never applied does not.
func TestAIHealsWhatHasDrifted(t *testing.T) {
	m := says(t, fix("value", `"2"`))
	main := strings.Replace(onlyAI(wantsTwo("")), `value = "1"`, "value = \"1\"\n  limit = \"64MiB\"", 1)
	w := &ward{Project: coretest.New(t, main)}
	w.Run(plan.Options{})
	less := int64(1)
	w.World.EditItem(memory.DefaultNamespace, "a", func(i *memory.Item) { i.Limit = &less })
	w.start(t, t.TempDir(), verifyForTest, m.option)
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy })
	if a, _ := w.World.Item(memory.DefaultNamespace, "a"); *a.Value != "2" || *a.Limit != 64<<20 {
		t.Errorf("%q %d", *a.Value, *a.Limit)
	}
}

func TestAIDoesNotApplyWhatIsConfigured(t *testing.T) {
	m := says(t, fix("value", `"2"`))
	w := &ward{Project: coretest.New(t, onlyAI(wantsTwo("")))}
	w.Run(plan.Options{})
	w.Project.Files["main.cw.hcl"] = strings.Replace(w.Project.Files["main.cw.hcl"], `value = "1"`, "value = \"1\"\n  limit = \"64MiB\"", 1)
	w.start(t, t.TempDir(), verifyForTest, m.option)
	eventually(t, "it is refused", func() bool {
		return strings.Contains(w.story(), "which is not proposed; apply what is configured first")
	})
	if a, _ := w.World.Item(memory.DefaultNamespace, "a"); *a.Value != "1" || a.Limit != nil {
		t.Errorf("%+v", a)
	}
}

// What does not help is taken back, and the next question tells of it; what did not
// help once is not done again.
func TestAIsChangeIsTakenBack(t *testing.T) {
	m := says(t, fix("value", `"3"`), fix("value", `"3"`), fix("limit", `"64MiB"`))
	w := watchOver(t, onlyAI(wantsTwo("")), verifyForTest, m.option)
	eventually(t, "it is escalated", func() bool { return strings.Contains(w.story(), "escalated") })
	want := "memory_item.a escalated: opened confirmed diagnosed" +
		" attempted(ai) asked(ai) answered(ai) vetted(ai) applied(ai) failed(ai) rolled_back(ai) diagnosed" +
		" attempted(ai) asked(ai) answered(ai) vetted(ai) failed(ai) diagnosed" +
		" attempted(ai) asked(ai) answered(ai) vetted(ai) applied(ai) failed(ai) rolled_back(ai) diagnosed escalated(escalate)"
	if got := w.record(t); len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
	a, _ := w.World.Item(memory.DefaultNamespace, "a")
	if *a.Value != "1" || a.Limit != nil {
		t.Errorf("it holds %q, and may use %v", *a.Value, a.Limit)
	}
	for key, object := range w.Project.State().Objects {
		if len(object.Overlay) > 0 {
			t.Errorf("%s: %+v", key, object.Overlay)
		}
	}
	var second []Trial
	for _, e := range m.asked()[1].Evidence {
		if e.Name == "attempts" {
			second = e.Value.([]Trial)
		}
	}
	if len(second) != 1 || second[0].Outcome != "the asserts do not pass; it was taken back" || second[0].Changes[0] != `value = "3"` {
		t.Errorf("%+v", second)
	}
	if n := w.Tallies()[0].Denials["repetition"]; n != 1 {
		t.Errorf("%+v", w.Tallies())
	}
}

// What a change takes the place of, an earlier incident's, is put back with it.
func TestAIsChangeIsTakenBackToAnEarlierOne(t *testing.T) {
	m := says(t, fix("value", `"2"`), fix("value", `"3"`), `{"verdict": "no_fix", "cause": "who knows", "evidence": [], "changes": [], "confidence": 0}`)
	w := watchOver(t, onlyAI(wantsTwo("")), verifyForTest, m.option)
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy && len(w.incidents.Unresolved()) == 0 })
	first := w.incidents.List(incident.Filter{})[0].ID
	w.Project.Files["main.cw.hcl"] = strings.Replace(w.Project.Files["main.cw.hcl"], `equals = "2"`, `equals = "4"`, 1)
	w.all()[0].load()
	eventually(t, "it is escalated", func() bool {
		return strings.Contains(w.story(), "escalated: the AI knows no change that would help: who knows")
	})
	if got := w.record(t)[1]; !strings.Contains(got, "applied(ai) failed(ai) rolled_back(ai)") || w.value() != "2" {
		t.Errorf("%s %s", w.value(), got)
	}
	for _, o := range w.Project.State().Objects {
		if len(o.Overlay) != 1 || o.Overlay[0].Origin.Incident != first || string(o.Overlay[0].Value) != `"2"` {
			t.Errorf("%+v", o.Overlay)
		}
	}
}

// A change for which something has to be made anew, and that fails half-way, leaves
// nothing in the state: it is made again as it was.
func TestAIsReplacementFailsHalfWay(t *testing.T) {
	m := says(t, fix("kind", `"plain"`), `{"verdict": "no_fix", "cause": "who knows", "evidence": [], "changes": [], "confidence": 0}`)
	main := strings.Replace(onlyAI(wantsTwo("")), `value = "1"`, "value = \"1\"\n  kind  = \"fragile\"", 1)
	main = strings.Replace(main, `allow  = [`, `allow  = ["memory_item.*.kind", `, 1)
	w := &ward{Project: coretest.New(t, main)}
	w.Run(plan.Options{})
	w.World.Inject(memory.Fault{Op: memory.OpCreate, Times: 1, Message: "no room"})
	w.start(t, t.TempDir(), verifyForTest, m.option)
	eventually(t, "it is escalated", func() bool { return strings.Contains(w.story(), "escalated: the AI knows no change that would help") })
	if got := w.record(t)[0]; !strings.Contains(got, "vetted(ai) failed(ai) rolled_back(ai)") {
		t.Errorf("%s", got)
	}
	if a, there := w.World.Item(memory.DefaultNamespace, "a"); !there || a.Kind != "fragile" {
		t.Errorf("%v %+v", there, a)
	}
}

// What cannot be taken back is told, and holds up nothing else.
func TestAIsChangeCannotBeTakenBack(t *testing.T) {
	m := says(t, fix("value", `"3"`))
	w := watchOver(t, onlyAI(wantsTwo(""))+`
resource "memory_item" "b" {
  name  = "b"
  value = "1"
  monitor { remediation = remediation.plain }
}
assert "item_value" "b" {
  target = memory_item.b
  equals = "1"
}
remediation "plain" {}
`, m.option, func(o *Options) { o.VerifyFor = 4 * time.Second })
	eventually(t, "it is applied", func() bool { return w.value() == "3" })
	w.World.Inject(memory.Fault{Op: memory.OpUpdate, Name: "a", Times: 1, Message: "the disk is full"})
	eventually(t, "people are told", func() bool {
		return strings.Contains(w.story(), "escalated: what the AI changed did not help, and could not be taken back: apply: ")
	})
	edit(w.Project, "b", "by hand")
	eventually(t, "the other thing is healed", func() bool { return strings.Contains(w.story(), "✓ memory_item.b") })
	if len(m.asked()) != 1 {
		t.Errorf("it is asked %d times", len(m.asked()))
	}
}

// A model that abstains is believed: people are told why.
func TestAIAbstains(t *testing.T) {
	for verdict, want := range map[string]string{
		"no_fix":     "escalated: the AI knows no change that would help: the disk is full",
		"need_human": "escalated: the AI leaves it to people: the disk is full",
	} {
		t.Run(verdict, func(t *testing.T) {
			m := says(t, fmt.Sprintf(`{"verdict": %q, "cause": "the disk is full", "evidence": [], "changes": [], "confidence": 1}`, verdict))
			w := watchOver(t, onlyAI(wantsTwo("")), verifyForTest, m.option)
			eventually(t, "it is escalated", func() bool { return strings.Contains(w.story(), want) })
			if len(m.asked()) != 1 || w.value() != "1" {
				t.Errorf("asked %d times, the value is %s", len(m.asked()), w.value())
			}
		})
	}
}

func TestAIModes(t *testing.T) {
	for mode, want := range map[string]string{
		"off":     "memory_item.a escalated: opened confirmed diagnosed escalated(escalate)",
		"suggest": "memory_item.a escalated: opened confirmed diagnosed planned(restart) attempted(ai) asked(ai) answered(ai) vetted(ai) planned(ai)",
		"approve": "memory_item.a waiting_approval: opened confirmed diagnosed planned(restart)",
	} {
		t.Run(mode, func(t *testing.T) {
			m := says(t, fix("value", `"2"`))
			w := watchOver(t, wantsTwo(`  mode = "`+mode+`"`), verifyForTest, m.option)
			eventually(t, "it is left to people", func() bool { r := w.record(t); return len(r) == 1 && r[0] == want })
			if n := len(m.asked()); n != strings.Count(want, "asked") || w.value() != "1" {
				t.Errorf("asked %d times, the value is %s", n, w.value())
			}
			if mode != "suggest" {
				return
			}
			if got := w.story(); !strings.Contains(got, `ai would do this: update memory_item.a: value = "2"`) {
				t.Error(got)
			}
			// It is asked once, also by the next monitor.
			if err := w.end(); err != nil {
				t.Fatal(err)
			}
			w.start(t, w.dir, verifyForTest, m.option)
			eventually(t, "it is gone on with", func() bool { return strings.Contains(w.record(t)[0], "noted") && w.Settled() })
			if n := len(m.asked()); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestAIApproved(t *testing.T) {
	m := says(t, fix("value", `"2"`))
	w := watchOver(t, onlyAI(wantsTwo(`  mode = "approve"`)), verifyForTest, m.option)
	p := w.proposed(t)
	if w.value() != "1" || p.Plan != `update memory_item.a: value = "2"` {
		t.Errorf("%s %+v", w.value(), p)
	}
	if err := w.Decide(p.Incident, p.Hash, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	want := "memory_item.a healed: opened confirmed diagnosed attempted(ai) asked(ai) answered(ai) vetted(ai) planned(ai) approved(ai) vetted(ai) applied(ai) healed"
	if got := w.record(t); len(got) != 1 || got[0] != want || w.value() != "2" || len(m.asked()) != 1 {
		t.Errorf("%q %s", got, w.value())
	}
}

// What waits for a person waits on after a restart, and nobody is asked for it
// again; it is applied by what the first monitor's answer was.
func TestAIProposalOutlivesARestart(t *testing.T) {
	m := says(t, fix("value", `"2"`))
	main := strings.Replace(onlyAI(wantsTwo(`  mode = "approve"`)), "send   =", "budget = { calls_per_hour = 1 }\n    send   =", 1)
	w := watchOver(t, main, verifyForTest, m.option, secretForTest)
	before := w.proposed(t)
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	w.start(t, w.dir, verifyForTest, m.option, secretForTest)
	after := w.proposed(t)
	if after != before || len(m.asked()) != 1 {
		t.Errorf("asked %d times: %+v, not %+v", len(m.asked()), after, before)
	}
	if err := w.Decide(before.Incident, before.Hash, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy && w.value() == "2" })
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	if n := strings.Count(w.record(t)[0], "planned(ai)"); n != 1 || len(m.asked()) != 1 {
		t.Errorf("%s", w.record(t))
	}
}

func secretForTest(o *Options) { o.Secret = []byte("for tests") }

// In the mode auto, what the policy does not list by name waits for a person.
func TestAIAsksForWhatIsNotListed(t *testing.T) {
	m := says(t, fix("kind", `"fragile"`))
	w := watchOver(t, onlyAI(wantsTwo("")), verifyForTest, m.option)
	p := w.proposed(t)
	if !strings.Contains(p.Plan, `kind = "fragile"`) {
		t.Errorf("%+v", p)
	}
	if err := w.Decide(p.Incident, p.Hash, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is left to people", func() bool {
		return w.incidents.List(incident.Filter{})[0].State == incident.StateEscalated && w.Settled()
	})
	if a, _ := w.World.Item(memory.DefaultNamespace, "a"); a.Kind != "plain" || len(m.asked()) != 1 {
		t.Errorf("%+v", a)
	}
}

// A proposal is for one state and one configuration, and for a while.
func TestAIProposalsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		move func(w *ward)
		says string
	}{
		"state": {func(w *ward) {
			w.Project.Files["more.cw.hcl"] = `resource "memory_item" "b" { name = "b" }`
			w.Run(plan.Options{})
		}, "cannot be approved any more: the state has changed since the model was asked"},
		"configuration": {func(w *ward) {
			w.Project.Files["more.cw.hcl"] = `output "o" { value = 1 }`
			w.all()[0].load()
		}, "cannot be approved any more: the configuration has changed since the model was asked"},
		"time": {func(*ward) {}, "escalated: nobody has decided on what ai proposes"},
	} {
		t.Run(name, func(t *testing.T) {
			m := says(t, fix("value", `"2"`))
			w := watchOver(t, onlyAI(wantsTwo(`  mode = "approve"`)), verifyForTest, m.option, func(o *Options) {
				if name == "time" {
					o.ApprovalFor = time.Second
				}
			})
			p := w.proposed(t)
			c.move(w)
			eventually(t, "it is withdrawn", func() bool { return strings.Contains(w.story(), c.says) })
			if err := w.Decide(p.Incident, p.Hash, true); err == nil {
				t.Error("what is withdrawn was approved")
			}
			if name != "time" {
				eventually(t, "it is asked again", func() bool { return len(m.asked()) == 2 })
			}
			if w.value() != "1" {
				t.Error(w.value())
			}
		})
	}
}

// What the model was told must still hold when its answer is applied.
func TestAIAnswerComesTooLate(t *testing.T) {
	var w *ward
	m := newModel(t, func(rw http.ResponseWriter, r completiontest.Request) {
		if r.Number == 0 {
			w.Project.Files["more.cw.hcl"] = `resource "memory_item" "b" { name = "b" }`
			w.Run(plan.Options{})
		}
		completiontest.Answer(fix("value", `"2"`))(rw, r)
	})
	ready := make(chan struct{})
	w = watchOver(t, onlyAI(wantsTwo("")), verifyForTest, func(o *Options) {
		o.Completer = func(string) (ask.Completer, error) { <-ready; return m, nil }
	})
	close(ready)
	eventually(t, "it is healed by the next answer", func() bool { return w.health("memory_item.a") == Healthy })
	if got := w.record(t)[0]; !strings.Contains(got, "vetted(ai) failed(ai) diagnosed attempted(ai)") || len(m.asked()) != 2 {
		t.Errorf("%s", got)
	}
	if n := w.Tallies()[0].Denials["state"]; n != 1 {
		t.Errorf("%+v", w.Tallies())
	}
}

func TestAIIsSkipped(t *testing.T) {
	refuses := func(status int) *model { return newModel(t, completiontest.Fail(status, "You are not welcome")) }
	for name, c := range map[string]struct {
		main  string
		model *model
		says  string
		asked int
	}{
		"no model":           {wantsTwo(""), nil, "ai is skipped: no model is configured", 0},
		"nothing is allowed": {strings.Replace(wantsTwo(""), `"memory_item.*.value", "memory_item.*.limit"`, "", 1), says(t, "{}"), "ai is skipped: its policy allows nothing of it to be changed", 0},
		"the key is wrong":   {wantsTwo(""), refuses(401), "does not accept the key", 1},
		"no such model":      {wantsTwo(""), refuses(404), "knows no model", 1},
		"not reached":        {strings.Replace(wantsTwo(""), "send   =", "budget = { calls_per_hour = 100 }\n    send   =", 1), refuses(503), "escalated: 3 attempts did not help", 12},
		"no budget":          {strings.Replace(wantsTwo(""), "send   =", "budget = { calls_per_hour = 1 }\n    send   =", 1), refuses(503), "ai is skipped: the budget of 1 calls an hour is used up", 1},
		"no tokens":          {strings.Replace(wantsTwo(""), "send   =", "budget = { tokens_per_day = 100 }\n    send   =", 1), says(t, fix("value", `"2"`)), "ai is skipped: the budget of 100 tokens a day is used up", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := watchOver(t, onlyAI(c.main), verifyForTest, func(o *Options) {
				if c.model != nil {
					c.model.option(o)
				}
			})
			eventually(t, "it says so: "+c.says, func() bool { return strings.Contains(w.story(), c.says) })
			eventually(t, "it is escalated", func() bool { return strings.Contains(w.story(), "escalated") })
			if n := strings.Count(w.record(t)[0], "asked"); n != c.asked || w.value() != "1" {
				t.Errorf("asked %d times: %s", n, w.record(t))
			}
		})
	}
}

func TestDryRunAsksNobody(t *testing.T) {
	m := says(t, fix("value", `"2"`))
	w := watchOver(t, wantsTwo(""), verifyForTest, m.option, func(o *Options) { o.DryRun = true })
	eventually(t, "it says so", func() bool { return strings.Contains(w.story(), "memory_item.a: ai would ask a model what to change") })
	if len(m.asked()) > 0 || len(w.record(t)) > 0 || !strings.Contains(w.story(), "restart would do this: restart memory_item.a") {
		t.Errorf("asked %d times: %s", len(m.asked()), w.story())
	}
}

// 1,000 things that fail at once stay within the budget of their policy, and it
// outlives the monitor.
func TestBudgetHoldsForManyAtOnce(t *testing.T) {
	const n, calls = 1000, 5
	main := onlyAI(wantsTwo(`  window = "1h"`))
	main = strings.Replace(main, `name  = "a"`, fmt.Sprintf("count = %d\n  name  = \"a${count.index}\"", n), 1)
	main = strings.Replace(main, "send   =", fmt.Sprintf("budget = { calls_per_hour = %d }\n    send   =", calls), 1)
	m := says(t, `{"verdict": "fix"}`) // which is no answer
	w := watchOver(t, main, verifyForTest, m.option)
	settled := func() bool {
		escalated := 0
		for _, i := range w.incidents.List(incident.Filter{}) {
			if i.State == incident.StateEscalated {
				escalated++
			}
		}
		return escalated == n
	}
	for range 10 { // it takes a while: all is recorded
		for i := 0; i < 300 && !settled(); i++ {
			time.Sleep(25 * time.Millisecond)
		}
	}
	if !settled() {
		t.Fatal("not all are left to people")
	}
	requests := func() int {
		n := 0
		for _, line := range w.record(t) {
			n += strings.Count(line, "asked(ai)")
		}
		return n
	}
	if got := requests(); got != calls {
		t.Errorf("there were %d requests, and may be %d", got, calls)
	}
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	w.start(t, w.dir, verifyForTest, m.option)
	eventually(t, "the next monitor knows them", func() bool { return w.Loaded() })
	time.Sleep(500 * time.Millisecond)
	if got := requests(); got != calls {
		t.Errorf("after a restart there were %d requests", got)
	}
}

// A model that hangs holds nobody up: neither the checks of its own project, nor
// heals, nor other projects.
func TestModelHangs(t *testing.T) {
	release := make(chan struct{})
	free := sync.OnceFunc(func() { close(release) })
	defer free()
	m := newModel(t, func(w http.ResponseWriter, r completiontest.Request) {
		<-release
		completiontest.Answer(fix("value", `"2"`))(w, r)
	})
	w := watchOver(t, onlyAI(wantsTwo(""))+`
resource "memory_item" "b" {
  name  = "b"
  value = "1"
  monitor { remediation = remediation.plain }
}
assert "item_value" "b" {
  target = memory_item.b
  equals = "1"
}
remediation "plain" {}
`, verifyForTest, m.option)
	eventually(t, "the model is asked", func() bool { return len(m.asked()) == 1 })
	store := w.Project.Open() // the state's lock is free
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	edit(w.Project, "b", "by hand")
	eventually(t, "the other thing is healed meanwhile", func() bool {
		b, _ := w.World.Item(memory.DefaultNamespace, "b")
		return *b.Value == "1" && strings.Contains(w.story(), "✓ memory_item.b")
	})
	free()
	// The other heal changed the state, so the answer is of no use, and the next is.
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy })
}

// What goes wrong when the monitor ends while a model is asked is no failure of it.
func TestEndsWhileAModelIsAsked(t *testing.T) {
	release := make(chan struct{})
	m := newModel(t, func(http.ResponseWriter, completiontest.Request) { <-release })
	defer close(release)
	w := watchOver(t, onlyAI(wantsTwo("")), verifyForTest, m.option)
	eventually(t, "the model is asked", func() bool { return len(m.asked()) == 1 })
	begun := time.Now()
	if err := w.end(); err != nil || time.Since(begun) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
	w.start(t, w.dir, verifyForTest, says(t, fix("value", `"2"`)).option)
	eventually(t, "the next monitor heals it", func() bool { return w.health("memory_item.a") == Healthy })
	if got := w.record(t); len(got) != 1 || strings.Count(got[0], "attempted(ai)") != 2 {
		t.Errorf("%q", got)
	}
}

// A monitor that ends between a model's change and its verification leaves that to
// the next one, which takes back what does not help.
func TestAIsChangeIsSettledByTheNextMonitor(t *testing.T) {
	for name, c := range map[string]struct {
		proposes, fixed string
		want            string
		value           string
	}{
		"it did not help": {`"3"`, "", " vetted(ai) applied(ai) noted confirmed failed(ai) rolled_back(ai) diagnosed attempted(ai)", "1"},
		"it helped":       {`"3"`, "3", " vetted(ai) applied(ai) healed", "3"},
	} {
		t.Run(name, func(t *testing.T) {
			m := says(t, fix("value", c.proposes))
			main := strings.Replace(onlyAI(wantsTwo("")), `equals = "2"`, `matches = "^[2X]$"
  success_threshold = 2
  interval          = "1s"`, 1)
			w := watchOver(t, main, m.option, func(o *Options) { o.VerifyFor = time.Hour })
			eventually(t, "it is applied", func() bool { r := w.record(t); return len(r) == 1 && strings.HasSuffix(r[0], "applied(ai)") })
			if err := w.end(); err != nil {
				t.Fatal(err)
			}
			if c.fixed != "" {
				w.Project.Files["main.cw.hcl"] = strings.Replace(main, "[2X]", "[3]", 1)
			}
			w.start(t, w.dir, verifyForTest, m.option)
			eventually(t, "it is settled", func() bool { return strings.Contains(w.record(t)[0], c.want) })
			eventually(t, "the value is as it should be", func() bool { return w.value() == c.value })
			overlays := 0
			for _, o := range w.Project.State().Objects {
				overlays += len(o.Overlay)
			}
			if (overlays == 1) != (c.fixed != "") {
				t.Errorf("%d overlays", overlays)
			}
		})
	}
}
