package views

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan"
)

// capture is a pair of streams that can be read back.
type capture struct {
	mu       sync.Mutex
	out, err strings.Builder
	both     strings.Builder
}

type captured struct {
	c *capture
	b *strings.Builder
}

func (w captured) Write(p []byte) (int, error) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	w.c.both.Write(p)
	return w.b.Write(p)
}

func (c *capture) streams(terminal bool) Streams {
	s := Streams{Stdout: captured{c, &c.out}, Stderr: captured{c, &c.err}, StdoutTerminal: terminal, StderrTerminal: terminal}
	if terminal {
		s.Columns = 60
	}
	return s
}

func noEnv(string) string { return "" }

// applyThings plays an apply to a view: every action, one that takes long, one
// that fails, one with progress.
func applyThings(t *testing.T, v View) {
	p := mixedPlan(t)
	v.Applying(p, schemas(kitchen()))
	obj := kitchen()

	v.PreApply("thing.created", plan.Create)
	v.Progress("thing.created", "pulling layer 1 of 3\x1b[2J")
	time.Sleep(25 * time.Second)
	v.Identify("thing.created", object(t, `{id="new\u001b[31m", path="a"}`, obj))
	v.PostApply("thing.created", plan.Create, 25*time.Second, nil)

	v.PreApply("thing.updated", plan.Update)
	v.PostApply("thing.updated", plan.Update, 400*time.Millisecond, nil)

	v.PreApply("thing.restarted", plan.Restart)
	v.PostApply("thing.restarted", plan.Restart, time.Second, nil)

	v.PreApply("thing.replaced", plan.Delete)
	v.PostApply("thing.replaced", plan.Delete, 0, nil)
	v.PreApply("thing.replaced", plan.Create)
	v.PostApply("thing.replaced", plan.Create, time.Second, diag.Errorf("Cannot create", "It does not work."))

	v.PreApply("thing.old (deposed a1b2c3d4)", plan.Delete)
	v.PostApply("thing.old (deposed a1b2c3d4)", plan.Delete, 0, nil)

	v.PreApply(`module.web["a"].thing.moved`, plan.Read)
	v.PostApply(`module.web["a"].thing.moved`, plan.Read, 0, nil)

	v.Progress("thing.unheard_of", "is not under way")
	v.PostApply("thing.unheard_of", plan.Update, 0, nil)

	v.Applied(Summary{Counts: plan.Counts{Add: 1, Change: 1, Destroy: 2, Forget: 1}, Failed: true})
	v.Outputs(map[string]Output{
		"url":      {Value: cty.StringVal("http://localhost\x1b[2J")},
		"password": {Value: cty.StringVal("hunter2"), Sensitive: true},
		"marked":   {Value: cty.StringVal("hunter2").Mark(marks.Sensitive)},
		"list":     {Value: cty.ListVal([]cty.Value{cty.StringVal("a"), cty.StringVal("b")})},
		"inside":   {Value: cty.ObjectVal(map[string]cty.Value{"password": cty.StringVal("hunter2").Mark(marks.Sensitive)})},
	})
}

func TestHumanApply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c capture
		applyThings(t, NewHuman(NewTerminal(c.streams(false), noEnv, false), nil))
		golden(t, "apply/human", c.both.String())
		assertHarmless(t, c.both.String(), false)
		if strings.Contains(c.both.String(), "hunter2") {
			t.Error("a secret shows")
		}
	})
}

func TestApplied(t *testing.T) {
	for _, c := range []struct {
		s    Summary
		want string
	}{
		{Summary{Counts: plan.Counts{Add: 2, Destroy: 1}}, "\nApply complete! Resources: 2 added, 0 changed, 1 destroyed.\n"},
		{Summary{Mode: plan.Destroy, Counts: plan.Counts{Destroy: 3}}, "\nDestroy complete! Resources: 3 destroyed.\n"},
		{Summary{Mode: plan.Destroy, Counts: plan.Counts{Destroy: 3, Forget: 1}, Failed: true}, "\nDestroy incomplete! Resources: 3 destroyed, 1 forgotten.\n"},
	} {
		var b capture
		NewHuman(NewTerminal(b.streams(false), noEnv, false), nil).Applied(c.s)
		if got := b.both.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestRefreshStatus makes sure that a line about reading appears only on a
// terminal, only after a moment, and leaves nothing behind.
func TestRefreshStatus(t *testing.T) {
	run := func(terminal bool, slow time.Duration) string {
		var c capture
		synctest.Test(t, func(t *testing.T) {
			term := NewTerminal(c.streams(terminal), noEnv, true)
			h := NewHuman(term, nil)
			h.Refreshing(1500)
			for range 1500 {
				h.PreRefresh("thing.it")
				time.Sleep(slow)
				h.PostRefresh("thing.it")
			}
			term.Print("a line\n")
			h.Refreshed()
			term.Print("the end\n")
		})
		return c.both.String()
	}
	if got := run(true, 0); got != "a line\nthe end\n" {
		t.Errorf("a quick refresh shows: %q", got)
	}
	if got := run(false, time.Second); got != "a line\nthe end\n" {
		t.Errorf("progress shows where nobody looks: %q", got)
	}
	got := run(true, 10*time.Millisecond)
	if want := regexp.MustCompile(`^Reading 1,500 resources\.\.\. (99|100|101) done\r`); !want.MatchString(got) {
		t.Errorf("it begins with %q", got[:min(len(got), 80)])
	}
	if n := strings.Count(got, "Reading"); n < 100 || n > 200 {
		t.Errorf("drawn %d times in 15 seconds", n)
	}
	if want := regexp.MustCompile(`\r\x1b\[Ka line\nReading 1,500 resources\.\.\. 1,\d+ done\r\x1b\[Kthe end\n$`); !want.MatchString(got) {
		t.Errorf("it ends with %q", got[max(0, len(got)-120):])
	}
}

// TestStillGoingStopsAtTheEnd makes sure that nothing is said of a change once
// it has ended, though many end at the moment when they would be mentioned.
func TestStillGoingStopsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c capture
		h := NewHuman(NewTerminal(c.streams(false), noEnv, false), nil)
		var wg sync.WaitGroup
		for _, name := range []string{"thing.a", "thing.b", "thing.c", "thing.d"} {
			wg.Go(func() {
				h.PreApply(name, plan.Create)
				time.Sleep(stillEvery)
				h.PostApply(name, plan.Create, stillEvery, nil)
			})
		}
		wg.Wait()
		time.Sleep(time.Minute)
		done := map[string]bool{}
		for _, l := range strings.Split(strings.TrimSpace(c.both.String()), "\n") {
			name, text, _ := strings.Cut(l, ": ")
			if done[name] {
				t.Errorf("after its end: %s", l)
			}
			if strings.HasPrefix(text, "Creation complete after 10s") {
				done[name] = true
			}
		}
		if len(done) != 4 {
			t.Errorf("%d of 4 ended:\n%s", len(done), c.both.String())
		}
	})
}
