package monitor

import (
	"context"
	"log/slog"
	"strings"
	"testing"

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
