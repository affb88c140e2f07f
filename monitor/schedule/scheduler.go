package schedule

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Options are how a scheduler works. The zero value is useful.
type Options struct {
	// Workers is how many runs hold slots at the same time, in each lane: 64
	// when zero.
	Workers int
	// GroupLimit is how many runs hold a slot of a group at the same time, in
	// each lane. Nil means 8 for every group. It must not call the scheduler.
	GroupLimit func(group string) int
	// Jitter is by which share of its interval, at most, a poll comes earlier or
	// later: 0.1 when zero, none when negative.
	Jitter float64
	// Patience is how long a run may take at least before its task is slow and
	// its slots go to others: 10 ms when zero. A task that is known to take
	// longer has twice the time that it took last. So a task that begins to hang
	// costs its group one slot for that long: with a limit of 8 and tasks that
	// took at most 5 ms, 800 of them a second delay nobody.
	Patience time.Duration
	// Timeout is for tasks that have none: 30 s when zero.
	Timeout time.Duration
	// Grace is how long after its context ended a run may go on before it is
	// stuck, and how long Scheduler.Run waits for runs at the end: 5 s when zero.
	Grace time.Duration
	// Rand is where jitter comes from; nil means a source of its own.
	Rand *rand.Rand
}

// heartbeat is how often the loop makes a pass when there is nothing to do.
const heartbeat = time.Second

// Scheduler runs tasks. Its methods may be called by many goroutines, and by
// tasks.
type Scheduler struct {
	workers    int
	groupLimit func(string) int
	jitter     float64
	patience   time.Duration
	timeout    time.Duration
	grace      time.Duration
	heartbeat  time.Duration

	// clock is read by now alone, and time is counted from start: the readings
	// are of the monotonic clock.
	clock func() time.Time
	start time.Time

	wake  chan struct{} // the loop is to make a pass at once
	ticks atomic.Uint64
	last  atomic.Int64 // since start

	mu       sync.Mutex
	rand     *rand.Rand
	context  context.Context // of Run; nil until then
	closing  bool
	planned  time.Duration // when the loop makes its next pass by itself
	number   uint64        // of the task that was set last
	ticket   uint64        // of the queue that had the last turn
	tasks    map[string]*task
	timeline sorted[*task]
	cohorts  map[string]*cohort
	groups   map[string]*group
	lanes    [paces]lane
	beaten   uint64 // prompt runs that had been started at the last tick

	aside, stuck      int
	timedOut, skipped uint64
}

// New returns a scheduler that runs nothing until Run is called.
func New(o Options) *Scheduler {
	s := &Scheduler{
		workers:    or(o.Workers, 64),
		groupLimit: o.GroupLimit,
		jitter:     min(1, max(0, or(o.Jitter, 0.1))),
		patience:   or(o.Patience, 10*time.Millisecond),
		timeout:    or(o.Timeout, 30*time.Second),
		grace:      or(o.Grace, 5*time.Second),
		heartbeat:  heartbeat,
		clock:      time.Now,
		start:      time.Now(),
		wake:       make(chan struct{}, 1),
		rand:       o.Rand,
		tasks:      map[string]*task{},
		cohorts:    map[string]*cohort{},
		groups:     map[string]*group{},
	}
	if s.groupLimit == nil {
		s.groupLimit = func(string) int { return 8 }
	}
	if s.rand == nil {
		s.rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return s
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func (s *Scheduler) now() time.Duration { return s.clock().Sub(s.start) }

// Set adds a task, or replaces the one with its ID. A new task's first poll is
// at a random time within its interval, so that polls are spread; Trigger has
// it run at once. A replaced task keeps its turn: its next poll stays where it
// was, unless the interval is another. A run that goes on is left alone.
func (s *Scheduler) Set(spec Task) error {
	if err := spec.check(); err != nil {
		return err
	}
	spec.Groups = names(spec.Groups)
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.nudge()
	now := s.now()
	t := s.tasks[spec.ID]
	if t == nil {
		s.number++
		t = &task{number: s.number, cohort: s.join(spec.Groups), removed: true}
		s.tasks[spec.ID] = t
	}
	fresh := t.removed || t.Interval == 0
	t.removed = false

	old, cohort := t.cohort, s.join(spec.Groups)
	moves := t.state == ready && cohort != old
	if moves {
		s.dequeue(t)
	}
	t.cohort = cohort
	s.leave(old)
	changed := t.Interval != spec.Interval
	t.Task = spec
	switch {
	case moves:
		s.enqueue(t, t.urgency, t.due)
	case t.state == ready:
	case fresh:
		t.due = now - time.Duration(s.rand.Float64()*float64(spec.Interval))
		if !t.active() {
			s.await(t, t.due+spec.Interval)
		}
	case changed && !t.active():
		next, _ := s.next(t, now)
		s.await(t, next)
	}
	return nil
}

// Remove forgets a task. The context of a run that goes on ends; Remove does
// not wait for it. It reports whether there was such a task.
func (s *Scheduler) Remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks[id]
	if t == nil || t.removed {
		return false
	}
	if t.active() {
		t.removed, t.again = true, false
		t.cancel()
		return true
	}
	switch t.state {
	case waiting:
		s.timeline.remove(t)
	case ready:
		s.dequeue(t)
	}
	s.forget(t)
	return true
}

func (s *Scheduler) forget(t *task) {
	delete(s.tasks, t.ID)
	s.leave(t.cohort)
}

// Trigger has a task run at once, before those that are polled, and its next
// poll an interval later. A task that is running runs once more afterwards,
// however often it is triggered until then. It reports whether there is such a
// task.
func (s *Scheduler) Trigger(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks[id]
	if t == nil || t.removed {
		return false
	}
	switch t.state {
	case running, aside, stuck:
		t.again = true
		return true
	case ready:
		if t.urgency == polled {
			s.dequeue(t)
			s.enqueue(t, urgent, t.due)
		}
	case waiting:
		s.timeline.remove(t)
		s.enqueue(t, urgent, s.now())
	case idle:
		s.enqueue(t, urgent, s.now())
	}
	s.nudge()
	return true
}

// Progress returns how many passes the loop has made, and when it made the
// last. It does not wait for the loop, so it can tell that the loop hangs.
//
// A pass counts only if the scheduler does its work: not while prompt tasks are
// due and none is started, since their slots come free whatever tasks do.
func (s *Scheduler) Progress() (ticks uint64, last time.Time) {
	return s.ticks.Load(), s.start.Add(time.Duration(s.last.Load()))
}

// await has a task wait for its next poll, if it has any.
func (s *Scheduler) await(t *task, at time.Duration) {
	if t.state == waiting {
		s.timeline.remove(t)
	}
	t.state = idle
	if t.Interval > 0 {
		t.state = waiting
		s.look(t, at)
	}
}

// look has the loop look at a task at a time.
func (s *Scheduler) look(t *task, at time.Duration) {
	t.at = at
	s.timeline.add(t)
}

// next returns when a task's next poll is, and how many were skipped because
// their time is over.
func (s *Scheduler) next(t *task, now time.Duration) (at time.Duration, skipped int64) {
	if t.Interval == 0 {
		return 0, 0
	}
	skipped = int64((now - t.due) / t.Interval)
	at = t.due + time.Duration(skipped)*t.Interval + s.period(t.Interval)
	return max(at, now), skipped
}

// period returns an interval with jitter.
func (s *Scheduler) period(interval time.Duration) time.Duration {
	return interval + time.Duration((2*s.rand.Float64()-1)*s.jitter*float64(interval))
}

// nudge wakes the loop when it has something to do before its next pass.
func (s *Scheduler) nudge() {
	due := s.timeline.len() > 0 && s.timeline.first().at < s.planned
	if !due && !s.closing && !s.canStart() {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// canStart tells whether a task may be able to start.
func (s *Scheduler) canStart() bool {
	for p := range s.lanes {
		l := &s.lanes[p]
		if l.running < s.workers && !l.turns.empty() {
			return true
		}
	}
	return false
}
