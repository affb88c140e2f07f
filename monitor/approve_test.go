package monitor

import (
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/notify"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

const byApproval = oneItem + `
remediation "default" {
  mode = "approve"
}
`

func (w *ward) value() string {
	a, _ := w.World.Item(memory.DefaultNamespace, "a")
	return *a.Value
}

func (w *ward) proposed(t *testing.T) Proposal {
	t.Helper()
	eventually(t, "something is proposed", func() bool { return len(w.Proposals()) == 1 })
	return w.Proposals()[0]
}

func TestApproved(t *testing.T) {
	w := watchOver(t, byApproval)
	edit(w.Project, "a", "by hand")
	p := w.proposed(t)
	eventually(t, "nothing else goes on", w.Settled)
	if got := w.incidents.Unresolved(); len(got) != 1 || got[0].State != incident.StateWaitingApproval || w.value() != "by hand" {
		t.Errorf("%v %s", got, w.value())
	}
	for _, wrong := range []struct{ id, hash, want string }{{"x", p.Hash, "does not wait"}, {p.Incident, "x", "another one by now"}} {
		if err := w.Decide(wrong.id, wrong.hash, true); err == nil || !strings.Contains(err.Error(), wrong.want) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if err := w.Decide(p.Incident, p.Hash, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	want := "memory_item.a healed: opened confirmed diagnosed planned(restart) approved(restart) attempted(restart) applied(restart) healed"
	if got := w.record(t); len(got) != 1 || got[0] != want || w.value() != "1" {
		t.Errorf("%q %s", got, w.value())
	}
	if got := w.Proposals(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// What was approved is one plan: when it has become another, that one is proposed.
func TestApprovedWasAnotherPlan(t *testing.T) {
	w := watchOver(t, byApproval)
	edit(w.Project, "a", "by hand")
	first := w.proposed(t)
	edit(w.Project, "a", "by another hand")
	if err := w.Decide(first.Incident, first.Hash, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other plan is proposed", func() bool {
		now := w.Proposals()
		return len(now) == 1 && now[0].Hash != first.Hash
	})
	if w.value() != "by another hand" {
		t.Errorf("%s", w.value())
	}
	if err := w.Decide(first.Incident, first.Hash, true); err == nil {
		t.Error("the first plan is approved again")
	}
	if err := w.Decide(first.Incident, w.Proposals()[0].Hash, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy })
}

func TestRejected(t *testing.T) {
	w := watchOver(t, byApproval)
	edit(w.Project, "a", "by hand")
	p := w.proposed(t)
	if err := w.Decide(p.Incident, p.Hash, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is left to people", func() bool {
		got := w.incidents.Unresolved()
		return len(got) == 1 && got[0].State == incident.StateEscalated
	})
	eventually(t, "nothing else goes on", w.Settled)
	if w.value() != "by hand" || len(w.Proposals()) != 0 {
		t.Errorf("%s %v", w.value(), w.Proposals())
	}
	edit(w.Project, "a", "1")
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
}

// A proposal that still holds after a restart is the one that waits: people are
// told of it once, and what they approve is what they were told of.
func TestWaitsOnAfterARestart(t *testing.T) {
	in := newInbox(t)
	secret := func(o *Options) { o.Secret = []byte("the same") }
	w := watchOver(t, strings.Replace(byApproval, "mode =", in.policy+"  mode =", 1), in.option, secret)
	in.of(w)
	edit(w.Project, "a", "by hand")
	first := w.proposed(t)
	in.gets(t, notify.Opened)
	told := in.gets(t, notify.Proposed)
	if told.ID != first.Incident+"-proposed" || told.Summary != "memory_item.a fails, and needs an approval: update memory_item.a" ||
		!strings.Contains(told.Detail, "clockwork approve "+first.Incident) {
		t.Errorf("%+v", told)
	}
	restart := func() {
		t.Helper()
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		w.start(t, w.dir, in.option, secret)
		in.of(w)
	}
	restart()
	if again := w.proposed(t); again != first {
		t.Errorf("%+v is proposed, not %+v", again, first)
	}
	in.isEmpty(t)
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	edit(w.Project, "a", "by another hand")
	restart()
	other := w.proposed(t)
	if told := in.gets(t, notify.Proposed); other.Hash == first.Hash || told.ID != first.Incident+"-proposed-2" {
		t.Errorf("%+v %+v", other, told)
	}
	if err := w.Decide(other.Incident, other.Hash, true); err != nil {
		t.Fatal(err)
	}
	in.gets(t, notify.Healed)
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	want := "memory_item.a healed: opened confirmed diagnosed planned(restart) noted confirmed diagnosed noted confirmed diagnosed planned(restart)" +
		" approved(restart) attempted(restart) applied(restart) healed"
	if got := w.record(t); len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
}

// What was rejected is not proposed by the next monitor.
func TestRejectedIsKnownAfterARestart(t *testing.T) {
	w := watchOver(t, byApproval)
	edit(w.Project, "a", "by hand")
	p := w.proposed(t)
	if err := w.Decide(p.Incident, p.Hash, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is left to people", func() bool { return w.incidents.List(incident.Filter{})[0].State == incident.StateEscalated })
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	w.start(t, w.dir)
	eventually(t, "it is known to fail", func() bool { return w.health("memory_item.a") == Unhealthy })
	eventually(t, "nothing else goes on", w.Settled)
	if got := w.record(t); len(w.Proposals()) != 0 || !strings.HasSuffix(got[0], "rejected(restart) noted") {
		t.Errorf("%v %q", w.Proposals(), got)
	}
	edit(w.Project, "a", "1")
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
}

// In the mode suggest people are told of a proposal once too.
func TestSuggestedOnce(t *testing.T) {
	in := newInbox(t)
	secret := func(o *Options) { o.Secret = []byte("the same") }
	w := watchOver(t, oneItem+"remediation \"default\" {\n  mode = \"suggest\"\n"+in.policy+"}\n", in.option, secret)
	in.of(w)
	edit(w.Project, "a", "by hand")
	in.gets(t, notify.Opened)
	if told := in.gets(t, notify.Proposed); told.Summary != "memory_item.a fails; suggested: update memory_item.a" {
		t.Errorf("%+v", told)
	}
	eventually(t, "it is on record", func() bool { return w.incidents.List(incident.Filter{})[0].State == incident.StateEscalated })
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	w.start(t, w.dir, in.option, secret)
	in.of(w)
	eventually(t, "it is gone on with", func() bool { return strings.HasSuffix(w.record(t)[0], "planned(restart) noted confirmed diagnosed") })
	eventually(t, "nothing else goes on", w.Settled)
	in.isEmpty(t)
	if got := w.record(t); strings.Count(got[0], "planned") != 1 || w.value() != "by hand" {
		t.Errorf("%q", got)
	}
}

// What is only suggested holds up no other heal.
func TestSuggestionsHoldUpNothing(t *testing.T) {
	w := watchOver(t, strings.Replace(oneItem, `name  = "a"`, "count = 3\n  name  = \"a${count.index}\"", 1)+"remediation \"default\" { mode = \"suggest\" }\n", verifyForTest)
	eventually(t, "all are healthy", func() bool { h, _, _ := w.Status()[0].Count(); return h == 3 })
	for _, name := range []string{"a0", "a1", "a2"} {
		edit(w.Project, name, "by hand")
	}
	eventually(t, "all are suggested to be healed", func() bool { return strings.Count(w.story(), "restart would do this") == 3 })
}
