package monitor

import (
	"context"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
)

// replayed is the one incident of a project, judged again.
func replayed(t *testing.T, w *ward) []Replayed {
	t.Helper()
	whole, err := w.incidents.Get(w.incidents.List(incident.Filter{})[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	store := w.Project.Open()
	defer store.Close()
	in, ds := w.Input(store)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	out, err := Replay(context.Background(), in, store, whole)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func gateOf(v Vetted, name string) string {
	for _, g := range v.Gates {
		if g.Name == name {
			return g.Outcome
		}
	}
	return ""
}

func TestReplay(t *testing.T) {
	m := says(t, fix("value", `"3"`), fix("value", `"3"`))
	w := watchOver(t, onlyAI(wantsTwo("")), verifyForTest, m.option)
	eventually(t, "it is escalated", func() bool { return strings.Contains(w.story(), "escalated") })
	for i, one := range replayed(t, w) {
		if one.Differs() {
			t.Errorf("%d: %+v", i, one)
		}
	}
	// With another policy something else comes of it.
	main := w.Project.Files["main.cw.hcl"]
	w.Project.Files["main.cw.hcl"] = strings.Replace(main, "max = 10 ", "max = 2 ", 1)
	got := replayed(t, w)
	if len(got) != 3 || !got[0].Differs() || gateOf(got[0].Then, "bounds") != "allow" || gateOf(got[0].Now, "bounds") != "deny" {
		t.Errorf("%+v", got)
	}
	w.Project.Files["main.cw.hcl"] = strings.Replace(main, `"memory_item.*.value", `, "", 1)
	if got := replayed(t, w); !got[0].Differs() || got[0].Now.Outcome != "needs approval" {
		t.Errorf("%+v", got[0])
	}
	if w.value() != "1" || len(m.asked()) != 3 {
		t.Error("something was done")
	}
}

// What a person approved is judged as approved.
func TestReplayOfAnApproval(t *testing.T) {
	m := says(t, fix("value", `"2"`))
	w := watchOver(t, onlyAI(wantsTwo(`  mode = "approve"`)), verifyForTest, m.option)
	p := w.proposed(t)
	if err := w.Decide(p.Incident, p.Hash, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	got := replayed(t, w)
	if len(got) != 2 || got[0].Then.Outcome != "needs approval" || got[1].Then.Outcome != "allow" {
		t.Fatalf("%+v", got)
	}
	for i, one := range got {
		if one.Now.Outcome != one.Then.Outcome {
			t.Errorf("%d: %+v", i, one)
		}
	}
}
