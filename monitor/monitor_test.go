package monitor

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// ward is a project with a monitor that watches over it.
type ward struct {
	*coretest.Project
	*Monitor
	incidents *incident.Store
	end       func() error

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
	store, _, err := incident.Open(dir, incident.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.incidents = store
	opts := Options{Incidents: store, Interval: time.Second, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Load: func(context.Context, string) (plan.Input, diag.Diagnostics) {
			s := w.Open()
			defer s.Close()
			return w.Input(s)
		},
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
`, func(o *Options) { verifyForTest(o) })
	eventually(t, "it is escalated", func() bool { return strings.Contains(w.story(), "escalated") })
	got := w.record(t)
	want := "memory_item.a escalated: opened confirmed diagnosed attempted(restart) applied(restart) failed(restart)" +
		" diagnosed attempted(recreate) applied(recreate) failed(recreate) diagnosed attempted(rollback) skipped(rollback)"
	if len(got) != 1 || !strings.HasPrefix(got[0], want) {
		t.Errorf("%q", got)
	}
	time.Sleep(1500 * time.Millisecond)
	if n := strings.Count(w.story(), "escalated"); n != 1 {
		t.Errorf("it is escalated %d times", n)
	}
}

func verifyForTest(o *Options) { o.VerifyFor = 300 * time.Millisecond }
