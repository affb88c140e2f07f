package monitor

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
)

// subject is what checks are about: an instance, or where an assert has no
// target, the assert itself. It is not safe for concurrent use.
type subject struct {
	key    string // its address
	target addr.Instance
	// managed says that target is meant, so that something can be healed.
	managed bool

	checks   map[string]*watched // by id
	policy   plan.Policy
	health   Health
	since    time.Time   // of the health
	busy     bool        // an incident is under way
	left     bool        // it is left to people
	incident string      // its id, once it is recorded
	history  history     // of attempts to heal it
	healed   []time.Time // when incidents ended because it became well; like history, until it stays so
	flapping bool        // as an incident under way says
	stopped  time.Time   // when somebody stopped it on purpose, as far as was seen
	changed  chan struct{}
	proposal *proposal // that a person has to decide on, or nil
	owed     bool      // an attempt to heal it may have left it half made
	lost     bool      // so it was, and the state does not hold it
}

// watched is one check of a subject.
type watched struct {
	check.Check
	observation
	health Health
}

func newSubject(key string) *subject {
	return &subject{key: key, checks: map[string]*watched{}, changed: make(chan struct{})}
}

// take brings the checks of a subject up to date; what is known of those that
// stay is kept.
func (s *subject) take(checks []check.Check) {
	next := make(map[string]*watched, len(checks))
	for _, c := range checks {
		w := s.checks[c.ID()]
		if w == nil {
			w = &watched{}
		}
		w.Check = c
		next[c.ID()] = w
	}
	s.checks = next
}

// observe takes the result of a check in, and tells whether the subject's
// health is another now. In its grace after an apply, a failure is not known to
// be one.
func (s *subject) observe(id string, r check.Result, applied, now time.Time) bool {
	w := s.checks[id]
	if w == nil {
		return false // it was taken out meanwhile
	}
	outcome := r.Outcome
	if outcome == providers.Fail && now.Sub(applied) < w.Settings.StartGrace {
		outcome = providers.Unknown
	}
	w.observation = w.observation.next(outcome, r.Message, now)
	w.health = thresholds{w.Settings.FailureThreshold, w.Settings.SuccessThreshold}.health(w.observation, w.health)
	close(s.changed)
	s.changed = make(chan struct{})
	return s.judge(now)
}

// judge works the health out. Asserts that only warn do not make it unhealthy.
func (s *subject) judge(now time.Time) bool {
	var all []Health
	for _, w := range s.checks {
		if w.Settings.Severity == diag.Error {
			all = append(all, w.health)
		}
	}
	h := worst(all)
	switch {
	case s.lost:
		h = Unhealthy
	case h == Healthy:
		s.owed = false
	}
	if h == s.health {
		return false
	}
	s.health, s.since = h, now
	return true
}

// sorted are its checks, in order.
func (s *subject) sorted() []*watched {
	return slices.SortedFunc(maps.Values(s.checks), func(a, b *watched) int { return cmp.Compare(a.ID(), b.ID()) })
}

func sortedSubjects(all map[string]*subject) []*subject {
	return slices.SortedFunc(maps.Values(all), bySubjectKey)
}

func bySubjectKey(a, b *subject) int { return cmp.Compare(a.key, b.key) }

// failing are the checks that make it unhealthy, by address.
func (s *subject) failing() []*watched {
	return slices.DeleteFunc(s.sorted(), func(w *watched) bool { return w.Settings.Severity != diag.Error || w.health != Unhealthy })
}

// mayBeHealed tells whether one of the failing checks asks for it.
func (s *subject) mayBeHealed() bool {
	return s.managed && (s.lost || slices.ContainsFunc(s.failing(), func(w *watched) bool { return w.Settings.Remediate }))
}
