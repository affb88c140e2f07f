package monitor

import (
	"context"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

const twoItems = `
resource "memory_shelf" "s" { name = "top" }
resource "memory_item" "a" {
  name  = "a"
  shelf = memory_shelf.s.name
  value = "1"
}
resource "memory_item" "b" {
  name  = "b"
  value = "2"
}
`

// applied is a project that was applied, and what a heal of it needs.
func applied(t *testing.T, main string) (*coretest.Project, healing) {
	t.Helper()
	p := coretest.New(t, main)
	p.Run(plan.Options{})
	return p, healingOf(t, p)
}

func healingOf(t *testing.T, p *coretest.Project) healing {
	t.Helper()
	target, err := addr.ParseInstance("memory_item.a")
	if err != nil {
		t.Fatal(err)
	}
	store := p.Open()
	in, ds := p.Input(store)
	if err := store.Close(); err != nil || ds.HasErrors() {
		t.Fatal(err, ds)
	}
	return healing{dir: p.Dir, input: in, target: target, tell: func(string) {}}
}

func healed(t *testing.T, h healing, rung plan.Rung) outcome {
	t.Helper()
	h.rung = rung
	out, err := h.heal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func edit(p *coretest.Project, name, value string) {
	p.World.EditItem(memory.DefaultNamespace, name, func(i *memory.Item) { i.Value = &value })
}

func TestHealTouchesNothingElse(t *testing.T) {
	p, h := applied(t, twoItems)
	edit(p, "a", "by hand")
	edit(p, "b", "by hand")
	if out := healed(t, h, plan.RungRecreate); out.plan != "update memory_item.a" || out.skipped != "" {
		t.Errorf("%+v", out)
	}
	a, _ := p.World.Item(memory.DefaultNamespace, "a")
	b, _ := p.World.Item(memory.DefaultNamespace, "b")
	if *a.Value != "1" || *b.Value != "by hand" {
		t.Errorf("a holds %q, b %q", *a.Value, *b.Value)
	}
}

func TestHealIsRefusedWhereItWouldTouchMore(t *testing.T) {
	p, h := applied(t, twoItems)
	p.World.RemoveItem(memory.DefaultNamespace, "a")
	p.World.RemoveShelf(memory.DefaultNamespace, "top")
	out := healed(t, h, plan.RungRecreate)
	if !strings.Contains(out.skipped, "it would change memory_shelf.s too") {
		t.Errorf("%+v", out)
	}
	if _, there := p.World.Item(memory.DefaultNamespace, "a"); there {
		t.Error("it was made all the same")
	}
}

func TestRungs(t *testing.T) {
	p, h := applied(t, twoItems)
	was, _ := p.World.Item(memory.DefaultNamespace, "a")
	if out := healed(t, h, plan.RungRestart); out.plan != "restart memory_item.a" {
		t.Errorf("restart: %+v", out)
	}
	if now, _ := p.World.Item(memory.DefaultNamespace, "a"); now.ID != was.ID || now.Restarts != 1 {
		t.Errorf("after a restart it is %+v", now)
	}
	if out := healed(t, h, plan.RungRecreate); !strings.Contains(out.plan, "memory_item.a") || out.skipped != "" {
		t.Errorf("recreate: %+v", out)
	}
	if now, _ := p.World.Item(memory.DefaultNamespace, "a"); now.ID == was.ID {
		t.Error("it was not made anew")
	}
	if out := healed(t, h, plan.RungRollback); !strings.Contains(out.skipped, "no earlier settings") {
		t.Errorf("rollback: %+v", out)
	}
	p.World.RemoveItem(memory.DefaultNamespace, "a")
	if out := healed(t, h, plan.RungRestart); out.skipped != "it would have to be made anew" {
		t.Errorf("restart of what is gone: %+v", out)
	}
	if out := healed(t, h, plan.RungRecreate); out.plan != "create memory_item.a" {
		t.Errorf("recreate of what is gone: %+v", out)
	}
}

func TestRollbackToWhatWasGood(t *testing.T) {
	p, _ := applied(t, twoItems)
	good := p.State().Serial
	p.Files["main.cw.hcl"] = strings.Replace(twoItems, `value = "1"`, `value = "bad"`, 1)
	p.Run(plan.Options{})
	h := healingOf(t, p)
	h.good = good
	if out := healed(t, h, plan.RungRollback); out.plan != "update memory_item.a" {
		t.Errorf("%+v", out)
	}
	if a, _ := p.World.Item(memory.DefaultNamespace, "a"); *a.Value != "1" {
		t.Errorf("a holds %q", *a.Value)
	}
	if out := healed(t, h, plan.RungRollback); !strings.Contains(out.skipped, "it has the settings") {
		t.Errorf("again: %+v", out)
	}
}

func TestProtectedIsNotRecreated(t *testing.T) {
	_, h := applied(t, strings.Replace(twoItems, `value = "1"`, "value = \"1\"\n  lifecycle { prevent_destroy = true }", 1))
	if out := healed(t, h, plan.RungRecreate); !strings.Contains(out.skipped, "prevent_destroy") {
		t.Errorf("%+v", out)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	p, h := applied(t, twoItems)
	edit(p, "a", "by hand")
	h.dryRun = true
	if out := healed(t, h, plan.RungRecreate); out.plan != "update memory_item.a" {
		t.Errorf("%+v", out)
	}
	if a, _ := p.World.Item(memory.DefaultNamespace, "a"); *a.Value != "by hand" {
		t.Error("it was changed")
	}
}

// A person's apply has the lock: the heal waits, and finds that there is
// nothing left to heal.
func TestHealWaitsForTheLock(t *testing.T) {
	p, h := applied(t, twoItems)
	store := p.Open()
	waiting := make(chan string, 10)
	h.tell = func(s string) { waiting <- s }
	h.still = func(context.Context) bool { return false }
	done := make(chan outcome, 1)
	go func() {
		h.rung = plan.RungRestart
		out, err := h.heal(context.Background())
		if err != nil {
			t.Error(err)
		}
		done <- out
	}()
	if said := <-waiting; !strings.Contains(said, "waiting for the state's lock") {
		t.Errorf("it says %q", said)
	}
	select {
	case <-done:
		t.Fatal("it did not wait")
	default:
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if out := <-done; !out.over {
		t.Errorf("%+v", out)
	}
	if a, _ := p.World.Item(memory.DefaultNamespace, "a"); a.Restarts != 0 {
		t.Error("it was restarted")
	}
}
