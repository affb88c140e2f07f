package monitor

import (
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
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
