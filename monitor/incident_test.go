package monitor

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/notify"
)

// hookedLog calls a function for each line of a log.
type hookedLog func(slog.Record)

func (h hookedLog) Enabled(context.Context, slog.Level) bool { return true }
func (h hookedLog) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h hookedLog) WithGroup(string) slog.Handler            { return h }

func (h hookedLog) Handle(_ context.Context, r slog.Record) error {
	h(r)
	return nil
}

// What fails again in the moment between being well and the end of the incident is
// looked at again, also if nothing polls it.
func TestFailsAgainAtTheEndOfTheIncident(t *testing.T) {
	// A queue that is full logs what it drops, which is when the incident ends.
	ended := make(chan *ward, 1)
	queue, err := notify.Open(t.TempDir(), notify.Options{MaxMessages: 1, Log: slog.New(hookedLog(func(r slog.Record) {
		if !strings.Contains(r.Message, "was dropped") {
			return
		}
		if w := <-ended; w != nil {
			close(ended)
			edit(w.Project, "a", "again")
			eventually(t, "it is seen", func() bool { return w.health("memory_item.a") == Unhealthy })
		}
	}))})
	if err != nil {
		t.Fatal(err)
	}
	defer queue.Close()
	w := watchOver(t, strings.Replace(oneItem, "equals =", "interval = \"1h\"\n  equals =", 1)+`
remediation "default" {
  mode = "off"
  notify {
    command = ["true"]
    on      = ["opened", "healed"]
  }
}
`, func(o *Options) { o.Notify = queue })
	ended <- w
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	edit(w.Project, "a", "by hand")
	eventually(t, "it is escalated", func() bool { return strings.Contains(w.story(), "escalated") })
	edit(w.Project, "a", "1")
	eventually(t, "it is another incident", func() bool { return len(w.incidents.List(incident.Filter{})) == 2 })
	edit(w.Project, "a", "1")
	eventually(t, "all is over", func() bool { return len(w.incidents.Unresolved()) == 0 })
}

// A heal is verified by all asserts at the same time, but not by any number.
func TestVerifiesInParallel(t *testing.T) {
	var measured atomic.Bool
	var running, most atomic.Int32
	var full sync.Once
	all := make(chan struct{}) // closed when as many run as may
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !measured.Load() {
			return
		}
		defer running.Add(-1)
		n := running.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			continue
		}
		if n == verifyAtOnce {
			full.Do(func() { time.AfterFunc(100*time.Millisecond, func() { close(all) }) }) // more may come, and must not
		}
		select {
		case <-all:
		case <-time.After(10 * time.Second):
			w.WriteHeader(http.StatusInternalServerError) // too few came beside it
		}
	}))
	defer hook.Close()
	w := watchOver(t, oneItem+`
assert "healthcheck" "h" {
  for_each = toset([for i in range(12) : tostring(i)])
  target   = memory_item.a
  url      = "`+hook.URL+`"
  timeout  = "1m"
  interval = "1h"
}
`)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	p := w.all()[0]
	p.mu.Lock()
	r := &incidentRun{project: p, s: p.subjects["memory_item.a"]}
	for id := range p.tasks {
		w.scheduler.Remove(id) // what runs from now on, verify does
	}
	p.mu.Unlock()
	eventually(t, "nothing else runs", func() bool {
		s := w.Stats()
		return s.Tasks == 0 && s.Prompt.Running+s.Slow.Running+s.Hung.Running == 0
	})
	measured.Store(true)
	if !r.verify(t.Context(), 0) || most.Load() != verifyAtOnce {
		t.Errorf("%d ran at the same time", most.Load())
	}
}
