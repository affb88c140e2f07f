package schedule

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Task is a function to be called again and again.
type Task struct {
	// ID names the task.
	ID string
	// Interval is the time from one poll to the next, before jitter. A task with
	// none runs only when it is triggered.
	Interval time.Duration
	// Timeout is when the context of a run ends. Without one, it is that of the
	// Options.
	Timeout time.Duration
	// Groups are the semaphores of which each run takes a slot, such as one for
	// the project and one for the provider.
	Groups []string
	// Run is called on a goroutine of its own, and never while an earlier call
	// has not returned. It should return soon after its context ends. A panic is
	// not recovered: only the caller knows what it would mean.
	Run func(ctx context.Context)
}

func (t Task) check() error {
	switch {
	case t.ID == "":
		return errors.New("the task has no ID")
	case t.Run == nil:
		return fmt.Errorf("task %q has nothing to run", t.ID)
	case t.Interval < 0:
		return fmt.Errorf("task %q has an interval of %s, which is negative", t.ID, t.Interval)
	case t.Timeout < 0:
		return fmt.Errorf("task %q has a timeout of %s, which is negative", t.ID, t.Timeout)
	}
	return nil
}

// state is what a task is doing, and so what the loop does when its time comes.
type state int

const (
	idle    state = iota // until it is triggered; not in the timeline
	waiting              // for its next poll: then it is ready
	ready                // in a queue, for slots; not in the timeline
	running              // with slots, which it loses when its time comes
	aside                // running without slots: when its time comes, it is stuck
	stuck                // running, though its context ended a while ago; not in the timeline
)

// task is a Task and where it stands. All of it belongs to the scheduler's mutex.
type task struct {
	Task
	number uint64 // the order in which tasks were set
	cohort *cohort
	state  state
	pace   pace // how the last run went
	// due is when the last run was due, or that which is ready or running.
	due   time.Duration
	at    time.Duration // when the loop must look at the task, in the timeline
	index int           // in the timeline
	place *list.Element // in its queue, when ready

	urgency urgency // when ready
	again   bool    // running: was triggered meanwhile
	removed bool    // running: is to be forgotten when it returns

	last   time.Duration // how long the last run took
	cancel context.CancelFunc
	run    run
}

// run is what was decided when a run started, whatever has become of the task
// since.
type run struct {
	cohort  *cohort // whose slots it holds
	pace    pace
	timeout time.Duration
	end     time.Duration // when it is stuck
}

func (t *task) active() bool { return t.state == running || t.state == aside || t.state == stuck }

func (t *task) before(other *task) bool {
	if t.at != other.at {
		return t.at < other.at
	}
	return t.number < other.number
}

func (t *task) position() *int { return &t.index }

// names returns groups, each once, in order.
func names(groups []string) []string {
	sorted := slices.Clone(groups)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
