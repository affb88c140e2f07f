package schedule

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// diary notes when tasks start, since its making.
type diary struct {
	begin time.Time
	mu    sync.Mutex
	times map[string][]time.Duration
	order []string
}

func newDiary() *diary { return &diary{begin: time.Now(), times: map[string][]time.Duration{}} }

func (d *diary) note(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.times[id] = append(d.times[id], time.Since(d.begin))
	d.order = append(d.order, id)
}

// of returns the times of a task, and forgets them.
func (d *diary) of(id string) []time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	times := d.times[id]
	delete(d.times, id)
	return times
}

// all returns the tasks that started, in order, and forgets them.
func (d *diary) all() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	order := d.order
	d.order = nil
	return order
}

// task returns one that notes that it starts, and lasts.
func (d *diary) task(id string, interval, lasts time.Duration, groups ...string) Task {
	return Task{ID: id, Interval: interval, Groups: groups, Run: func(ctx context.Context) {
		d.note(id)
		if lasts == 0 {
			return
		}
		select {
		case <-time.After(lasts):
		case <-ctx.Done():
		}
	}}
}

// deaf returns a task that takes no notice of its context.
func (d *diary) deaf(id string, interval, lasts time.Duration, groups ...string) Task {
	return Task{ID: id, Interval: interval, Groups: groups, Run: func(context.Context) {
		d.note(id)
		time.Sleep(lasts)
	}}
}

// inBubble runs a test on a clock of its own, with a scheduler that works. What
// the scheduler holds is checked at the end.
func inBubble(t *testing.T, o Options, f func(t *testing.T, s *Scheduler, d *diary)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if o.Rand == nil {
			o.Rand = rand.New(rand.NewPCG(1, 2))
		}
		s := New(o)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		f(t, s, newDiary())
		synctest.Wait()
		consistent(t, s)
		cancel()
		<-done
	})
}

// wait lets time go by, until all that is due then has been done.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func set(t *testing.T, s *Scheduler, tasks ...Task) {
	t.Helper()
	for _, task := range tasks {
		if err := s.Set(task); err != nil {
			t.Fatal(err)
		}
	}
}

func seconds(s ...float64) []time.Duration {
	var all []time.Duration
	for _, one := range s {
		all = append(all, time.Duration(one*float64(time.Second)))
	}
	return all
}

func same(t *testing.T, what string, got, want []time.Duration) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: ran at %v, want %v", what, got, want)
	}
}

func TestSetRefuses(t *testing.T) {
	do := func(context.Context) {}
	for want, task := range map[string]Task{
		"no ID":                           {Run: do},
		`"a" has nothing to run`:          {ID: "a"},
		`"a" has an interval of -1s`:      {ID: "a", Run: do, Interval: -time.Second},
		`"a" has a timeout of -1s, which`: {ID: "a", Run: do, Timeout: -time.Second},
	} {
		s := New(Options{})
		err := s.Set(task)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
		if n := s.Stats().Tasks; n != 0 {
			t.Errorf("%d tasks were set in spite of %v", n, err)
		}
	}
}

func TestPollsAreOnTime(t *testing.T) {
	inBubble(t, Options{Jitter: -1}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("a", 10*time.Second, 0), d.task("b", 7*time.Second, time.Second),
			d.task("c", 300*time.Millisecond, 0))
		wait(100 * time.Second)
		for id, interval := range map[string]time.Duration{
			"a": 10 * time.Second, "b": 7 * time.Second, "c": 300 * time.Millisecond,
		} {
			times := d.of(id)
			if len(times) < int(100*time.Second/interval) || times[0] > interval {
				t.Fatalf("%s ran at %v", id, times)
			}
			for i := 1; i < len(times); i++ {
				if gap := times[i] - times[i-1]; gap != interval {
					t.Errorf("%s ran %s after the run before, not %s", id, gap, interval)
				}
			}
		}
	})
}

func TestJitter(t *testing.T) {
	record := func(seed uint64) (times []time.Duration) {
		inBubble(t, Options{Rand: rand.New(rand.NewPCG(seed, 0))}, func(t *testing.T, s *Scheduler, d *diary) {
			set(t, s, d.task("a", 10*time.Second, 0))
			wait(time.Hour)
			times = d.of("a")
		})
		return times
	}
	times := record(1)
	least, most := time.Hour, time.Duration(0)
	for i := 1; i < len(times); i++ {
		gap := times[i] - times[i-1]
		least, most = min(least, gap), max(most, gap)
	}
	if least < 9*time.Second || most > 11*time.Second {
		t.Errorf("10 s became %s to %s, which is more than 10 %%", least, most)
	}
	if least > 9100*time.Millisecond || most < 10900*time.Millisecond {
		t.Errorf("10 s became only %s to %s", least, most)
	}
	if n := len(times); n < 355 || n > 365 {
		t.Errorf("%d polls in an hour, at 10 s each", n)
	}
	if !slices.Equal(times, record(1)) {
		t.Error("the same seed gave other times")
	}
	if slices.Equal(times, record(2)) {
		t.Error("another seed gave the same times")
	}
}

func TestFirstPollsAreSpread(t *testing.T) {
	inBubble(t, Options{}, func(t *testing.T, s *Scheduler, d *diary) {
		for i := range 1000 {
			set(t, s, d.task(fmt.Sprint(i), 10*time.Second, 0))
		}
		for i := range 10 {
			wait(time.Second - time.Duration(i%2)) // not to meet the second polls
			if n := len(d.all()); n < 70 || n > 130 {
				t.Errorf("%d of 1000 first polls were in second %d of 10", n, i)
			}
		}
	})
}

func TestFirstPollOfAShortInterval(t *testing.T) {
	inBubble(t, Options{}, func(t *testing.T, s *Scheduler, d *diary) {
		wait(1500 * time.Millisecond) // the loop has nothing to do until 2 s
		set(t, s, d.task("a", 100*time.Millisecond, 0))
		wait(100 * time.Millisecond)
		if n := len(d.of("a")); n != 1 {
			t.Errorf("%d runs in the first interval, want 1", n)
		}
	})
}

func TestNoOverlapAndNoCatchingUp(t *testing.T) {
	inBubble(t, Options{Jitter: -1}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("a", 10*time.Second, 25*time.Second))
		wait(100 * time.Second)
		times := d.of("a")
		for i := 1; i < len(times); i++ {
			if gap := times[i] - times[i-1]; gap != 30*time.Second {
				t.Errorf("ran %s after the run before, want the next regular time, 30s", gap)
			}
		}
		if stats := s.Stats(); len(times) < 3 || stats.Skipped < 4 {
			t.Errorf("%d runs, %d polls skipped", len(times), stats.Skipped)
		}
	})
}

func TestTrigger(t *testing.T) {
	inBubble(t, Options{Jitter: -1}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("polled", 10*time.Second, 0), d.task("other", 0, 0))
		s.Trigger("polled")
		wait(4 * time.Second)
		s.Trigger("polled")
		wait(20 * time.Second)
		same(t, "the next polls are an interval after the trigger", d.of("polled"), seconds(0, 4, 14, 24))
		same(t, "no interval, no trigger", d.of("other"), nil)
		s.Trigger("other")
		wait(time.Minute)
		same(t, "no interval", d.of("other"), seconds(24))
		if s.Trigger("none") {
			t.Error("a task that does not exist was triggered")
		}
	})
}

func TestTriggersDuringARunAreOne(t *testing.T) {
	inBubble(t, Options{Jitter: -1}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("a", 0, 3*time.Second))
		s.Trigger("a")
		wait(time.Second)
		for range 100 {
			s.Trigger("a")
		}
		wait(time.Minute)
		same(t, "100 triggers during a run", d.of("a"), seconds(0, 3))
	})
}

func TestTriggersBeforeARunAreOne(t *testing.T) {
	inBubble(t, Options{Workers: 1, Patience: time.Minute}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("busy", 0, 3*time.Second), d.task("a", 0, 0))
		s.Trigger("busy")
		for range 100 {
			s.Trigger("a")
		}
		wait(time.Minute)
		same(t, "100 triggers while there was no worker", d.of("a"), seconds(3))
	})
}

func TestTriggerByTheTaskItself(t *testing.T) {
	inBubble(t, Options{}, func(t *testing.T, s *Scheduler, d *diary) {
		n := 0
		set(t, s, Task{ID: "a", Run: func(context.Context) {
			d.note("a")
			if n++; n < 3 {
				s.Trigger("a")
			}
		}})
		s.Trigger("a")
		wait(time.Minute)
		same(t, "a", d.of("a"), seconds(0, 0, 0))
	})
}

func TestRemove(t *testing.T) {
	inBubble(t, Options{Workers: 1, Patience: time.Minute, Jitter: -1}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("waiting", 10*time.Second, 0), d.task("running", 10*time.Second, 5*time.Second),
			d.task("ready", 0, 0), d.task("idle", 0, 0))
		s.Trigger("running")
		synctest.Wait()
		s.Trigger("ready")
		s.Trigger("running")
		for _, id := range []string{"waiting", "running", "ready", "idle"} {
			if !s.Remove(id) {
				t.Errorf("%s was not there", id)
			}
			if s.Remove(id) || s.Trigger(id) {
				t.Errorf("%s is there after it was removed", id)
			}
		}
		wait(time.Minute)
		if got, want := d.all(), []string{"running"}; !slices.Equal(got, want) {
			t.Errorf("%v ran, want %v", got, want)
		}
		if len(s.tasks)+len(s.cohorts)+len(s.groups)+s.timeline.len() > 0 {
			t.Errorf("left over: %d tasks, %d cohorts, %d groups, %d times", len(s.tasks), len(s.cohorts),
				len(s.groups), s.timeline.len())
		}
	})
}

func TestRemoveEndsTheContextAndSetDoesNotOverlap(t *testing.T) {
	inBubble(t, Options{Jitter: -1}, func(t *testing.T, s *Scheduler, d *diary) {
		ended := make(chan time.Time, 1)
		set(t, s, Task{ID: "a", Groups: []string{"old"}, Run: func(ctx context.Context) {
			d.note("old")
			<-ctx.Done()
			ended <- time.Now()
			time.Sleep(3 * time.Second)
		}})
		s.Trigger("a")
		wait(time.Second)
		s.Remove("a")
		if n := s.Stats().Tasks; n != 0 {
			t.Errorf("%d tasks after the only one was removed", n)
		}
		task := d.task("new", 10*time.Second, 0, "new")
		task.ID = "a"
		set(t, s, task)
		s.Trigger("a")
		if at := (<-ended).Sub(d.begin); at != time.Second {
			t.Errorf("the context ended at %s, want 1s, when the task was removed", at)
		}
		wait(20 * time.Second)
		same(t, "old", d.of("old"), seconds(0))
		same(t, "new", d.of("new"), seconds(4, 14))
	})
}

func TestTriggersOfARemovedTaskAreForgotten(t *testing.T) {
	inBubble(t, Options{}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.deaf("a", 0, 3*time.Second))
		s.Trigger("a")
		wait(time.Second)
		s.Trigger("a")
		s.Remove("a")
		set(t, s, d.task("a", 0, 0))
		wait(time.Minute)
		same(t, "set anew, and not triggered since", d.of("a"), seconds(0))
	})
}

func TestReplaceKeepsTheJitter(t *testing.T) {
	record := func(replace bool) (times []time.Duration) {
		inBubble(t, Options{}, func(t *testing.T, s *Scheduler, d *diary) {
			for range 50 {
				if replace || s.Stats().Tasks == 0 {
					set(t, s, d.task("a", 10*time.Second, 0))
				}
				wait(3 * time.Second)
			}
			times = d.of("a")
		})
		return times
	}
	same(t, "replaced every 3 s", record(true), record(false))
}

func TestReplaceKeepsTheTurn(t *testing.T) {
	inBubble(t, Options{Jitter: -1}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("a", 10*time.Second, 0))
		s.Trigger("a")
		for range 3 {
			wait(6 * time.Second) // less than the interval: starting anew, it would be late
			set(t, s, d.task("a", 10*time.Second, 0, "project:x"))
		}
		wait(4 * time.Second)
		same(t, "replaced every 6 s", d.of("a"), seconds(0, 10, 20))

		set(t, s, d.task("a", 4*time.Second, 0)) // at 22 s
		wait(7 * time.Second)
		same(t, "a shorter interval", d.of("a"), seconds(24, 28))
		set(t, s, d.task("a", 20*time.Second, 0)) // at 29 s
		wait(21 * time.Second)
		same(t, "a longer interval", d.of("a"), seconds(48))
		set(t, s, d.task("a", 0, 0))
		wait(time.Hour)
		same(t, "no interval", d.of("a"), nil)
		set(t, s, d.task("a", 10*time.Second, 0))
		wait(10 * time.Second)
		if n := len(d.of("a")); n != 1 {
			t.Errorf("an interval again: %d runs within it, want 1", n)
		}
	})
}

func TestReplaceWhileReadyAndRunning(t *testing.T) {
	inBubble(t, Options{Jitter: -1, Patience: time.Minute, GroupLimit: func(string) int { return 1 }},
		func(t *testing.T, s *Scheduler, d *diary) {
			set(t, s, d.task("holder", 0, 10*time.Second, "full"), d.task("a", 0, 0, "full"))
			s.Trigger("holder")
			s.Trigger("a")
			wait(time.Second)
			set(t, s, d.task("a", 0, 0, "free"))
			set(t, s, d.task("holder", 0, 0, "free"))
			wait(time.Second)
			same(t, "moved to a free group", d.of("a"), seconds(1))
			set(t, s, d.task("a", 0, 0, "full"))
			s.Trigger("a")
			wait(time.Minute)
			same(t, "the slot belongs to the run, not to the task", d.of("a"), seconds(10))
		})
}

func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := New(Options{Grace: 5 * time.Second}), newDiary()
		set(t, s, d.task("polite", 0, time.Hour), d.deaf("slow", 0, 4*time.Second), d.task("never", time.Hour, 0))
		s.Trigger("polite")
		s.Trigger("slow")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		wait(time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(d.begin); took != 4*time.Second {
			t.Errorf("Run returned at %s, want 4s, with the slower task", took)
		}
		s.Trigger("never")
		wait(time.Hour)
		same(t, "after the end", d.of("never"), nil)
		if err := s.Run(t.Context()); err == nil {
			t.Error("Run may be called twice")
		}
	})
}

func TestShutdownIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := New(Options{Grace: 5 * time.Second}), newDiary()
		for _, id := range []string{"a", "b", "c", "d"} {
			set(t, s, d.deaf(id, 0, time.Hour))
			s.Trigger(id)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		wait(time.Second)
		cancel()
		err := <-done
		if want := "tasks that did not return in time: a, b, c and 1 more"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if took := time.Since(d.begin); took != 6*time.Second {
			t.Errorf("Run returned at %s, want 6s, when the grace was over", took)
		}
		wait(time.Hour)
	})
}
