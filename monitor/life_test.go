package monitor

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/journal"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/state"
)

func TestAddAndRemoveWhileItRuns(t *testing.T) {
	w := watchOver(t, oneItem)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	if w.Add(w.Dir) {
		t.Error("it was added twice")
	}
	if !w.Remove(t.Context(), w.Dir) || w.Remove(t.Context(), w.Dir) {
		t.Error("it was not removed once")
	}
	if got := w.Status(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if n := w.scheduler.Stats().Tasks; n != 0 {
		t.Errorf("%d checks are left", n)
	}
	held, err := journal.Lock(filepath.Join(w.Dir, state.Dir, lockName))
	if err != nil {
		t.Fatal(err)
	}
	edit(w.Project, "a", "by hand")
	if !w.Add(w.Dir) {
		t.Error("it was not added")
	}
	eventually(t, "another monitor is in the way", func() bool { return w.Status()[0].Problems.HasErrors() })
	held.Close()
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy })
}

func TestRemovedInTheMiddleOfAnIncident(t *testing.T) {
	var paused atomic.Bool
	paused.Store(true)
	w := watchOver(t, oneItem, func(o *Options) { o.Paused = pausedWhile(&paused) })
	edit(w.Project, "a", "by hand")
	eventually(t, "it is on hold", func() bool { return strings.Contains(w.story(), "on hold") })
	w.Remove(t.Context(), w.Dir)
	if left := w.incidents.Unresolved(); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

// Reload reads and checks everything, though nothing says that it changed.
func TestReload(t *testing.T) {
	var loads atomic.Int32
	w := watchOver(t, oneItem, func(o *Options) {
		o.Interval = time.Hour
		load := o.Load
		o.Load = func(ctx context.Context, dir string) (plan.Input, diag.Diagnostics) {
			loads.Add(1)
			return load(ctx, dir)
		}
	})
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	for range 2 {
		before, checks := loads.Load(), w.Stats().Prompt.Started
		w.Reload()
		w.Reload()
		eventually(t, "it is read again", func() bool { return loads.Load() > before })
		eventually(t, "it is checked again", func() bool { return w.Stats().Prompt.Started > checks })
	}
}

func pausedWhile(paused *atomic.Bool) func(string, string) string {
	return func(string, string) string {
		if paused.Load() {
			return "somebody works on it"
		}
		return ""
	}
}

// While it is paused checks run and nothing is healed; afterwards it is.
func TestPaused(t *testing.T) {
	var paused atomic.Bool
	paused.Store(true)
	w := watchOver(t, oneItem, func(o *Options) { o.Paused = pausedWhile(&paused) })
	edit(w.Project, "a", "by hand")
	eventually(t, "it is on hold", func() bool { return strings.Contains(w.story(), "on hold") })
	eventually(t, "nothing else goes on", w.Settled)
	if got := w.Status()[0]; got.Paused == "" || got.Subjects[0].Paused == "" || got.Subjects[0].Health != Unhealthy {
		t.Errorf("%+v", got)
	}
	if a, _ := w.World.Item(memory.DefaultNamespace, "a"); *a.Value != "by hand" {
		t.Errorf("it was healed: %s", *a.Value)
	}
	if left := w.incidents.Unresolved(); len(left) != 1 || left[0].State != incident.StatePaused {
		t.Errorf("%v", left)
	}
	paused.Store(false)
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy })
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	want := "memory_item.a healed: opened confirmed held diagnosed attempted(restart) applied(restart) healed"
	if got := w.record(t); len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
}
