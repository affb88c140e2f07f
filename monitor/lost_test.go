package monitor

import (
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

const oneItemRecreated = oneItem + `
remediation "default" {
  ladder   = ["recreate"]
  attempts = 3
  backoff  = { initial = "100ms", factor = 2, max = "1s" }
}
`

// slowly waits long enough after an attempt for somebody else to do something.
var slowly = strings.Replace(oneItemRecreated, `initial = "100ms", factor = 2, max = "1s"`, `initial = "3s", factor = 1, max = "3s"`, 1)

func (w *ward) there() bool {
	_, there := w.World.Item(memory.DefaultNamespace, "a")
	return there
}

// A heal that ends between a removal and what was to come after it leaves nothing
// in the state. It is still wanted.
func TestHealThatFailsHalfWay(t *testing.T) {
	t.Parallel()
	w := watchOver(t, oneItemRecreated, verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	w.World.Inject(memory.Fault{Op: memory.OpCreate, Times: 1, Message: "no room"})
	w.World.RemoveItem(memory.DefaultNamespace, "a")
	w.trigger("memory_item.a")
	eventually(t, "it is healed", func() bool { return w.there() && w.health("memory_item.a") == Healthy })
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	want := "memory_item.a healed: opened confirmed diagnosed attempted(recreate) failed(recreate) diagnosed attempted(recreate) applied(recreate) healed"
	if got := w.record(t); len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
}

// The next monitor knows that it is wanted, too.
func TestHealThatFailsHalfWayBeforeARestart(t *testing.T) {
	t.Parallel()
	w := watchOver(t, slowly, verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	w.World.Inject(memory.Fault{Op: memory.OpCreate, Times: 1, Message: "no room"})
	w.World.RemoveItem(memory.DefaultNamespace, "a")
	w.trigger("memory_item.a")
	eventually(t, "an attempt has failed", func() bool { return strings.Contains(w.story(), "recreate failed") })
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	w.start(t, w.dir, verifyForTest)
	eventually(t, "it is healed", func() bool { return w.there() && w.health("memory_item.a") == Healthy })
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	if got := w.record(t); len(got) != 1 || strings.Count(got[0], "attempted") != 2 {
		t.Errorf("%q", got)
	}
}

// What a person destroys after that is not made again.
func TestDestroyedAfterAHealThatFailed(t *testing.T) {
	t.Parallel()
	w := watchOver(t, slowly, verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	w.World.Inject(memory.Fault{Op: memory.OpUpdate, Times: 1, Message: "no room"})
	edit(w.Project, "a", "by hand")
	eventually(t, "an attempt has failed", func() bool { return strings.Contains(w.story(), "recreate failed") })
	if _, ds := w.TryRun(plan.Options{Mode: plan.Destroy}); ds.HasErrors() {
		t.Fatal(ds)
	}
	eventually(t, "the incident is over or on hold", func() bool {
		return strings.Contains(w.story(), "on hold") || len(w.incidents.Unresolved()) == 0
	})
	if w.there() {
		t.Error("it was made again")
	}
}

func (w *ward) trigger(address string) { w.all()[0].trigger(address) }
