package schedule

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

func TestProgress(t *testing.T) {
	inBubble(t, Options{}, func(t *testing.T, s *Scheduler, d *diary) {
		before, _ := s.Progress()
		wait(time.Minute)
		ticks, last := s.Progress()
		if n := ticks - before; n < 59 || n > 62 {
			t.Errorf("%d ticks in a minute with nothing to do, want one a second", n)
		}
		if age := time.Since(last); age > time.Second {
			t.Errorf("the last tick was %s ago", age)
		}
		// Hanging tasks are no reason to restart the monitor.
		for _, id := range []string{"a", "b", "c"} {
			set(t, s, d.deaf(id, time.Second, time.Hour))
		}
		before, _ = s.Progress()
		wait(time.Minute)
		if ticks, _ = s.Progress(); ticks-before < 59 {
			t.Errorf("%d ticks in a minute in which every task hung", ticks-before)
		}
		wait(2 * time.Hour)
		for _, id := range []string{"a", "b", "c"} {
			s.Remove(id)
		}
		wait(2 * time.Hour)
	})
}

// The loop stalls for real here, so the clock is the real one.
func TestNoProgressWhileTheLoopStalls(t *testing.T) {
	s := New(Options{})
	s.heartbeat = 5 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	advances := func() bool {
		ticks, _ := s.Progress()
		for range 200 {
			time.Sleep(5 * time.Millisecond)
			if now, _ := s.Progress(); now > ticks+2 {
				return true
			}
		}
		return false
	}
	if !advances() {
		t.Fatal("no progress")
	}
	s.mu.Lock()
	if advances() {
		t.Error("progress, though the loop cannot go on")
	}
	if _, last := s.Progress(); time.Since(last) < 500*time.Millisecond {
		t.Errorf("the last tick was at %s, though the loop stood still for a second", last)
	}
	s.mu.Unlock()
	if !advances() {
		t.Error("no progress after the loop went on")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A loop that turns but starts nothing makes no progress either.
func TestNoProgressWhileNothingStarts(t *testing.T) {
	inBubble(t, Options{Workers: 4}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("a", 0, 0))
		leak := func(slots int) {
			s.mu.Lock()
			s.lanes[prompt].running += slots
			s.mu.Unlock()
		}
		leak(4)
		s.Trigger("a")
		wait(time.Second)
		before, _ := s.Progress()
		wait(time.Minute)
		if ticks, _ := s.Progress(); ticks != before {
			t.Errorf("%d ticks while a task was due and none was started", ticks-before)
		}
		leak(-4)
		wait(time.Minute)
		if ticks, _ := s.Progress(); ticks == before {
			t.Error("no ticks after the slots were free")
		}
		if n := len(d.of("a")); n != 1 {
			t.Errorf("ran %d times, want 1", n)
		}
	})
}

// stepped returns the time as it would be read after the system's clock was
// set: with another wall time, but the same reading of the monotonic clock.
func stepped(now time.Time, by time.Duration) time.Time {
	const secondsShift = 30 // in time.Time's first word; the test checks that it is so
	*(*uint64)(unsafe.Pointer(&now)) += uint64(by/time.Second) << secondsShift
	return now
}

func TestClockIsSet(t *testing.T) {
	now := time.Now()
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		if wall, mono := stepped(now, by).Round(0).Sub(now.Round(0)), stepped(now, by).Sub(now); wall != by || mono != 0 {
			t.Fatalf("stepping by %s moved the wall clock by %s and the monotonic clock by %s", by, wall, mono)
		}
	}

	var step, runs atomic.Int64
	s := New(Options{Jitter: -1, Rand: rand.New(rand.NewPCG(1, 2))})
	s.clock = func() time.Time { return stepped(time.Now(), time.Duration(step.Load())) }
	const interval = 50 * time.Millisecond
	set(t, s, Task{ID: "a", Interval: interval, Run: func(context.Context) { runs.Add(1) }})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	begin := time.Now()
	for _, by := range []time.Duration{0, time.Hour, -time.Hour, 0} {
		step.Store(int64(by))
		before, begun := runs.Load(), time.Now()
		time.Sleep(10 * interval)
		// At least a run for two intervals, since the machine may be slow, and
		// never more than there were, but for one that was late before.
		if n, most := runs.Load()-before, int64(time.Since(begun)/interval)+2; n < 5 || n > most {
			t.Errorf("clock set to %s from the true time: %d runs in 10 intervals", by, n)
		}
	}
	if n, most := runs.Load(), int64(time.Since(begin)/interval)+1; n > most {
		t.Errorf("%d runs in the time of %d", n, most)
	}
	if skipped := s.Stats().Skipped; skipped > 20 {
		t.Errorf("%d polls were skipped", skipped)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestStats(t *testing.T) {
	inBubble(t, Options{Workers: 1, Patience: time.Minute}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("a", 0, 3*time.Second, "g"), d.task("b", 0, time.Second, "g", "g", "h"))
		s.Trigger("a")
		synctest.Wait()
		s.Trigger("b")
		stats := s.Stats()
		if stats.Tasks != 2 || stats.Prompt.Running != 1 || stats.Prompt.Waiting != 1 || stats.Prompt.Started != 1 {
			t.Errorf("%+v", stats)
		}
		if g, h := stats.Groups["g"], stats.Groups["h"]; len(stats.Groups) != 2 || g != (Group{1, 1}) || h != (Group{1, 0}) {
			t.Errorf("groups %+v", stats.Groups)
		}
		wait(time.Minute)
		stats = s.Stats()
		lag := stats.Prompt.Lag
		if len(stats.Groups) != 0 || stats.Prompt.Started != 2 || lag.Count() != 2 || lag.Max != 3*time.Second || lag.Sum != 3*time.Second {
			t.Errorf("%+v", stats)
		}
	})
}

func TestHistogram(t *testing.T) {
	var r recorder
	if h := r.histogram(); h.Count() != 0 || h.Quantile(0.99) != 0 {
		t.Errorf("nothing recorded: %+v", h)
	}
	for i := range 100 {
		r.add(time.Duration(i+1) * 10 * time.Millisecond) // 10 ms to 1 s
	}
	h := r.histogram()
	for share, want := range map[float64]time.Duration{
		0.01: 10 * time.Millisecond, 0.02: 20 * time.Millisecond, 0.05: 50 * time.Millisecond,
		0.06: 100 * time.Millisecond, 0.5: 500 * time.Millisecond, 0.51: time.Second, 1: time.Second,
	} {
		if got := h.Quantile(share); got != want {
			t.Errorf("quantile %v is %s, want %s", share, got, want)
		}
	}
	r.add(time.Hour)
	if h := r.histogram(); h.Above != 1 || h.Quantile(1) != time.Hour || h.Count() != 101 {
		t.Errorf("an hour: %+v", h)
	}
}
