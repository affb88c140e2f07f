package adversary

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/completion/completiontest"
	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
)

// with returns the project with parts of it replaced, each with what follows.
func with(pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(project)
}

// answers answers with one after the other, and with the last from then on.
func answers(all ...string) completiontest.Handler {
	var handlers []completiontest.Handler
	for _, a := range all {
		handlers = append(handlers, completiontest.Answer(a))
	}
	return completiontest.InTurn(handlers...)
}

// kinds are the kinds of entries about the AI, in order.
func (l *loop) kinds(t *testing.T) string {
	t.Helper()
	var out []string
	for _, e := range l.record(t).Events {
		if e.Rung == string(plan.RungAI) {
			out = append(out, string(e.Kind))
		}
	}
	return strings.Join(out, " ")
}

// A fix that looks right and is none is applied where it is allowed, and taken back
// by itself: world and state are as before.
func TestFalseFix(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"in place":             fix("memory", `"256MiB"`),
		"anew":                 fix(`env["REDIS_HOST"]`, `"redis"`),
		"an image":             fix("image", `"nginx:1.26`+digest+`"`),
		"two changes":          fix("memory", `"256MiB"`, "cpus", "2"),
		"another network":      fix(`networks["back"]`, `{"aliases": ["web"], "ipv4_address": null, "ipv6_address": null}`),
		"text like a template": fix(`env["A"]`, `"${file(\"/etc/shadow\")}%{ if true }"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &engine{}
			l := deploy(t, project, e)
			var during string
			e.well = func(now cty.Value) bool {
				if env := now.GetAttr("env").AsValueMap(); env["A"] != cty.NilVal {
					during = env["A"].AsString()
				}
				return false
			}
			l.start(t, answers(answer))
			l.says(t, "escalated")
			if got, want := l.kinds(t), "attempted asked answered vetted applied failed rolled_back"; got != want {
				t.Errorf("%s\n%s", got, l.story())
			}
			l.asBefore(t)
			l.silent(t)
			for _, call := range e.calls()[l.calls:] {
				if !strings.HasSuffix(call, " "+web) {
					t.Errorf("applied: %s", call)
				}
			}
			e.mu.Lock()
			defer e.mu.Unlock()
			if want := `${file("/etc/shadow")}%{ if true }`; name == "text like a template" && during != want {
				t.Errorf("the text became %q", during)
			}
		})
	}
}

// What did not help is not done again, in however many steps one comes back to it.
func TestOscillation(t *testing.T) {
	t.Parallel()
	a, b := fix("memory", `"256MiB"`), fix("memory", `"200MiB"`)
	l := deploy(t, with("attempts = 1", "attempts = 4"), &engine{})
	l.start(t, answers(a, b, fix("memory", `"268435456"`), b))
	l.says(t, "escalated")
	applied := "attempted asked answered vetted applied failed rolled_back"
	denied := "attempted asked answered vetted failed"
	if got, want := l.kinds(t), strings.Join([]string{applied, applied, denied, denied}, " "); got != want {
		t.Errorf("%s\n%s", got, l.story())
	}
	if n := strings.Count(l.story(), "it was refused: repetition"); n != 2 {
		t.Errorf("%d were refused for that: %s", n, l.story())
	}
	if calls := l.engine.calls()[l.calls:]; len(calls) != 4 { // there and back, twice
		t.Errorf("applied: %q", calls)
	}
	l.asBefore(t)
	l.silent(t)
}

// What helped stays, and counts: small steps that follow are one large one.
func TestSalami(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, second string
		says          string
		waits         bool
	}{
		"more of the same":    {fix("cpus", "2"), fix("cpus", "4"), "cpus = 4 waits", true},
		"one more attribute":  {fix("cpus", "2"), fix("memory", `"256MiB"`), "with this 2 attributes would differ", false},
		"one more of a map":   {fix(`env["A"]`, `"x"`), fix(`env["B"]`, `"y"`), "with this 2 attributes would differ", false},
		"the map's other end": {fix(`env["MODE"]`, `"x"`), fix(`env["MODE"]`, `null`, `cpus`, `1.5`), "max_changes is 1", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wants := int64(1) // how many things have to be otherwise
			e := &engine{}
			e.well = func(now cty.Value) bool {
				n := int64(0)
				if f, _ := now.GetAttr("cpus").AsBigFloat().Int64(); f > 1 {
					n++
				}
				for k, v := range now.GetAttr("env").AsValueMap() {
					if k != "PASSWORD" && v.AsString() != "prod" {
						n++
					}
				}
				return n >= wants
			}
			l := deploy(t, with("max_changes = 2", "max_changes = 1", "attempts = 1", "attempts = 3"), e)
			l.start(t, answers(c.first, c.second))
			l.says(t, "healthy again")
			eventually(t, "the first incident is over", func() bool { return len(l.incidents.Unresolved()) == 0 })
			calls, serial := len(e.calls()), l.State().Serial
			e.mu.Lock()
			wants = 2
			e.mu.Unlock()
			if c.waits {
				l.proposed(t)
			} else {
				l.says(t, c.says)
				l.says(t, "escalated")
			}
			if now := e.calls(); len(now) != calls || l.State().Serial != serial {
				t.Errorf("applied: %q", now[calls:])
			}
			l.silent(t)
		})
	}
}

// A plan that would do something to another resource is no plan of a model's, even if
// all that is proposed is allowed: here the volume's data would be lost.
func TestVolumeWouldBeReplaced(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ changed, says string }{
		"another driver": {"name = \"data\"\n  driver = \"nfs\"", "it was refused: plan: it cannot be planned: Volume cannot be changed"},
		"another name":   {`name = "data2"`, "it was refused: diff: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := deploy(t, project, &engine{})
			l.write(t, "main.cw.hcl", with(`name = "data"`, c.changed))
			l.start(t, answers(fix("memory", `"256MiB"`)))
			l.says(t, c.says)
			l.says(t, "escalated")
			l.untouched(t)
			l.silent(t)
		})
	}
}

// A tag can mean another image a moment later. So one is never applied without a
// person, whatever the policy allows.
func TestTagMoves(t *testing.T) {
	t.Parallel()
	l := deploy(t, project, &engine{})
	l.start(t, answers(fix("image", `"nginx:1.26"`)))
	p := l.proposed(t)
	if !strings.Contains(p.Plan, "image") {
		t.Errorf("%+v", p)
	}
	l.untouched(t)
	if err := l.Decide(p.Incident, p.Hash, false); err != nil {
		t.Fatal(err)
	}
	l.says(t, "was rejected")
	l.untouched(t)
	l.silent(t)
}

// An approval is for one plan, once, while it is as it was.
func TestApprovals(t *testing.T) {
	t.Parallel()
	asks := with("attempts = 1", "attempts = 2", `ladder   = ["ai"]`, "ladder   = [\"ai\"]\n  mode     = \"approve\"")
	t.Run("replayed", func(t *testing.T) {
		t.Parallel()
		l := deploy(t, asks, &engine{})
		l.start(t, answers(fix("memory", `"256MiB"`), fix("cpus", "2")))
		p := l.proposed(t)
		if err := l.Decide(p.Incident, strings.Repeat("0", len(p.Hash)), true); err == nil {
			t.Error("another plan was approved")
		}
		if err := l.Decide(p.Incident, p.Hash, true); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the next is proposed", func() bool { now := l.Proposals(); return len(now) == 1 && now[0].Hash != p.Hash })
		calls := len(l.engine.calls())
		if err := l.Decide(p.Incident, p.Hash, true); err == nil || !strings.Contains(err.Error(), "another one by now") {
			t.Errorf("what was approved once was approved again: %v", err)
		}
		if err := l.Decide("20261125-0000-aaaa", p.Hash, true); err == nil {
			t.Error("it was approved for another incident")
		}
		if now := l.engine.calls(); len(now) != calls || calls != l.calls+2 {
			t.Errorf("applied: %q", now[l.calls:])
		}
		l.asBefore(t)
		l.silent(t)
	})
	t.Run("expired", func(t *testing.T) {
		t.Parallel()
		l := deploy(t, asks, &engine{})
		l.start(t, answers(fix("memory", `"256MiB"`)), func(o *monitor.Options) { o.ApprovalFor = 300 * time.Millisecond })
		var p monitor.Proposal
		eventually(t, "it was proposed", func() bool {
			for _, now := range l.Proposals() {
				p = now
			}
			return strings.Contains(l.story(), "nobody has decided")
		})
		if err := l.Decide(l.record(t).ID, p.Hash, true); err == nil {
			t.Error("what had expired was approved")
		}
		l.untouched(t)
		l.silent(t)
	})
	t.Run("the serial moved", func(t *testing.T) {
		t.Parallel()
		l := deploy(t, asks, &engine{})
		l.start(t, answers(fix("memory", `"256MiB"`)))
		p := l.proposed(t)
		l.write(t, "more.cw.hcl", `resource "docker_network" "more" { name = "more" }`)
		l.Project.Run(plan.Options{})
		l.says(t, "cannot be approved any more: the ")
		if err := l.Decide(p.Incident, p.Hash, true); err == nil {
			t.Error("a plan for another state was approved")
		}
		if calls := l.engine.calls()[l.calls:]; !slices.Equal(calls, []string{"create docker_network.more"}) {
			t.Errorf("applied: %q", calls)
		}
		l.silent(t)
	})
}

// While a model thinks, others change what it was told of.
func TestMovesMeanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		move func(*testing.T, *loop)
		says string
	}{
		"the state": {func(t *testing.T, l *loop) {
			l.write(t, "more.cw.hcl", `resource "docker_network" "more" { name = "more" }`)
			l.Project.Run(plan.Options{})
		}, "it was refused: state: the "},
		"the policy": {func(t *testing.T, l *loop) {
			l.write(t, "main.cw.hcl", with(`ladder   = ["ai"]`, "ladder   = [\"ai\"]\n  mode     = \"off\"")+`
assert "container_running" "other" {
  target = docker_container.other
}
`)
			eventually(t, "the monitor knows", func() bool { return len(l.Status()[0].Subjects) == 2 })
		}, "it was refused: state: the configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := deploy(t, project, &engine{well: func(now cty.Value) bool { return now.GetAttr("name").AsString() == "other" }})
			ready := make(chan struct{})
			l.start(t, func(w http.ResponseWriter, r completiontest.Request) {
				c.move(t, l)
				completiontest.Answer(fix("memory", `"256MiB"`))(w, r)
			}, func(o *monitor.Options) {
				o.Completer = func(string) (ask.Completer, error) { <-ready; return l.client, nil }
			})
			close(ready)
			l.says(t, c.says)
			if calls := l.engine.calls()[l.calls:]; slices.ContainsFunc(calls, func(call string) bool { return strings.HasSuffix(call, web) }) {
				t.Errorf("applied: %q", calls)
			}
			l.silent(t)
		})
	}
}

// Without a policy for it nobody is asked, and nothing is done.
func TestNoPolicy(t *testing.T) {
	t.Parallel()
	bare := func(block string) string { return project[:strings.Index(project, `remediation "default"`)] + block }
	for name, c := range map[string]struct {
		main, says string
		asked      int
	}{
		"missing":            {bare(`remediation "default" { ladder = ["escalate"] }`), "escalated", 0},
		"mode off":           {with(`ladder   = ["ai"]`, "ladder   = [\"ai\"]\n  mode     = \"off\""), "escalated: its policy forbids", 0},
		"a mode of no sense": {with(`ladder   = ["ai"]`, "ladder   = [\"ai\"]\n  mode     = \"aprove\""), "escalated: its policy forbids", 0},
		"allows nothing":     {with(`["docker_container.*.memory"`, `["docker_container.nobody.memory"`, `"docker_container.*.`, `"docker_container.nobody.`), "allows nothing of it", 0},
		"cannot be read":     {with(`attempts = 1`, `attempts = "many"`), "its policy has no ai block that can be used", 0},
		"bounds of no sense": {with(`max = "512MiB"`, `most = "512MiB"`), "its policy has no ai block that can be used", 0},
		"is no HCL":          {project + "\nremediation {{{", "", 0},
		"allows what never":  {with(`["docker_container.*.memory"`, `["docker_container.*.privileged", "docker_container.*.memory"`), "it was refused: plan: ", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := deploy(t, project, &engine{})
			l.write(t, "main.cw.hcl", c.main)
			l.start(t, answers(fix("memory", `"256MiB"`)))
			if c.says == "" {
				eventually(t, "it is noticed", func() bool { s := l.Status(); return len(s) == 1 && s[0].Problems.HasErrors() })
			} else {
				l.says(t, c.says)
			}
			if n := len(l.model.Requests()); n != c.asked {
				t.Errorf("the model was asked %d times", n)
			}
			l.untouched(t)
			l.silent(t)
		})
	}
}

// Many that fail at once have one budget.
func TestBudget(t *testing.T) {
	t.Parallel()
	const n, calls = 60, 3
	l := deploy(t, with(`resource "docker_container" "web" {`, fmt.Sprintf("resource \"docker_container\" \"web\" {\n  count = %d", n),
		`name   = "web"`, `name   = "web${count.index}"`, "max_changes = 2", fmt.Sprintf("max_changes = 2\n    budget = { calls_per_hour = %d }", calls)), &engine{})
	l.start(t, answers(fix("privileged", "true")), func(o *monitor.Options) { l.byGatesAlone(o) })
	eventually(t, "all are left to people", func() bool {
		all := l.incidents.List(incident.Filter{})
		return len(all) == n && !slices.ContainsFunc(all, func(i incident.Incident) bool { return i.State != incident.StateEscalated })
	})
	if got := len(l.model.Requests()); got != calls {
		t.Errorf("there were %d requests, and may be %d", got, calls)
	}
	l.untouched(t)
	l.silent(t)
}
