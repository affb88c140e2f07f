package monitor

import (
	"errors"
	"fmt"
	"io"
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

// resume finds the incidents that an earlier monitor left, and what it tried.
func (p *project) resume() {
	left := map[string]incident.Incident{}
	tried := map[string]history{}
	now := time.Now()
	list := p.incidents.List(incident.Filter{Folder: p.dir})
	slices.Reverse(list) // the oldest first
	for _, i := range list {
		switch {
		case !i.State.Over():
			left[i.Target] = i
		case now.Sub(i.Updated) > sustained:
			delete(tried, i.Target) // it has been well for long enough
			continue
		}
		whole, err := p.incidents.Get(i.ID)
		if err != nil {
			p.log.Error("an incident cannot be read; what was tried in it does not count", "incident", i.ID, "error", err)
			continue
		}
		tried[i.Target] = append(tried[i.Target], attempts(whole.Events)...)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.tried = left, tried
}

// attempts are those in an incident's events, but for rungs that turned out to
// be of no help when they were about to be taken, and plans that were not applied.
func attempts(events []incident.Event) history {
	var out history
	for i, e := range events {
		skipped := i+1 < len(events) && (events[i+1].Kind == incident.Skipped || events[i+1].Kind == incident.Planned) && events[i+1].Rung == e.Rung
		if e.Kind == incident.Attempted && !skipped {
			out = append(out, attempt{plan.Rung(e.Rung), e.Time})
		}
	}
	return out
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
