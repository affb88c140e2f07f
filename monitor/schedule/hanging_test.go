package schedule

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

func TestTimeoutEndsTheContext(t *testing.T) {
	inBubble(t, Options{Timeout: 10 * time.Second}, func(t *testing.T, s *Scheduler, d *diary) {
		for id, timeout := range map[string]time.Duration{"own": 3 * time.Second, "default": 0} {
			set(t, s, Task{ID: id, Timeout: timeout, Run: func(ctx context.Context) {
				deadline, _ := ctx.Deadline()
				<-ctx.Done()
				if !time.Now().Equal(deadline) {
					t.Errorf("%s: the context ended at %s, its deadline was %s", id, time.Now(), deadline)
				}
				d.note(id)
			}})
			s.Trigger(id)
		}
		wait(time.Minute)
		same(t, "the task's own timeout", d.of("own"), seconds(3))
		same(t, "the default", d.of("default"), seconds(10))
		if n := s.Stats().TimedOut; n != 2 {
			t.Errorf("%d runs timed out, want 2", n)
		}
	})
}

// A task goes through all that can become of a run that does not return.
func TestSlotsOfAHangingRun(t *testing.T) {
	o := Options{
		Workers: 1, Patience: time.Second, Timeout: 10 * time.Second, Grace: 5 * time.Second,
		GroupLimit: func(string) int { return 1 },
	}
	inBubble(t, o, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.deaf("hangs", 10*time.Second, 20*time.Second, "g"), d.task("healthy", 0, 0, "g"))
		s.Trigger("hangs")
		s.Trigger("healthy")
		expect := func(at time.Duration, running, aside, stuck int) {
			t.Helper()
			wait(at - time.Since(d.begin))
			got := s.Stats()
			if got.Prompt.Running+got.Hung.Running != running || got.Aside != aside || got.Stuck != stuck {
				t.Errorf("at %s: %d with slots, %d aside, %d stuck, want %d, %d, %d", at,
					got.Prompt.Running+got.Hung.Running, got.Aside, got.Stuck, running, aside, stuck)
			}
			consistent(t, s)
		}
		expect(900*time.Millisecond, 1, 0, 0)
		expect(1100*time.Millisecond, 0, 1, 0)
		same(t, "healthy, when the slot was given back", d.of("healthy"), seconds(1))
		expect(14900*time.Millisecond, 0, 1, 0)
		expect(15100*time.Millisecond, 0, 0, 1)
		s.Trigger("hangs") // it must not overlap itself
		expect(19900*time.Millisecond, 0, 0, 1)
		same(t, "hangs, which is stuck", d.of("hangs"), seconds(0))

		// It returns at 20 s and runs again, as it was triggered; now it keeps the
		// slots of its lane until it is stuck, and holds up no prompt task.
		expect(20100*time.Millisecond, 1, 0, 0)
		if n := s.Stats().Hung.Running; n != 1 {
			t.Errorf("%d in the lane of those that hung, want 1", n)
		}
		s.Trigger("healthy")
		expect(34900*time.Millisecond, 1, 0, 0)
		same(t, "healthy, beside one that hung", d.of("healthy"), seconds(20.1))
		expect(35100*time.Millisecond, 0, 0, 1)
		same(t, "hangs again", d.of("hangs"), seconds(20))
		s.Remove("hangs")
		wait(10 * time.Second)
	})
}

// A task that takes its time is given more of it, and is prompt again when it
// is faster.
func TestPaceIsLearnt(t *testing.T) {
	o := Options{Patience: time.Second, Timeout: 20 * time.Second}
	inBubble(t, o, func(t *testing.T, s *Scheduler, d *diary) {
		lasts := make(chan time.Duration, 1)
		set(t, s, Task{ID: "a", Run: func(context.Context) { time.Sleep(<-lasts) }})
		for i, step := range []struct {
			lasts time.Duration
			lane  pace
			moved time.Duration // when it loses its slots; 0: never
			next  pace
		}{
			{lasts: time.Second / 2, lane: prompt, next: prompt},
			{lasts: 3 * time.Second, lane: prompt, next: slow, moved: time.Second},
			{lasts: 5 * time.Second, lane: slow, next: slow},
			{lasts: 12 * time.Second, lane: slow, next: slow, moved: 10 * time.Second},
			{lasts: 22 * time.Second, lane: slow, next: hung},
			{lasts: time.Second / 2, lane: hung, next: prompt},
		} {
			lasts <- step.lasts
			s.Trigger("a")
			synctest.Wait()
			stats := s.Stats()
			if [...]int{stats.Prompt.Running, stats.Slow.Running, stats.Hung.Running}[step.lane] != 1 {
				t.Fatalf("step %d: not in lane %d", i, step.lane)
			}
			left := step.lasts
			if step.moved > 0 {
				wait(step.moved - 1)
				if n := s.Stats().Aside; n != 0 {
					t.Errorf("step %d: lost its slots before %s", i, step.moved)
				}
				wait(1)
				if n := s.Stats().Aside; n != 1 {
					t.Errorf("step %d: has its slots after %s", i, step.moved)
				}
				left -= step.moved
			} else {
				wait(left - 1)
				if n := s.Stats().Aside; n != 0 {
					t.Errorf("step %d: lost its slots", i)
				}
				left = 1
			}
			wait(left)
			s.mu.Lock()
			if got := s.tasks["a"].pace; got != step.next {
				t.Errorf("step %d: its next lane is %d, want %d", i, got, step.next)
			}
			s.mu.Unlock()
		}
	})
}

// hangs describes what 10,000 tasks do in the tests below.
type hangs struct {
	name   string
	deaf   bool
	groups func(i int) []string
}

// TestHangingDelaysNobody is the promise of the package: 10,000 tasks that begin
// to hang, all at the same time, and 1,000 healthy ones that are on time before,
// while and after.
func TestHangingDelaysNobody(t *testing.T) {
	project := func(i int) []string { return []string{fmt.Sprint("project:", i%1000)} }
	for _, h := range []hangs{
		{name: "contexts respected, in 1,000 projects", groups: project},
		{name: "contexts ignored, in 1,000 projects", groups: project, deaf: true},
		{name: "contexts ignored, all of one provider", deaf: true, groups: func(i int) []string {
			return append(project(i), "provider:docker")
		}},
	} {
		t.Run(h.name, func(t *testing.T) { testHanging(t, h) })
	}
}

func testHanging(t *testing.T, h hangs) {
	const interval, hanging, healthy = 30 * time.Second, 10_000, 1_000
	inBubble(t, Options{Timeout: 10 * time.Second}, func(t *testing.T, s *Scheduler, d *diary) {
		hang, stop := make(chan struct{}), make(chan struct{})
		for i := range hanging {
			set(t, s, Task{ID: fmt.Sprint("hanging", i), Interval: interval, Groups: h.groups(i), Run: func(ctx context.Context) {
				time.Sleep(2 * time.Millisecond)
				select {
				case <-hang:
				default:
					return
				}
				done := ctx.Done()
				if h.deaf {
					done = nil
				}
				select {
				case <-done:
				case <-stop:
				}
			}})
		}
		last := make([]time.Duration, healthy)
		runs, late := 0, time.Duration(0)
		for i := range healthy {
			set(t, s, Task{ID: fmt.Sprint("healthy", i), Interval: interval, Groups: h.groups(i), Run: func(context.Context) {
				d.mu.Lock()
				now := time.Since(d.begin)
				if last[i] > 0 {
					late = max(late, now-last[i]-interval*11/10)
				}
				last[i] = now
				runs++
				d.mu.Unlock()
				time.Sleep(2 * time.Millisecond)
			}})
		}
		phase := func(what string, lasts time.Duration) {
			t.Helper()
			d.mu.Lock()
			runs, late = 0, 0
			d.mu.Unlock()
			wait(lasts)
			d.mu.Lock()
			defer d.mu.Unlock()
			stats := s.Stats()
			t.Logf("%s: healthy ran %d times, at most %s late; lag of prompt tasks p99 %s, max %s; %d aside, %d stuck",
				what, runs, late, stats.Prompt.Lag.Quantile(0.99), stats.Prompt.Lag.Max, stats.Aside, stats.Stuck)
			if want := healthy * int(lasts/interval); runs < want*98/100 {
				t.Errorf("%s: healthy tasks ran %d times, want %d", what, runs, want)
			}
			if late > 500*time.Millisecond {
				t.Errorf("%s: a healthy task ran %s late", what, late)
			}
		}
		phase("all are well", time.Minute)
		close(hang)
		phase("10,000 begin to hang", time.Minute)
		phase("10,000 hang", 2*time.Minute)
		stats := s.Stats()
		if n := inLane(s, hung); !h.deaf && n != hanging {
			t.Errorf("%d count as hung, want all %d that are", n, hanging)
		}
		if h.deaf && stats.Stuck != hanging {
			t.Errorf("%d are stuck, want all %d that hang", stats.Stuck, hanging)
		}
		if lag := stats.Prompt.Lag.Quantile(0.99); lag > 500*time.Millisecond {
			t.Errorf("p99 of the lag of prompt tasks is %s", lag)
		}
		close(stop) // they are well again
		phase("well again", 2*time.Minute)
		if n := inLane(s, hung); n > 0 || s.Stats().Stuck > 0 {
			t.Errorf("%d still count as hung after all are well again", n)
		}
	})
}

// inLane counts the tasks whose next run is in a lane.
func inLane(s *Scheduler, p pace) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, t := range s.tasks {
		if t.pace == p {
			n++
		}
	}
	return n
}

// A machine that sleeps, or one that is overloaded, comes back to what was due
// long ago.
func TestMissedPollsAreOne(t *testing.T) {
	s, d := New(Options{Jitter: -1, Rand: rand.New(rand.NewPCG(1, 2))}), newDiary()
	begin := time.Now()
	slept := time.Duration(0)
	s.start, s.clock = begin, func() time.Time { return begin.Add(slept) }
	s.context = t.Context()
	set(t, s, d.task("a", 10*time.Second, 0))
	s.Trigger("a")
	ran := func() int {
		s.pass()
		for { // until it has returned
			s.mu.Lock()
			active := s.tasks["a"].active()
			s.mu.Unlock()
			if !active {
				return len(d.of("a"))
			}
			time.Sleep(time.Millisecond)
		}
	}
	for _, step := range []struct {
		at   time.Duration
		want int
	}{{0, 1}, {9, 0}, {10, 1}, {3605, 1}, {3606, 0}, {3609, 0}, {3610, 1}, {3620, 1}} {
		slept = step.at * time.Second
		if n := ran(); n != step.want {
			t.Errorf("at %s: %d runs, want %d", slept, n, step.want)
		}
	}
}
