package schedule

import (
	"sync/atomic"
	"time"
)

// Stats are what a scheduler has done and is doing.
type Stats struct {
	Tasks int
	// Prompt, Slow and Hung are the lanes of tasks whose last run returned soon,
	// late but before its timeout, and not before its timeout.
	Prompt, Slow, Hung Lane
	// Aside counts the runs that have lasted so long that they gave their slots
	// back, Stuck those that go on though their context ended a while ago.
	Aside, Stuck int
	// TimedOut counts the runs that did not return before their timeout.
	TimedOut uint64
	// Skipped counts the polls that were not made up for, because the run before
	// lasted or started too long.
	Skipped uint64
	// Groups has the groups of which a task is waiting or running.
	Groups map[string]Group
}

// Lane tells of tasks that compete for the same slots.
type Lane struct {
	// Waiting counts the tasks that are due but wait for slots, Running those
	// that hold slots, and Started all that ever ran.
	Waiting, Running int
	Started          uint64
	// Lag is how long after they were due, or were triggered, they ran.
	Lag Histogram
}

// Group tells of the tasks that share a semaphore, in all lanes.
type Group struct {
	Waiting, Running int
}

// Stats returns what the scheduler has done until now.
func (s *Scheduler) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := Stats{
		Aside: s.aside, Stuck: s.stuck, TimedOut: s.timedOut, Skipped: s.skipped,
		Groups: map[string]Group{},
	}
	for _, t := range s.tasks {
		if !t.removed {
			stats.Tasks++
		}
	}
	for p, lane := range []*Lane{&stats.Prompt, &stats.Slow, &stats.Hung} {
		l := &s.lanes[p]
		*lane = Lane{Waiting: l.waiting, Running: l.running, Started: l.started, Lag: l.lag.histogram()}
	}
	for name, g := range s.groups {
		running := 0
		for p := range g.lanes {
			running += g.lanes[p].used
		}
		if running > 0 {
			stats.Groups[name] = Group{Running: running}
		}
	}
	for _, c := range s.cohorts {
		waiting := 0
		for p := range c.queues {
			for u := range c.queues[p] {
				waiting += c.queues[p][u].tasks.Len()
			}
		}
		if waiting == 0 {
			continue
		}
		for _, g := range c.groups {
			group := stats.Groups[g.name]
			group.Waiting += waiting
			stats.Groups[g.name] = group
		}
	}
	return stats
}

// bounds are the upper bounds of a histogram's buckets but the last, which has
// none.
var bounds = [...]time.Duration{
	1 * time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond,
	10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	1 * time.Second, 2 * time.Second, 5 * time.Second,
	10 * time.Second, 20 * time.Second, 50 * time.Second,
	100 * time.Second, 200 * time.Second, 500 * time.Second,
}

// Histogram counts durations by their size.
type Histogram struct {
	Buckets []Bucket // by UpTo
	Above   uint64   // those longer than the last bucket's
	Sum     time.Duration
	Max     time.Duration
}

// Bucket counts the durations that are at most UpTo and longer than those of
// the bucket before.
type Bucket struct {
	UpTo  time.Duration
	Count uint64
}

// Count returns how many durations there are.
func (h Histogram) Count() uint64 {
	n := h.Above
	for _, b := range h.Buckets {
		n += b.Count
	}
	return n
}

// Quantile returns a duration that this share of all, from 0 to 1, does not
// exceed: the bound of a bucket, or the longest of all.
func (h Histogram) Quantile(share float64) time.Duration {
	wanted := share * float64(h.Count())
	n := uint64(0)
	for _, b := range h.Buckets {
		n += b.Count
		if float64(n) >= wanted {
			return min(b.UpTo, h.Max)
		}
	}
	return h.Max
}

// recorder makes a histogram, of durations that come from many goroutines.
type recorder struct {
	counts [len(bounds) + 1]atomic.Uint64
	sum    atomic.Int64
	max    atomic.Int64
}

func (r *recorder) add(d time.Duration) {
	i := 0
	for i < len(bounds) && d > bounds[i] {
		i++
	}
	r.counts[i].Add(1)
	r.sum.Add(int64(d))
	for {
		most := r.max.Load()
		if int64(d) <= most || r.max.CompareAndSwap(most, int64(d)) {
			return
		}
	}
}

func (r *recorder) histogram() Histogram {
	h := Histogram{
		Buckets: make([]Bucket, len(bounds)),
		Above:   r.counts[len(bounds)].Load(),
		Sum:     time.Duration(r.sum.Load()),
		Max:     time.Duration(r.max.Load()),
	}
	for i, bound := range bounds {
		h.Buckets[i] = Bucket{UpTo: bound, Count: r.counts[i].Load()}
	}
	return h
}
