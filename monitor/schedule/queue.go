package schedule

import "container/list"

// pace is how a task's last run went, and so the lane of its next.
type pace int

const (
	prompt pace = iota // it returned within Options.Patience, or there was none yet
	slow               // it returned before its timeout
	hung               // it did not
	paces
)

// urgency orders what is ready: triggered runs go before polled ones.
type urgency int

const (
	urgent urgency = iota
	polled
	urgencies
)

// polledTurn is how many turns go to urgent queues before one goes to a polled
// one, when both wait: a flood of triggers slows polling down, but does not end
// it.
const polledTurn = 4

// lane is what tasks of one pace share.
type lane struct {
	turns   turns
	waiting int // tasks, in these queues and in those parked at a group
	running int // tasks that hold a worker
	started uint64
	lag     recorder
}

// group is a semaphore, one for each lane.
type group struct {
	name  string
	limit int
	refs  int // cohorts
	lanes [paces]struct {
		used   int
		parked [urgencies]sorted[*queue] // they wait for a slot of this group
	}
}

// cohort is the tasks that need slots of the same groups. Any of them can start
// when one can, so they wait in one queue, and cohorts take turns.
type cohort struct {
	key    string
	groups []*group
	refs   int // tasks, and runs that hold slots
	queues [paces][urgencies]queue
}

// full returns a group that has no slot left, or nil.
func (c *cohort) full(p pace) *group {
	for _, g := range c.groups {
		if g.lanes[p].used >= g.limit {
			return g
		}
	}
	return nil
}

// queue holds the ready tasks of a cohort that have the same pace and urgency,
// first come, first served. While it has any, it is in one place: it takes
// turns in its lane, or it is parked at a group that was full.
type queue struct {
	cohort  *cohort
	pace    pace
	urgency urgency
	tasks   list.List // of *task
	// ticket says when the queue had its last turn, or got its first task: the
	// lowest goes first, wherever the queue was parked.
	ticket uint64
	place  *sorted[*queue]
	index  int // there
	// offer is the group that had a slot, for which the queue was brought back
	// into its lane. Whenever it does not take that slot, another queue that is
	// parked there must get the offer; else the slot would stay free.
	offer *group
}

func (q *queue) before(other *queue) bool { return q.ticket < other.ticket }

func (q *queue) position() *int { return &q.index }

func (q *queue) enter(place *sorted[*queue]) {
	q.place = place
	place.add(q)
}

func (q *queue) leave() {
	q.place.remove(q)
	q.place = nil
}

// turns are the queues of a lane that may have a task to start.
type turns struct {
	queues [urgencies]sorted[*queue]
	since  int // urgent starts since the last polled one, while both waited
}

func (t *turns) empty() bool { return t.queues[urgent].len()+t.queues[polled].len() == 0 }

// next takes the queue out whose turn it is, or returns nil.
func (t *turns) next() *queue {
	u := urgent
	if t.queues[polled].len() > 0 && (t.queues[urgent].len() == 0 || t.since >= polledTurn) {
		u = polled
	}
	if t.queues[u].len() == 0 {
		return nil
	}
	q := t.queues[u].first()
	q.leave()
	return q
}

// started counts a turn that was used. One that could not be, because a group
// was full, is not lost: else polled queues might be tried only then.
func (t *turns) started(u urgency) {
	switch {
	case u == polled:
		t.since = 0
	case t.queues[polled].len() > 0:
		t.since++
	}
}
