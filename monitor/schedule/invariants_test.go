package schedule

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
)

// consistent checks what always holds between two passes of the loop.
func consistent(t *testing.T, s *Scheduler) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	inTimeline, isAside, isStuck := 0, 0, 0
	used := map[*group]*[paces]int{}
	var waitingIn, runningIn [paces]int
	for id, task := range s.tasks {
		switch task.state {
		case waiting, running, aside:
			inTimeline++
			if s.timeline.items[task.index] != task {
				t.Errorf("%s is not where it should be in the timeline", id)
			}
		case ready:
			waitingIn[task.pace]++
		}
		switch task.state {
		case aside:
			isAside++
		case stuck:
			isStuck++
		case running:
			runningIn[task.run.pace]++
			for _, g := range task.run.cohort.groups {
				if used[g] == nil {
					used[g] = new([paces]int)
				}
				used[g][task.run.pace]++
			}
		}
	}
	if inTimeline != s.timeline.len() || isAside != s.aside || isStuck != s.stuck {
		t.Errorf("%d in the timeline, %d aside, %d stuck, counted as %d, %d, %d",
			inTimeline, isAside, isStuck, s.timeline.len(), s.aside, s.stuck)
	}
	for p := range paces {
		l := &s.lanes[p]
		if l.waiting != waitingIn[p] || l.running != runningIn[p] || l.running > s.workers {
			t.Errorf("lane %d: %d wait and %d run, counted as %d and %d of %d",
				p, waitingIn[p], runningIn[p], l.waiting, l.running, s.workers)
		}
		for name, g := range s.groups {
			want := 0
			if used[g] != nil {
				want = used[g][p]
			}
			if g.lanes[p].used != want || want > g.limit {
				t.Errorf("lane %d: group %s has %d of %d slots used, counted as %d", p, name, want, g.limit, g.lanes[p].used)
			}
		}
		for key, c := range s.cohorts {
			for u := range c.queues[p] {
				q := &c.queues[p][u]
				switch {
				case (q.tasks.Len() == 0) != (q.place == nil):
					t.Errorf("cohort %s: %d tasks wait, in a line: %v", key, q.tasks.Len(), q.place != nil)
				case q.tasks.Len() > 0 && l.running < s.workers && c.full(p) == nil:
					t.Errorf("cohort %s: %d tasks wait though there are slots", key, q.tasks.Len())
				}
			}
		}
	}
}

// TestNoSlotIsForgotten does at random what can be done, and looks after each
// step whether anything waits for what is free.
func TestNoSlotIsForgotten(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 7))
		limits := map[string]int{"docker": 2, "file": 3, "a": 1, "b": 2, "c": 4}
		o := Options{
			Workers: 4, Patience: 50 * time.Millisecond, Timeout: time.Second, Grace: time.Second,
			GroupLimit: func(name string) int { return limits[name] }, Rand: rand.New(rand.NewPCG(seed, 8)),
		}
		var overlaps atomic.Int32
		inBubble(t, o, func(t *testing.T, s *Scheduler, d *diary) {
			const n = 60
			var active [n]atomic.Int32
			pick := func(from ...string) string { return from[random.IntN(len(from))] }
			for range 2000 {
				i := random.IntN(n)
				id := fmt.Sprint(i)
				switch random.IntN(8) {
				case 0:
					s.Remove(id)
				case 1, 2:
					lasts := time.Duration(random.IntN(100)) * time.Millisecond
					if random.IntN(10) == 0 {
						lasts *= 40
					}
					deaf := random.IntN(2) == 0
					set(t, s, Task{
						ID:       id,
						Interval: time.Duration(random.IntN(3)) * time.Second,
						Groups:   []string{pick("docker", "file"), pick("a", "b", "c")},
						Run: func(ctx context.Context) {
							if active[i].Add(1) > 1 {
								overlaps.Add(1)
							}
							defer active[i].Add(-1)
							if deaf {
								time.Sleep(lasts)
								return
							}
							select {
							case <-time.After(lasts):
							case <-ctx.Done():
							}
						},
					})
				default:
					s.Trigger(id)
				}
				if random.IntN(3) == 0 {
					wait(time.Duration(random.IntN(40)) * time.Millisecond)
					consistent(t, s)
				}
			}
			for i := range n {
				s.Remove(fmt.Sprint(i))
			}
			wait(time.Minute)
			if len(s.tasks)+len(s.cohorts)+len(s.groups)+s.timeline.len() > 0 {
				t.Errorf("left over: %d tasks, %d cohorts, %d groups, %d times", len(s.tasks), len(s.cohorts),
					len(s.groups), s.timeline.len())
			}
		})
		if overlaps.Load() > 0 {
			t.Errorf("seed %d: tasks overlapped themselves %d times", seed, overlaps.Load())
		}
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}
