package monitor

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/monitor/schedule"
	"github.com/clockwork-hcl/clockwork/plan/vet"
)

// Tally is what a project's incidents had models do since the monitor began.
type Tally struct {
	Project          string
	Answered, Failed int // requests
	PromptTokens     int
	CompletionTokens int
	Seconds          schedule.Histogram
	Cost             float64
	Denials          map[string]int // by gate
}

// tallies count what is asked of models, by the names of projects.
type tallies struct {
	mu        sync.Mutex
	byProject map[string]*Tally
}

// answerTimes are the bounds of the histogram of how long answers take.
func answerTimes() []time.Duration {
	s := time.Second
	return []time.Duration{s / 2, s, 2 * s, 5 * s, 10 * s, 20 * s, 30 * s, 60 * s}
}

// of returns the tally of a project; the lock must be held.
func (t *tallies) of(project string) *Tally {
	if t.byProject == nil {
		t.byProject = map[string]*Tally{}
	}
	one := t.byProject[project]
	if one == nil {
		one = &Tally{Project: project, Denials: map[string]int{}}
		for _, upTo := range answerTimes() {
			one.Seconds.Buckets = append(one.Seconds.Buckets, schedule.Bucket{UpTo: upTo})
		}
		t.byProject[project] = one
	}
	return one
}

func (t *tallies) exchange(project string, e ask.Exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.of(project)
	if e.Error == "" {
		one.Answered++
	} else {
		one.Failed++
	}
	one.PromptTokens += max(0, e.PromptTokens)
	one.CompletionTokens += max(0, e.CompletionTokens)
	one.Cost += max(0, e.Cost)
	took := time.Duration(e.Seconds * float64(time.Second))
	one.Seconds.Sum += took
	if i := slices.IndexFunc(one.Seconds.Buckets, func(b schedule.Bucket) bool { return took <= b.UpTo }); i >= 0 {
		one.Seconds.Buckets[i].Count++
	} else {
		one.Seconds.Above++
	}
}

func (t *tallies) gates(project string, gates []vet.Gate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range gates {
		if g.Outcome == vet.Deny {
			t.of(project).Denials[g.Name]++
		}
	}
}

// Tallies returns what models were asked for, by the names of projects.
func (m *Monitor) Tallies() []Tally {
	t := &m.tallies
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Tally
	for _, one := range t.byProject {
		c := *one
		c.Denials = maps.Clone(one.Denials)
		c.Seconds.Buckets = slices.Clone(one.Seconds.Buckets)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Tally) int { return strings.Compare(a.Project, b.Project) })
	return out
}
