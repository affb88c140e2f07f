package monitor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// An engine that is down takes what runs in it along, as can be seen from outside.
// That is no reason to try anything as long as it cannot be asked.
func TestNothingIsTriedWhileItCannotBeLookedAt(t *testing.T) {
	t.Parallel()
	up := filepath.Join(t.TempDir(), "up")
	write := func() {
		if err := os.WriteFile(up, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write()
	w := watchOver(t, strings.Replace(oneItem, `equals = "1"`, "equals   = \"1\"\n  interval = \"1s\"", 1)+fmt.Sprintf(`
assert "command" "up" {
  target   = memory_item.a
  command  = ["test", "-e", %q]
  interval = "1s"
}
remediation "default" {
  attempts = 1
  backoff  = { initial = "100ms", factor = 1, max = "100ms" }
}
`, up), func(o *Options) { o.VerifyFor = 100 * time.Millisecond })
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	w.World.SetDown(true)
	if err := os.Remove(up); err != nil {
		t.Fatal(err)
	}
	eventually(t, "people are told that nobody knows", func() bool {
		return strings.Contains(w.story(), "escalated: it cannot be looked at now")
	})
	edit(w.Project, "a", "by hand")
	w.World.SetDown(false)
	write()
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy && len(w.incidents.Unresolved()) == 0 })
	want := "memory_item.a healed: opened confirmed diagnosed held escalated(escalate) diagnosed attempted(restart) applied(restart) healed"
	// Why it is held may change meanwhile, and is noted again then.
	if got := w.record(t); len(got) != 1 || strings.ReplaceAll(got[0], " held held", " held") != want {
		t.Errorf("%q", got)
	}
}

// Where it goes down just before anything is done, nothing was tried, also for the
// next monitor.
func TestAttemptThatSawNothing(t *testing.T) {
	t.Parallel()
	main := strings.Replace(oneItem, `equals = "1"`, "equals   = \"1\"\n  interval = \"1s\"", 1) + "remediation \"default\" { attempts = 1 }\n"
	w := watchOver(t, main, verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	gate, release := w.World.Hold(memory.OpRead, "a")
	edit(w.Project, "a", "by hand")
	<-gate.Reached()
	w.World.SetDown(true)
	release()
	eventually(t, "it is on hold", func() bool { return strings.Contains(w.story(), "on hold") })
	want := "memory_item.a paused: opened confirmed diagnosed held(restart) held"
	// Why it is held may change meanwhile, and is noted again then.
	if got := w.record(t); len(got) != 1 || strings.ReplaceAll(got[0], " held held", " held") != want {
		t.Errorf("%q", got)
	}
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	w.World.SetDown(false)
	w.start(t, w.dir, verifyForTest)
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy && len(w.incidents.Unresolved()) == 0 })
	if n := strings.Count(w.story(), "escalated"); n != 0 {
		t.Errorf("people are told: %s", w.story())
	}
}

// A heal that hangs gives the state's lock back in the end, before or after it has
// begun to do anything.
func TestHealThatHangs(t *testing.T) {
	t.Parallel()
	for name, op := range map[string]memory.Op{"in the plan": memory.OpRead, "in the apply": memory.OpUpdate} {
		t.Run(name, func(t *testing.T) {
			w := watchOver(t, oneItem+`
remediation "default" {
  attempts = 10
  backoff  = { initial = "300ms", factor = 1, max = "300ms" }
}
`, verifyForTest, func(o *Options) { o.planFor, o.applyFor = 300*time.Millisecond, 300*time.Millisecond })
			eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
			gate, release := w.World.Hold(op, "a")
			defer release()
			edit(w.Project, "a", "by hand")
			<-gate.Reached()
			eventually(t, "the attempt fails", func() bool { return strings.Contains(w.story(), "restart failed") })
			release()
			eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy && len(w.incidents.Unresolved()) == 0 })
		})
	}
}
