package views

import (
	"fmt"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
)

// stillEvery is how often a change that takes long is mentioned again.
const stillEvery = 10 * time.Second

// verbs are the words for an action at work.
type verbs struct {
	doing string // Creating...
	still string // Still creating...
	done  string // Creation complete
	fail  string // Creation errored
}

func verbsOf(a plan.Action) verbs {
	switch a {
	case plan.Create:
		return verbs{"Creating...", "Still creating...", "Creation complete", "Creation errored"}
	case plan.Update:
		return verbs{"Modifying...", "Still modifying...", "Modifications complete", "Modifications errored"}
	case plan.Restart:
		return verbs{"Restarting...", "Still restarting...", "Restart complete", "Restart errored"}
	case plan.Delete:
		return verbs{"Destroying...", "Still destroying...", "Destruction complete", "Destruction errored"}
	case plan.Read:
		return verbs{"Reading...", "Still reading...", "Read complete", "Read errored"}
	case plan.DeleteThenCreate, plan.CreateThenDelete:
		return verbs{"Replacing...", "Still replacing...", "Replacement complete", "Replacement errored"}
	case plan.Forget:
		return verbs{"Forgetting...", "Still forgetting...", "Forgotten", "Forgetting errored"}
	}
	return verbs{"Working...", "Still working...", "Complete", "Errored"}
}

// tracker keeps the changes that are under way, and calls still for each that
// takes long. What it calls runs under its lock, so that nothing is said of a
// change after its end.
type tracker struct {
	still func(addr string, c *underway)

	mu       sync.Mutex
	subjects map[string]*subject
	running  map[string]*underway
}

// underway is one change that has begun.
type underway struct {
	*subject
	action  plan.Action
	started time.Time
	timer   *time.Timer
}

func (u *underway) elapsed() time.Duration { return time.Since(u.started) }

// plan tells the tracker what later calls are about.
func (t *tracker) plan(p *plan.Plan, schemas Schemas) {
	found := subjects(p, schemas)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.subjects = found
}

// start notes that a change begins, and calls say.
func (t *tracker) start(addr string, action plan.Action, say func(*underway)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.subjects[addr]
	if s == nil {
		s = subjectOf(addr)
	}
	copied := *s
	u := &underway{subject: &copied, action: action, started: time.Now()}
	if action == plan.Create {
		u.id = identity{} // that of the object it replaces
	}
	u.timer = time.AfterFunc(stillEvery, func() { t.remind(addr, u) })
	if t.running == nil {
		t.running = map[string]*underway{}
	}
	t.running[addr] = u
	say(u)
}

func (t *tracker) remind(addr string, u *underway) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running[addr] != u {
		return
	}
	u.timer.Reset(stillEvery)
	t.still(addr, u)
}

// identify notes the identity of a changed object.
func (t *tracker) identify(addr string, object cty.Value) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if u := t.running[addr]; u != nil {
		if id := identify(object, u.obj); id.key != "" {
			u.id = id
		}
	}
}

// peek calls say with a change that is under way.
func (t *tracker) peek(addr string, say func(*underway)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if u := t.running[addr]; u != nil {
		say(u)
	}
}

// finish notes that a change has ended, and calls say.
func (t *tracker) finish(addr string, action plan.Action, say func(*underway)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.running[addr]
	if u == nil {
		u = &underway{subject: subjectOf(addr), action: action, started: time.Now()}
	} else {
		u.timer.Stop()
		delete(t.running, addr)
	}
	say(u)
}

// seconds writes a duration as people read it: 0s, 10s, 1m10s.
func seconds(d time.Duration) string { return d.Round(time.Second).String() }

// appliedText returns the line that an apply ends with.
func appliedText(s Summary) (head, rest string) {
	verb := "complete"
	if s.Failed {
		verb = "incomplete"
	}
	forgotten := ""
	if s.Forget > 0 {
		forgotten = fmt.Sprintf(", %d forgotten", s.Forget)
	}
	if s.Mode == plan.Destroy {
		return "Destroy " + verb + "!", fmt.Sprintf(" Resources: %d destroyed%s.", s.Destroy, forgotten)
	}
	return "Apply " + verb + "!", fmt.Sprintf(" Resources: %d added, %d changed, %d destroyed%s.",
		s.Add, s.Change, s.Destroy, forgotten)
}

// refreshCounter counts what is read, and shows how far it is on a terminal
// once that takes longer than a moment.
type refreshCounter struct {
	show func(string)

	mu          sync.Mutex
	total, done int
	shown       bool
	last        time.Time
	timer       *time.Timer
}

// moment is how long a person waits without wondering.
const moment = time.Second

func (r *refreshCounter) start(total int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop()
	r.total, r.done = total, 0
	r.timer = time.AfterFunc(moment, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.timer != nil {
			r.shown = true
			r.draw()
		}
	})
}

func (r *refreshCounter) one() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	if r.shown && time.Since(r.last) >= moment/10 {
		r.draw()
	}
}

func (r *refreshCounter) draw() {
	r.last = time.Now()
	what := "resources"
	switch {
	case r.total == 1:
		what = "1 resource"
	case r.total > 1:
		what = thousands(r.total) + " resources"
	}
	r.show(fmt.Sprintf("Reading %s... %s done", what, thousands(r.done)))
}

func (r *refreshCounter) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop()
}

func (r *refreshCounter) stop() {
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	if r.shown {
		r.shown = false
		r.show("")
	}
}

// thousands writes a number with its digits in groups of three.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
