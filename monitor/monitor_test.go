package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// ward is a project with a monitor that watches over it.
type ward struct {
	*coretest.Project
	*Monitor
	incidents *incident.Store
	dir       string // of the incidents
	end       func() error
	now       func() time.Time // of the record; nil for the clock's

	mu   sync.Mutex
	said []string
}

// watchOver applies a project and starts a monitor.
func watchOver(t *testing.T, main string, edit ...func(*Options)) *ward {
	t.Helper()
	w := &ward{Project: coretest.New(t, main)}
	w.Run(plan.Options{})
	w.start(t, t.TempDir(), edit...)
	return w
}

func (w *ward) Run(opts plan.Options) { w.Project.Run(opts) }

func (w *ward) start(t *testing.T, dir string, edit ...func(*Options)) {
	t.Helper()
	store, _, err := incident.Open(dir, incident.Options{Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	w.incidents, w.dir = store, dir
	opts := Options{Incidents: store, Interval: time.Second, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Load: w.Project.Current,
		Say: func(_, line string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.said = append(w.said, line)
		}}
	for _, f := range edit {
		f(&opts)
	}
	w.Monitor = New(opts, w.Dir)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Monitor.Run(ctx) }()
	w.end = sync.OnceValue(func() error {
		cancel()
		err := <-done
		if closeErr := store.Close(); err == nil {
			err = closeErr
		}
		return err
	})
	t.Cleanup(func() {
		if err := w.end(); err != nil {
			t.Error(err)
		}
	})
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 400 {
		if so() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("it does not come about that %s", what)
}

func (w *ward) health(address string) Health {
	for _, p := range w.Status() {
		for _, s := range p.Subjects {
			if s.Address == address {
				return s.Health
			}
		}
	}
	return Unknown
}

// story is what was said, without times.
func (w *ward) story() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, line := range w.said {
		if i := strings.Index(line, " after "); i >= 0 {
			line = line[:i]
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// record is the incidents, the oldest first, each in a line.
func (w *ward) record(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, i := range w.incidents.List(incident.Filter{}) {
		whole, err := w.incidents.Get(i.ID)
		if err != nil {
			t.Fatal(err)
		}
		line := whole.Target + " " + string(whole.State) + ":"
		for _, e := range whole.Events {
			line += " " + string(e.Kind)
			if e.Rung != "" {
				line += "(" + e.Rung + ")"
			}
		}
		out = append([]string{line}, out...)
	}
	return out
}

const oneItem = `
resource "memory_item" "a" {
  name  = "a"
  value = "1"
}
assert "item_value" "a" {
  target = memory_item.a
  equals = "1"
}
`

func TestHealsWhatWasChanged(t *testing.T) {
	w := watchOver(t, oneItem)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	edit(w.Project, "a", "by hand")
	eventually(t, "it is healed", func() bool {
		a, _ := w.World.Item(memory.DefaultNamespace, "a")
		return *a.Value == "1" && w.health("memory_item.a") == Healthy
	})
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	want := "memory_item.a healed: opened confirmed diagnosed attempted(restart) applied(restart) healed"
	if got := w.record(t); len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
	if got := w.story(); !strings.Contains(got, "[Remediation] memory_item.a: rung 1 of 4: restart\n[Remediation] ✓ memory_item.a healthy again") {
		t.Errorf("%s", got)
	}
}

func TestGoesUpTheLadderThenEscalatesOnce(t *testing.T) {
	w := watchOver(t, strings.Replace(oneItem, `equals = "1"`, `equals = "2"`, 1)+`
remediation "default" {
  attempts = 3
  backoff  = { initial = "100ms", factor = 2, max = "1s" }
}
`, verifyForTest)
	eventually(t, "it is escalated", func() bool { return strings.Contains(w.story(), "escalated") })
	got := w.record(t)
	want := "memory_item.a escalated: opened confirmed diagnosed attempted(restart) applied(restart) failed(restart)" +
		" diagnosed attempted(recreate) applied(recreate) failed(recreate) diagnosed skipped(rollback) attempted(restart) applied(restart) failed(restart)" +
		" diagnosed escalated(escalate)"
	if len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
	time.Sleep(1500 * time.Millisecond)
	if n := strings.Count(w.story(), "escalated"); n != 1 {
		t.Errorf("it is escalated %d times", n)
	}
}

func verifyForTest(o *Options) { o.VerifyFor = 300 * time.Millisecond }

// What was tried, and that people were told, is known to the next monitor.
func TestGoesOnAfterARestart(t *testing.T) {
	w := watchOver(t, strings.Replace(oneItem, `equals = "1"`, `equals = "2"`, 1)+`
remediation "default" {
  attempts = 2
  backoff  = { initial = "100ms", factor = 2, max = "1s" }
}
`, verifyForTest)
	eventually(t, "it is escalated", func() bool { return strings.Contains(w.story(), "escalated") })
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	dir := w.dir
	w.said = nil
	w.start(t, dir, verifyForTest)
	eventually(t, "it is known to fail", func() bool { return w.health("memory_item.a") == Unhealthy })
	time.Sleep(500 * time.Millisecond)
	if got := w.story(); strings.Contains(got, "[Remediation]") {
		t.Errorf("it says %s", got)
	}
	if got := w.record(t); len(got) != 1 || strings.Count(got[0], "attempted(") != 2 || !strings.HasSuffix(got[0], "escalated(escalate) noted confirmed diagnosed") {
		t.Errorf("%q", got)
	}
	edit(w.Project, "a", "2")
	eventually(t, "it is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
}

func TestAttemptsCountAcrossARestart(t *testing.T) {
	w := watchOver(t, oneItem, verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	edit(w.Project, "a", "by hand")
	eventually(t, "it is healed", func() bool { return strings.Contains(w.story(), "healthy again") })
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	w.start(t, w.dir, verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	edit(w.Project, "a", "again")
	eventually(t, "it is healed by the next rung", func() bool { return strings.Contains(w.story(), "rung 2 of 4: recreate") })
}

// A dependency that fails is healed first, and those that depend on it are held
// and looked at again.
func TestDependentsAreHeld(t *testing.T) {
	main := `
resource "memory_item" "db" {
  name  = "db"
  value = "1"
}
assert "item_value" "db" {
  target = memory_item.db
  equals = "1"
}
resource "memory_item" "app" {
  count      = 20
  name       = "app${count.index}"
  value      = "1"
  depends_on = [memory_item.db]
}
assert "item_value" "app" {
  target = memory_item.app
  equals = "1"
}
`
	w := watchOver(t, main, verifyForTest)
	eventually(t, "all is healthy", func() bool {
		h, u, k := w.Status()[0].Count()
		return h == 21 && u == 0 && k == 0
	})
	// The dependents fail because the database does, and are well as soon as it
	// is: the world below does what a real one would.
	for i := range 20 {
		edit(w.Project, fmt.Sprintf("app%d", i), "no database")
	}
	edit(w.Project, "db", "down")
	eventually(t, "the database is healed", func() bool {
		return w.health("memory_item.db") == Healthy && strings.Contains(w.story(), "✓ memory_item.db")
	})
	for i := range 20 {
		edit(w.Project, fmt.Sprintf("app%d", i), "1")
	}
	eventually(t, "all is healthy again", func() bool { h, _, _ := w.Status()[0].Count(); return h == 21 })
	if n := strings.Count(w.story(), "on hold: it depends on memory_item.db"); n == 0 {
		t.Error("no dependent was held")
	}
}

func TestModes(t *testing.T) {
	for mode, want := range map[string]string{
		"off":     "opened confirmed diagnosed escalated(escalate)",
		"suggest": "opened confirmed diagnosed planned(restart)",
	} {
		t.Run(mode, func(t *testing.T) {
			w := watchOver(t, oneItem+"remediation \"default\" { mode = \""+mode+"\" }\n", verifyForTest)
			eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
			edit(w.Project, "a", "by hand")
			eventually(t, "people are told", func() bool { r := w.record(t); return len(r) == 1 && strings.HasSuffix(r[0], want) })
			if a, _ := w.World.Item(memory.DefaultNamespace, "a"); *a.Value != "by hand" {
				t.Error("it was changed")
			}
			edit(w.Project, "a", "1")
			eventually(t, "it is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
		})
	}
}

func TestDryRunSaysWhatItWouldDo(t *testing.T) {
	w := watchOver(t, oneItem, verifyForTest, func(o *Options) { o.DryRun = true })
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	edit(w.Project, "a", "by hand")
	eventually(t, "it says so", func() bool {
		return strings.Contains(w.story(), "[Remediation] memory_item.a: restart would do this: update memory_item.a")
	})
	if a, _ := w.World.Item(memory.DefaultNamespace, "a"); *a.Value != "by hand" {
		t.Error("it was changed")
	}
}

// What cannot be looked at is unknown, and nothing is healed for it.
func TestAWorldThatIsDownHealsNothing(t *testing.T) {
	w := watchOver(t, strings.Replace(oneItem, `equals = "1"`, "equals   = \"1\"\n  interval = \"1s\"", 1), verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	w.World.SetDown(true)
	eventually(t, "it is unknown", func() bool { return w.health("memory_item.a") == Unknown })
	time.Sleep(1200 * time.Millisecond)
	w.World.SetDown(false)
	eventually(t, "it is healthy again", func() bool { return w.health("memory_item.a") == Healthy })
	if got := w.record(t); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

// What goes down with the engine that it runs in, and cannot be looked at then, is
// healed once it can be; people are told if that takes long.
func TestHealsAfterTheWorldWasDown(t *testing.T) {
	w := watchOver(t, strings.Replace(oneItem, `equals = "1"`, "equals   = \"1\"\n  interval = \"1s\"", 1), func(o *Options) { o.VerifyFor = 100 * time.Millisecond })
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	gate, release := w.World.Hold(memory.OpUpdate, "a")
	edit(w.Project, "a", "by hand")
	<-gate.Reached()
	w.World.SetDown(true)
	release()
	eventually(t, "people are told", func() bool {
		return strings.Contains(w.story(), "escalated: whether it is well cannot be told now")
	})
	w.World.SetDown(false)
	eventually(t, "it is healed", func() bool { return w.health("memory_item.a") == Healthy })
	if a, _ := w.World.Item(memory.DefaultNamespace, "a"); *a.Value != "1" {
		t.Errorf("its value is %q", *a.Value)
	}
	eventually(t, "the incident is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
	// What failed because of it counts. Nothing is tried or used up meanwhile.
	want := "memory_item.a healed: opened confirmed diagnosed attempted(restart) failed(restart) held escalated(escalate)" +
		" diagnosed attempted(recreate) applied(recreate) healed"
	if got := w.record(t); len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
}

// What is well although the attempt failed is not tried again.
func TestWellAlthoughTheAttemptFailed(t *testing.T) {
	w := watchOver(t, oneItem+"remediation \"default\" { attempts = 1 }\n", verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	w.World.Inject(memory.Fault{Op: memory.OpUpdate, Times: 1, Message: "it goes wrong"})
	gate, release := w.World.Hold(memory.OpUpdate, "a")
	edit(w.Project, "a", "by hand")
	<-gate.Reached()
	edit(w.Project, "a", "1")
	release()
	eventually(t, "the incident is over", func() bool {
		got := w.record(t)
		return len(got) == 1 && got[0] == "memory_item.a healed: opened confirmed diagnosed attempted(restart) failed(restart) healed"
	})
}

func TestSecondMonitorRefuses(t *testing.T) {
	w := watchOver(t, oneItem)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	other := &ward{Project: w.Project}
	other.start(t, t.TempDir())
	eventually(t, "the second says why not", func() bool {
		s := other.Status()
		return len(s) == 1 && len(s[0].Subjects) == 0 && strings.Contains(s[0].Problems.Error(), "nother monitor watches over")
	})
}

// A disk that is full: nothing is done that cannot be recorded, people are told,
// and it is healed once there is space.
func TestRecordThatCannotBeWritten(t *testing.T) {
	w := watchOver(t, oneItem, verifyForTest, func(o *Options) { o.RetryAfter = 300 * time.Millisecond })
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	if err := os.Rename(w.dir, w.dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	edit(w.Project, "a", "by hand")
	eventually(t, "people are told", func() bool { return strings.Contains(w.story(), "nothing is healed, because it cannot be recorded") })
	if a, there := w.World.Item(memory.DefaultNamespace, "a"); !there || *a.Value != "by hand" {
		t.Error("something was done")
	}
	if err := errors.Join(os.Remove(w.dir), os.Rename(w.dir+".away", w.dir)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is healed", func() bool { return strings.Contains(w.story(), "healthy again") })
	if got := w.record(t); len(got) != 1 || !strings.Contains(got[0], "healed") {
		t.Errorf("%q", got)
	}
}

func TestFolderThatIsGone(t *testing.T) {
	w := watchOver(t, oneItem, verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	if err := os.RemoveAll(filepath.Join(w.Project.Dir, ".clockwork")); err != nil {
		t.Fatal(err)
	}
	edit(w.Project, "a", "by hand")
	time.Sleep(time.Second)
	if a, there := w.World.Item(memory.DefaultNamespace, "a"); !there || *a.Value != "by hand" {
		t.Error("something was done")
	}
	if _, err := os.Stat(filepath.Join(w.Project.Dir, ".clockwork")); err == nil {
		t.Error("the state's folder was made again")
	}
}

// What is destroyed while it is watched over stays destroyed.
func TestDestroyedIsLeftAlone(t *testing.T) {
	w := watchOver(t, oneItem, verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	if _, ds := w.TryRun(plan.Options{Mode: plan.Destroy}); ds.HasErrors() {
		t.Fatal(ds)
	}
	time.Sleep(1500 * time.Millisecond)
	if _, there := w.World.Item(memory.DefaultNamespace, "a"); there {
		t.Error("it was made again")
	}
	if got := w.story(); strings.Contains(got, "escalated") {
		t.Errorf("people are told: %s", got)
	}
}

// Somebody stopped it on purpose: it is left alone if the policy says so.
func TestManualStopIsHeld(t *testing.T) {
	w := watchOver(t, oneItem+"remediation \"default\" { on_manual_stop = \"hold\" }\n", verifyForTest)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	w.all()[0].event(providers.Event{Address: "memory_item.a", Kind: "kill"})
	edit(w.Project, "a", "stopped")
	eventually(t, "it is held", func() bool { return strings.Contains(w.story(), "on hold: somebody stopped it on purpose") })
	time.Sleep(500 * time.Millisecond)
	if a, _ := w.World.Item(memory.DefaultNamespace, "a"); *a.Value != "stopped" {
		t.Error("it was healed")
	}
	// The next monitor, which did not see it, knows it.
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	w.start(t, w.dir, verifyForTest)
	eventually(t, "it is still held", func() bool { return strings.HasSuffix(w.record(t)[0], "noted confirmed held") })
	eventually(t, "nothing else goes on", w.Settled)
	if w.value() != "stopped" {
		t.Error("it was healed after a restart")
	}
	edit(w.Project, "a", "1")
	eventually(t, "it is over", func() bool { return len(w.incidents.Unresolved()) == 0 && len(w.record(t)) == 1 })
}
