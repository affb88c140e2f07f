package schedule

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// gauge returns a task that lasts, and counts in most how many of its kind ran
// at the same time.
func gauge(id string, lasts time.Duration, now, most *atomic.Int32, groups ...string) Task {
	return Task{ID: id, Groups: groups, Run: func(context.Context) {
		n := now.Add(1)
		for was := most.Load(); n > was && !most.CompareAndSwap(was, n); was = most.Load() {
		}
		time.Sleep(lasts)
		now.Add(-1)
	}}
}

func TestLimits(t *testing.T) {
	limits := map[string]int{"provider:docker": 5, "project:a": 2, "project:b": 4}
	o := Options{Workers: 7, Patience: time.Minute, GroupLimit: func(name string) int { return limits[name] }}
	inBubble(t, o, func(t *testing.T, s *Scheduler, d *diary) {
		var now, most [4]atomic.Int32
		var ids []string
		for i := range 50 {
			for kind, groups := range [][]string{
				{"provider:docker", "project:a"}, {"provider:docker", "project:b"}, {"project:b"}, {},
			} {
				id := fmt.Sprint(kind, "-", i)
				ids = append(ids, id)
				set(t, s, gauge(id, time.Second, &now[kind], &most[kind], groups...))
			}
		}
		for _, id := range ids {
			s.Trigger(id)
		}
		synctest.Wait()
		stats := s.Stats()
		for name, limit := range limits {
			if g := stats.Groups[name]; g.Running > limit || g.Running == 0 {
				t.Errorf("%s: %d running, want up to %d", name, g.Running, limit)
			}
		}
		if w := stats.Groups["project:b"].Waiting; w != 100-stats.Groups["project:b"].Running {
			t.Errorf("project:b: %d waiting", w)
		}
		if stats.Prompt.Running != 7 || stats.Prompt.Waiting != 193 {
			t.Errorf("%d running, %d waiting, want 7 and 193", stats.Prompt.Running, stats.Prompt.Waiting)
		}
		wait(10 * time.Minute)
		stats = s.Stats()
		if stats.Prompt.Started != 200 || len(stats.Groups) != 0 {
			t.Errorf("%d of 200 ran; groups in use: %v", stats.Prompt.Started, stats.Groups)
		}
		if a := most[0].Load(); a != 2 {
			t.Errorf("project:a had %d at a time, want 2", a)
		}
		if b := most[1].Load(); b == 0 || b > 4 {
			t.Errorf("project:b in docker had %d at a time, want up to 4", b)
		}
	})
}

func TestFullGroupDoesNotBlockOthers(t *testing.T) {
	o := Options{Patience: time.Minute, GroupLimit: func(string) int { return 1 }}
	inBubble(t, o, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("holder", 0, 10*time.Second, "docker"))
		s.Trigger("holder")
		for i := range 100 {
			set(t, s, d.task(fmt.Sprint("docker", i), 0, 0, "docker", fmt.Sprint("project", i)))
			s.Trigger(fmt.Sprint("docker", i))
		}
		set(t, s, d.task("file", 0, 0, "file", "project1"))
		s.Trigger("file")
		wait(time.Second)
		same(t, "a check of another provider", d.of("file"), seconds(0))
		wait(time.Minute)
		for i := range 100 {
			same(t, "a check that had to wait", d.of(fmt.Sprint("docker", i)), seconds(10))
		}
	})
}

func TestTriggeredGoFirst(t *testing.T) {
	inBubble(t, Options{Workers: 1, Patience: time.Minute, Jitter: -1}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("busy", 0, 10*time.Second))
		s.Trigger("busy")
		for i := range 3 {
			set(t, s, d.task(fmt.Sprint("polled", i), time.Second, time.Second))
			set(t, s, d.task(fmt.Sprint("triggered", i), 0, time.Second))
		}
		wait(5 * time.Second)
		s.Trigger("polled1") // it waits as a polled one already
		for i := range 3 {
			s.Trigger(fmt.Sprint("triggered", i))
		}
		wait(10 * time.Second)
		want := []string{"busy", "polled1", "triggered0", "triggered1", "triggered2"}
		if got := d.all()[:5]; !slices.Equal(got, want) {
			t.Errorf("order %v, want %v", got, want)
		}
	})
}

func TestPolledHaveTheirTurn(t *testing.T) {
	inBubble(t, Options{Workers: 1, Patience: time.Minute}, func(t *testing.T, s *Scheduler, d *diary) {
		set(t, s, d.task("busy", 0, 2*time.Second))
		s.Trigger("busy")
		for i := range 100 {
			set(t, s, d.task(fmt.Sprint("polled", i), time.Second, time.Second, fmt.Sprint("a", i%10)))
			set(t, s, d.task(fmt.Sprint("triggered", i), 0, time.Second, fmt.Sprint("b", i%10)))
		}
		wait(1900 * time.Millisecond)
		for i := range 100 {
			s.Trigger(fmt.Sprint("triggered", i))
		}
		wait(100 * time.Second)
		order := d.all()[1:]
		polled := 0
		for _, id := range order {
			if strings.HasPrefix(id, "polled") {
				polled++
			}
		}
		if n := len(order); n < 99 || polled != n/(polledTurn+1) {
			t.Errorf("%d of %d runs were polled, want one of %d", polled, n, polledTurn+1)
		}
	})
}

// A project whose tasks are triggered all the time, by containers that restart
// for ever, say, leaves others their share, of triggered and of polled runs.
func TestFloodOfTriggers(t *testing.T) {
	o := Options{Patience: time.Minute, GroupLimit: func(string) int { return 4 }}
	inBubble(t, o, func(t *testing.T, s *Scheduler, d *diary) {
		const lasts = 10 * time.Millisecond
		for i := range 1000 {
			id := fmt.Sprint("flood", i)
			set(t, s, Task{ID: id, Groups: []string{"project:a", "provider:docker"}, Run: func(context.Context) {
				time.Sleep(lasts)
				s.Trigger(id)
			}})
			s.Trigger(id)
		}
		set(t, s, d.task("triggered", 0, lasts, "project:b", "provider:docker"))
		set(t, s, d.task("polled", 10*time.Second, lasts, "project:c", "provider:docker"))
		for range 10 {
			wait(10 * time.Second)
			begun := time.Since(d.begin)
			s.Trigger("triggered")
			wait(time.Second)
			if times := d.of("triggered"); len(times) != 1 || times[0]-begun > 2*lasts {
				t.Errorf("triggered at %s, ran at %v", begun, times)
			}
		}
		if n := len(d.of("polled")); n < 9 {
			t.Errorf("polled %d times in 110 s, at 10 s each", n)
		}
		if lag := s.Stats().Prompt.Lag; lag.Count() < 40_000 {
			t.Errorf("only %d runs: the limit of 4 was not used", lag.Count())
		}
		for i := range 1000 {
			s.Remove(fmt.Sprint("flood", i))
		}
	})
}

// More groups than workers, each of which fills its limit at once: none must be
// left out.
func TestGroupsShareTheWorkers(t *testing.T) {
	o := Options{Workers: 8, Patience: time.Minute, GroupLimit: func(string) int { return 2 }}
	inBubble(t, o, func(t *testing.T, s *Scheduler, d *diary) {
		var ran [9]int
		for g := range ran {
			for i := range 20 {
				id := fmt.Sprint(g, "-", i)
				set(t, s, Task{ID: id, Groups: []string{fmt.Sprint(g)}, Run: func(context.Context) {
					d.mu.Lock()
					ran[g]++
					d.mu.Unlock()
					time.Sleep(time.Second)
					s.Trigger(id)
				}})
				s.Trigger(id)
			}
		}
		wait(90*time.Second - time.Millisecond)
		d.mu.Lock()
		for g, n := range ran {
			if n < 70 || n > 90 {
				t.Errorf("group %d ran %d times, its share is 80", g, n)
			}
		}
		d.mu.Unlock()
		for g := range ran {
			for i := range 20 {
				s.Remove(fmt.Sprint(g, "-", i))
			}
		}
	})
}
