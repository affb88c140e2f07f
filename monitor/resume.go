package monitor

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/journal"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// lockName is the file in a project's state folder that its monitor locks.
const lockName = "monitor.lock"

// lock keeps a second monitor away from the project.
func (p *project) lock() (io.Closer, error) {
	if p.missing() {
		return nil, fmt.Errorf("there is no state in %s: apply the project first", filepath.Join(p.dir, state.Dir))
	}
	held, err := journal.Lock(filepath.Join(p.dir, state.Dir, lockName))
	if errors.Is(err, journal.ErrLocked) {
		return nil, fmt.Errorf("another monitor watches over %s", p.dir)
	}
	return held, err
}

// past is what counts of earlier incidents: what was tried, and when it became
// well.
type past struct {
	tried  history
	healed []time.Time
	owed   bool // the last attempt may have left it half made
}

// resume finds the incidents that an earlier monitor left, and what it tried.
func (p *project) resume() {
	left := map[string]incident.Incident{}
	all := map[string]past{}
	follows := map[string]time.Time{} // when it failed next
	forgotten := map[string]bool{}    // what was before counts no more, as it was well for long enough
	now := time.Now()
	for _, i := range p.incidents.List(incident.Filter{Folder: p.dir}) { // the newest first
		next, ok := follows[i.Target]
		if !ok {
			next = now
		}
		switch {
		case forgotten[i.Target]:
			continue
		case i.State.Over() && next.Sub(i.Updated) > p.opts.SustainedFor:
			forgotten[i.Target] = true
			continue
		}
		follows[i.Target] = i.Opened
		whole, err := p.incidents.Get(i.ID)
		if err != nil {
			p.log.Error("an incident cannot be read; what was tried in it does not count", "incident", i.ID, "error", err)
			whole = i
		}
		if _, has := left[i.Target]; !has && !i.State.Over() {
			left[i.Target] = whole
		}
		if i.State.Over() && flapped(whole.Events) {
			forgotten[i.Target] = true
			continue
		}
		this := past{tried: attempts(whole.Events, now)}
		for _, e := range whole.Events {
			if e.Kind == incident.Healed {
				this.healed = append(this.healed, notAfter(e.Time, now))
			}
		}
		later, known := all[i.Target]
		if !known { // the newest
			later.owed = !i.State.Over() && owes(whole.Events)
		}
		all[i.Target] = past{append(this.tried, later.tried...), append(this.healed, later.healed...), later.owed}
	}
	p.recall(now)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.past = left, all
}

// recall finds what was spent on models.
func (p *project) recall(now time.Time) {
	var ids []string
	for _, i := range p.incidents.List(incident.Filter{Folder: p.dir, Since: now.Add(-tokensSpan)}) {
		ids = append(ids, i.ID)
	}
	found, err := p.incidents.GetAll(ids...)
	if err != nil {
		p.log.Error("incidents cannot be read; what was spent in them on models does not count", "error", err)
	}
	p.budgets.recall(slices.Collect(maps.Values(found)), now)
}

// attempts are those in an incident's events, but for rungs that turned out to
// be of no help when they were about to be taken, and plans that were not applied.
func attempts(events []incident.Event, now time.Time) history {
	var out history
	for i, e := range events {
		if e.Kind == incident.Attempted && !undone(events, i) {
			out = append(out, attempt{plan.Rung(e.Rung), notAfter(e.Time, now)})
		}
	}
	return out
}

// notAfter is a time that is on record, but none that is yet to come: the clock may
// have been set meanwhile.
func notAfter(at, now time.Time) time.Time {
	if at.After(now) {
		return now
	}
	return at
}

// undone tells whether nothing was done in the attempt that events[i] is about: it
// was skipped after all, or led to a plan that nobody approved.
func undone(events []incident.Event, i int) bool {
	planned := false
	for _, e := range events[i+1:] {
		switch {
		case e.Kind == incident.Attempted:
			return planned
		case e.Rung != events[i].Rung:
		case e.Kind == incident.Skipped:
			return true
		case e.Kind == incident.Planned:
			planned = true
		case e.Kind == incident.Approved || e.Kind == incident.Failed:
			planned = false
		}
	}
	return planned
}

// stillFlaps tells whether an earlier monitor left something flapping that is
// well now, and has not been for long enough as far as is known. The lock must be
// held.
func (p *project) stillFlaps(key string, now time.Time) bool {
	left, ok := p.left[key]
	return ok && flapped(left.Events) && now.Sub(left.Updated) < p.opts.SustainedFor
}

// settleLeft ends the incident that an earlier monitor left of a subject that
// is well now.
func (p *project) settleLeft(key string) {
	p.mu.Lock()
	left, ok := p.left[key]
	delete(p.left, key)
	p.mu.Unlock()
	if !ok {
		return
	}
	err := p.incidents.Append(left.ID, incident.Entry{Kind: incident.Healed, State: incident.StateHealed,
		Message: "it is well again, as was found when the monitor was started again"})
	if err != nil {
		p.log.Error("the end of an incident cannot be recorded", "incident", left.ID, "error", err)
	}
}

// putBack has the next run for the subject go on with this one's incident.
func (r *incidentRun) putBack() {
	if left, err := r.incidents.Get(r.id); err == nil {
		r.mu.Lock()
		r.left[r.s.key] = left
		r.mu.Unlock()
	}
}

// isLeft tells whether there is an incident to go on with.
func (r *incidentRun) isLeft() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.left[r.s.key]
	return ok
}

// takeLeft returns the incident of the subject that an earlier monitor left, if
// nobody has gone on with it yet.
func (r *incidentRun) takeLeft() (incident.Incident, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left, ok := r.left[r.s.key]
	delete(r.left, r.s.key)
	return left, ok
}
