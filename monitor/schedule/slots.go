package schedule

import (
	"strconv"
	"strings"
	"time"
)

// enqueue makes a task ready: it runs when it has its turn and its slots.
func (s *Scheduler) enqueue(t *task, u urgency, due time.Duration) {
	t.state, t.urgency, t.due = ready, u, due
	q := &t.cohort.queues[t.pace][u]
	t.place = q.tasks.PushBack(t)
	s.lanes[t.pace].waiting++
	if q.place == nil {
		s.queueUp(q)
	}
}

// queueUp has a queue take turns, as the last.
func (s *Scheduler) queueUp(q *queue) {
	s.ticket++
	q.ticket = s.ticket
	q.enter(&s.lanes[q.pace].turns.queues[q.urgency])
}

// dequeue takes a ready task out of its queue.
func (s *Scheduler) dequeue(t *task) {
	q := &t.cohort.queues[t.pace][t.urgency]
	q.tasks.Remove(t.place)
	t.place = nil
	s.lanes[t.pace].waiting--
	if q.tasks.Len() == 0 && q.place != nil {
		q.leave()
		s.passOn(q)
	}
}

// dispatch starts what can start in a lane.
func (s *Scheduler) dispatch(p pace, now time.Duration) {
	l := &s.lanes[p]
	for l.running < s.workers {
		q := l.turns.next()
		if q == nil {
			return
		}
		if g := q.cohort.full(p); g != nil {
			q.enter(&g.lanes[p].parked[q.urgency])
			s.passOn(q)
			continue
		}
		q.offer = nil
		t := q.tasks.Front().Value.(*task)
		s.dequeue(t)
		s.begin(t, now)
		l.turns.started(q.urgency)
		if q.tasks.Len() > 0 {
			s.queueUp(q)
		}
	}
}

// passOn lets another queue have the slot that was offered to this one.
func (s *Scheduler) passOn(q *queue) {
	g := q.offer
	q.offer = nil
	if g != nil {
		s.offer(g, q.pace, q.urgency)
	}
}

// offer brings the first queue that is parked at a group back into its lane, if
// the group has a slot.
func (s *Scheduler) offer(g *group, p pace, u urgency) {
	parked := &g.lanes[p].parked[u]
	if g.lanes[p].used >= g.limit || parked.len() == 0 {
		return
	}
	q := parked.first()
	q.leave()
	q.offer = g
	q.enter(&s.lanes[p].turns.queues[u])
}

// take gives a run the slots it needs, which are free.
func (s *Scheduler) take(c *cohort, p pace) {
	c.refs++
	s.lanes[p].running++
	for _, g := range c.groups {
		g.lanes[p].used++
	}
}

// release takes the slots of a run back.
func (s *Scheduler) release(t *task) {
	c, p := t.run.cohort, t.run.pace
	s.lanes[p].running--
	for _, g := range c.groups {
		g.lanes[p].used--
		// One of each, so that the lane decides between them.
		s.offer(g, p, urgent)
		s.offer(g, p, polled)
	}
	s.leave(c)
}

// join returns the cohort of tasks with these groups.
func (s *Scheduler) join(groups []string) *cohort {
	var key strings.Builder
	for _, name := range groups {
		key.WriteString(strconv.Quote(name))
	}
	c := s.cohorts[key.String()]
	if c == nil {
		c = &cohort{key: key.String()}
		for _, name := range groups {
			c.groups = append(c.groups, s.group(name))
		}
		for p := range paces {
			for u := range urgencies {
				c.queues[p][u] = queue{cohort: c, pace: p, urgency: u}
			}
		}
		s.cohorts[c.key] = c
	}
	c.refs++
	return c
}

func (s *Scheduler) group(name string) *group {
	g := s.groups[name]
	if g == nil {
		g = &group{name: name, limit: max(1, s.groupLimit(name))}
		s.groups[name] = g
	}
	g.refs++
	return g
}

// leave forgets a cohort, and its groups, when nothing needs them any more.
func (s *Scheduler) leave(c *cohort) {
	c.refs--
	if c.refs > 0 {
		return
	}
	delete(s.cohorts, c.key)
	for _, g := range c.groups {
		g.refs--
		if g.refs == 0 {
			delete(s.groups, g.name)
		}
	}
}
