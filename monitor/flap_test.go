package monitor

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/notify"
)

// What becomes well and fails again and again is not healed for ever: people are
// told once, until it has been well for long enough. Then all begins anew.
func TestFlapping(t *testing.T) {
	in := newInbox(t)
	w := watchOver(t, oneItem+"remediation \"default\" {\n  attempts = 2\n  backoff = { initial = \"100ms\" }\n"+in.policy+"}\n", verifyForTest, in.option)
	in.of(w)
	heals := func(word string) {
		t.Helper()
		before := len(w.incidents.List(incident.Filter{}))
		edit(w.Project, "a", word)
		eventually(t, "it is healed", func() bool {
			list := w.incidents.List(incident.Filter{})
			return len(list) == before+1 && list[0].State == incident.StateHealed && w.value() == "1"
		})
		in.gets(t, notify.Opened)
		in.gets(t, notify.Healed)
	}
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	heals("once")
	heals("twice")

	edit(w.Project, "a", "thrice")
	in.gets(t, notify.Opened)
	told := in.gets(t, notify.Escalated)
	if told.Summary != "memory_item.a is flapping" || told.Detail != "it is flapping: it became well 2 times within 30m, and failed again" {
		t.Errorf("%+v", told)
	}
	eventually(t, "nothing else goes on", w.Settled)
	isFlapping := func() bool {
		all := w.Status()[0].Subjects
		return len(all) == 1 && all[0].Flapping && all[0].Incident == told.Incident
	}
	if !isFlapping() || w.value() != "thrice" {
		t.Errorf("%+v %s", w.Status(), w.value())
	}
	// What goes on meanwhile is no news.
	for _, value := range []string{"1", "four times", "1", "five times"} {
		edit(w.Project, "a", value)
		eventually(t, "it is seen", func() bool { return (w.health("memory_item.a") == Healthy) == (value == "1") })
	}
	in.isEmpty(t)
	if got := w.record(t); !isFlapping() || len(got) != 3 || w.value() != "five times" ||
		got[2] != "memory_item.a escalated: opened confirmed diagnosed escalated(escalate)" {
		t.Errorf("%q", got)
	}

	// The next monitor knows it, whether it is well when it begins or not.
	restart := func(sustained time.Duration) {
		t.Helper()
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		w.start(t, w.dir, verifyForTest, in.option, func(o *Options) { o.SustainedFor = sustained })
		in.of(w)
	}
	restart(time.Hour)
	eventually(t, "it is flapping", isFlapping)
	edit(w.Project, "a", "1")
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	restart(time.Hour)
	eventually(t, "it is flapping", isFlapping)
	edit(w.Project, "a", "six times")
	eventually(t, "it is unhealthy", func() bool { return w.health("memory_item.a") == Unhealthy })
	in.isEmpty(t)
	restart(500 * time.Millisecond)
	eventually(t, "it is flapping", isFlapping)
	edit(w.Project, "a", "1")
	in.gets(t, notify.Healed)
	eventually(t, "it is not flapping any more", func() bool { return !w.Status()[0].Subjects[0].Flapping })
	heals("anew")
	got := w.record(t)
	want := "memory_item.a healed: opened confirmed diagnosed attempted(restart) applied(restart) healed"
	if len(got) != 4 || !strings.HasSuffix(got[2], "escalated(escalate) verified") || got[3] != want {
		t.Errorf("%q", got)
	}
}

// A later monitor counts what became well since it was well for long enough. What
// waited for something else, and was well once that was, does not count.
func TestWhatCountsOfThePast(t *testing.T) {
	now := time.Now()
	store, _, err := incident.Open(t.TempDir(), incident.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	about := incident.Subject{Project: incident.Project{Name: "test", Folder: "/srv/test"}, Target: "memory_item.a", Severity: incident.SeverityError}
	for _, past := range []struct {
		began, ended time.Duration // ago
		kind         incident.Kind
	}{
		{20 * time.Minute, 19 * time.Minute, incident.Healed}, // then it was well for 7 minutes
		{12 * time.Minute, 8 * time.Minute, incident.Healed},
		{7 * time.Minute, 6 * time.Minute, incident.Verified},
		{5 * time.Minute, 2 * time.Minute, incident.Healed},
	} {
		made, err := store.Create(about, incident.Entry{Time: now.Add(-past.began)})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []incident.Entry{
			{Kind: incident.Attempted, Rung: "restart", Time: now.Add(-past.began)},
			{Kind: past.kind, State: incident.StateHealed, Time: now.Add(-past.ended)},
		} {
			if err := store.Append(made.ID, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := New(Options{Incidents: store, Log: slog.New(slog.DiscardHandler)}, about.Project.Folder).all()[0]
	p.resume()
	if got := p.past[about.Target]; len(got.tried) != 3 || len(got.healed) != 2 || !got.healed[0].Before(got.healed[1]) {
		t.Errorf("%+v", got)
	}
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{30 * time.Minute: "30m", time.Hour: "1h", 90 * time.Minute: "1h30m", 10 * time.Second: "10s", 70 * time.Second: "1m10s"} {
		if got := brief(d); got != want {
			t.Errorf("%v is %s, not %s", d, got, want)
		}
	}
}
