package monitor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

const byRollback = oneItem + `
remediation "default" {
  ladder = ["rollback"]
}
`

// The state that was good is known to the next monitor, which goes back to it.
func TestGoodIsKnownAfterARestart(t *testing.T) {
	sustained := func(d time.Duration) func(*Options) { return func(o *Options) { o.SustainedFor = d } }
	w := watchOver(t, byRollback, verifyForTest, sustained(300*time.Millisecond))
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	time.Sleep(500 * time.Millisecond) // nothing is checked meanwhile
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	w.Files["main.cw.hcl"] = strings.Replace(byRollback, `value = "1"`, `value = "bad"`, 1)
	w.Run(plan.Options{})
	w.start(t, t.TempDir(), verifyForTest, sustained(time.Hour))
	eventually(t, "it is rolled back", func() bool { return strings.Contains(w.story(), "healthy again") })
	if w.value() != "1" {
		t.Error(w.value())
	}
}

// Nothing has to be checked just when it has been well for long enough: it counts
// when it fails, and when the state becomes another.
func TestGoodWithoutPolls(t *testing.T) {
	w := watchOver(t, oneItem, verifyForTest, func(o *Options) { o.SustainedFor = 200 * time.Millisecond })
	good := func() uint64 {
		p := w.all()[0]
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.good.Serial
	}
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	first := w.State().Serial
	time.Sleep(300 * time.Millisecond)
	edit(w.Project, "a", "by hand") // it is healed, which makes another state
	eventually(t, "the first state is known to be good", func() bool { return good() == first })
	eventually(t, "it is healed", func() bool { return strings.Contains(w.story(), "healthy again") })
	healed := w.State().Serial
	eventually(t, "the state is taken up", func() bool {
		p := w.all()[0]
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.serial == healed && !p.green.IsZero()
	})
	time.Sleep(300 * time.Millisecond)
	w.Files["main.cw.hcl"] = strings.Replace(oneItem, "memory_item\" \"a\" {", "memory_item\" \"a\" {\n  description = \"another\"", 1)
	w.Run(plan.Options{})
	eventually(t, "the second state is known to be good", func() bool { return healed != first && good() >= healed })
}

// What was good of another state, or is damaged, is as if there were nothing.
func TestGoodOfAnotherState(t *testing.T) {
	for name, content := range map[string]string{"another": `{"lineage":"x","serial":1}`, "damaged": `{"lineage`} {
		t.Run(name, func(t *testing.T) {
			w := watchOver(t, byRollback, verifyForTest)
			eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
			if err := w.end(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(w.Dir, state.Dir, goodName), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			w.start(t, t.TempDir(), verifyForTest)
			eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
			edit(w.Project, "a", "by hand")
			eventually(t, "there is nothing to go back to", func() bool {
				return strings.Contains(w.story(), "rollback is skipped: no earlier settings are known to be good")
			})
		})
	}
}
