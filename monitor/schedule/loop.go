package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Run runs tasks until the context ends. Then it ends the contexts of those
// that run, waits for them, but not longer than Options.Grace, and says which
// did not return. It may be called once.
func (s *Scheduler) Run(ctx context.Context) error {
	s.mu.Lock()
	again := s.context != nil
	if !again {
		s.context = ctx
	}
	s.mu.Unlock()
	if again {
		return errors.New("the scheduler was run before")
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		timer.Reset(s.pass())
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
	}
	timer.Reset(s.grace)
	for expired := false; s.close() > 0 && !expired; {
		select {
		case <-s.wake:
		case <-timer.C:
			expired = true
		}
	}
	return s.leftovers()
}

// pass does all that is to be done now, and returns the time until the next.
func (s *Scheduler) pass() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for s.timeline.len() > 0 && s.timeline.first().at <= now {
		t := s.timeline.first()
		s.timeline.remove(t)
		switch t.state {
		case waiting:
			s.enqueue(t, polled, t.at)
		case running:
			s.release(t)
			t.state = aside
			s.aside++
			s.look(t, t.run.end)
		case aside:
			t.state = stuck
			s.aside--
			s.stuck++
		}
	}
	for p := range paces {
		s.dispatch(p, now)
	}
	if l := &s.lanes[prompt]; l.waiting == 0 || l.started != s.beaten {
		s.beaten = l.started
		s.last.Store(int64(now))
		s.ticks.Add(1)
	}
	s.planned = now + s.heartbeat
	if s.timeline.len() > 0 {
		s.planned = min(s.planned, s.timeline.first().at)
	}
	return s.planned - s.now()
}

// begin starts a task that has its turn, and whose slots are free.
func (s *Scheduler) begin(t *task, now time.Duration) {
	timeout := or(t.Timeout, s.timeout)
	t.state = running
	t.run = run{cohort: t.cohort, pace: t.pace, timeout: timeout, end: now + timeout + s.grace}
	s.take(t.cohort, t.pace)
	s.lanes[t.pace].started++
	s.look(t, min(t.run.end, now+max(s.patience, 2*t.last)))
	ctx, cancel := context.WithTimeout(s.context, timeout)
	t.cancel = cancel
	go s.call(ctx, t, t.Run, t.due, &s.lanes[t.pace].lag)
}

// call runs a task. What it needs is passed to it, since the task may be
// replaced meanwhile.
func (s *Scheduler) call(ctx context.Context, t *task, f func(context.Context), due time.Duration, lag *recorder) {
	begun := s.now()
	lag.add(begun - due)
	// Deferred, for a function that ends its goroutine, as tests do.
	defer func() { s.end(t, s.now()-begun) }()
	f(ctx)
}

// end is what follows when a task has returned.
func (s *Scheduler) end(t *task, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.nudge()
	t.cancel()
	now := s.now()
	switch t.state {
	case running:
		s.timeline.remove(t)
		s.release(t)
	case aside:
		s.timeline.remove(t)
		s.aside--
	case stuck:
		s.stuck--
	}
	t.state = idle
	t.last = took
	switch {
	case took >= t.run.timeout:
		t.pace = hung
		s.timedOut++
	case took > s.patience:
		t.pace = slow
	default:
		t.pace = prompt
	}
	switch {
	case t.removed:
		s.forget(t)
	case t.again:
		t.again = false
		s.enqueue(t, urgent, now)
	default:
		next, skipped := s.next(t, now)
		s.skipped += uint64(skipped)
		s.await(t, next)
	}
}

// close has no further task start, and returns how many run, but for those that
// are stuck.
func (s *Scheduler) close() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	running := s.aside
	for p := range s.lanes {
		running += s.lanes[p].running
	}
	return running
}

// leftovers returns an error that names some of the tasks that have not
// returned, or nil.
func (s *Scheduler) leftovers() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for id, t := range s.tasks {
		if t.active() {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	const some = 3
	more := ""
	if len(ids) > some {
		more = fmt.Sprintf(" and %d more", len(ids)-some)
	}
	return fmt.Errorf("tasks that did not return in time: %s%s", strings.Join(ids[:min(some, len(ids))], ", "), more)
}
