package monitor

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/internal/watch"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// inFakeTime runs a test in which time passes only while everybody waits for it.
// The system cannot watch files in it, so they are looked at.
func inFakeTime(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

func polled(o *Options) {
	o.watch = watch.Options{Poll: true}
	o.VerifyFor = 100 * time.Millisecond
}

// attemptsOf are the rungs that were tried in all incidents, each with the time
// since the one before.
func (w *ward) attemptsOf(t *testing.T) (out []string) {
	t.Helper()
	var last time.Time
	list := w.incidents.List(incident.Filter{})
	for i := range list {
		whole, err := w.incidents.Get(list[len(list)-1-i].ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range whole.Events {
			if e.Kind != incident.Attempted {
				continue
			}
			if last.IsZero() {
				last = e.Time
			}
			out = append(out, fmt.Sprintf("%s +%s", e.Rung, e.Time.Sub(last).Round(10*time.Millisecond)))
			last = e.Time
		}
	}
	return out
}

const sixAttempts = `
remediation "default" {
  ladder   = ["restart", "recreate"]
  attempts = 6
  window   = "30m"
  backoff  = { initial = "1s", factor = 2, max = "10s" }
}
`

// What always fails is tried as often as may be, with pauses that grow as they
// should, and then people are told, once for all.
func TestAlwaysFailing(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		w := watchOver(t, strings.Replace(oneItem, `equals = "1"`, `equals = "2"`, 1)+sixAttempts, polled)
		time.Sleep(2 * time.Hour)
		want := []string{"restart +0s", "recreate +1s", "restart +2s", "recreate +4s", "restart +8s", "recreate +10s"}
		if diff := cmp.Diff(want, w.attemptsOf(t)); diff != "" {
			t.Error(diff)
		}
		if n := strings.Count(w.story(), "escalated"); n != 1 {
			t.Errorf("escalated %d times:\n%s", n, w.story())
		}
		if got := w.record(t); len(got) != 1 {
			t.Errorf("%q", got)
		}
	})
}

// What a heal helps for a while only goes on up the ladder, and its attempts count,
// until people are told; what is well for long enough begins anew.
func TestHealedAndFailsAgain(t *testing.T) {
	for well, want := range map[time.Duration][]string{
		time.Minute:     {"restart", "recreate", "restart", "recreate", "restart", "recreate"},
		6 * time.Minute: {"restart", "restart", "restart", "restart", "restart", "restart", "restart", "restart"},
	} {
		t.Run(well.String(), func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				w := watchOver(t, oneItem+sixAttempts, polled)
				time.Sleep(10 * time.Minute)
				for range 8 {
					edit(w.Project, "a", "by hand")
					time.Sleep(well)
				}
				var got []string
				for _, attempt := range w.attemptsOf(t) {
					rung, _, _ := strings.Cut(attempt, " ")
					got = append(got, rung)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
				told := 0
				if len(want) == 6 {
					told = 1
				}
				if n := strings.Count(w.story(), "escalated"); n != told {
					t.Errorf("escalated %d times, not %d:\n%s", n, told, w.story())
				}
				if a, _ := w.World.Item(memory.DefaultNamespace, "a"); (*a.Value == "1") != (told == 0) {
					t.Errorf("in the end its value is %q", *a.Value)
				}
			})
		})
	}
}

// Where the clock was an hour ahead, and was set right while no monitor ran, what is
// on record has yet to happen. Nothing waits for that.
func TestClockWasSetBack(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		w := &ward{Project: coretest.New(t, strings.Replace(oneItem, `equals = "1"`, `equals = "2"`, 1)+sixAttempts)}
		w.Run(plan.Options{})
		w.now = func() time.Time { return time.Now().Add(time.Hour) }
		dir := t.TempDir()
		w.start(t, dir, polled)
		time.Sleep(2 * time.Second)
		before := len(w.attemptsOf(t))
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		w.now = nil
		w.start(t, dir, polled)
		time.Sleep(time.Minute)
		if after := len(w.attemptsOf(t)); before != 2 || after != 6 || strings.Count(w.story(), "escalated") != 1 {
			t.Errorf("%d attempts, and %d after the clock was set:\n%s", before, after, w.story())
		}
	})
}
