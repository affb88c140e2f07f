package monitor

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/schedule"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// atOnce is how many new checks of a project are run at once.
const atOnce = 500

// project is one project that is monitored.
type project struct {
	*Monitor
	dir string
	log *slog.Logger

	// healing is held by the one heal that may go on at a time.
	healing chan struct{}
	// asking is held by those who ask a model.
	asking  chan struct{}
	budgets budgets
	// again asks to read everything, whether it changed or not.
	again chan struct{}
	// reloading is held by who reads the configuration or the state.
	reloading sync.Mutex
	renewed   time.Time // when the state was read last; reloading is held
	// probing is held by who looks whether the state's lock is held.
	probing sync.Mutex

	soft, hard context.Context // the latter outlives the former, for steps under way
	quiet      func()          // ends soft
	ended      chan struct{}   // closed when nothing of it goes on any more
	removed    atomic.Bool     // from the monitor
	work       sync.WaitGroup  // incidents and watches

	mu       sync.Mutex
	ending   bool       // nothing may begin any more
	input    plan.Input // the last good configuration; its Config is nil before there is one
	set      *check.Set
	subjects map[string]*subject
	tasks    map[string]check.Check // what is scheduled
	after    map[string][]string    // the subjects that a subject depends on, by key
	ill      int                    // how many subjects are not healthy
	applied  time.Time              // when the state changed last
	serial   uint64
	good     knownGood // the last state that is
	green    time.Time // since when all is healthy with serial
	problems diag.Diagnostics
	unwatch  context.CancelFunc
	revivals revivals
	left     map[string]incident.Incident // of an earlier monitor, by subject
	past     map[string]past              // what an earlier monitor saw and did, by subject
}

func (m *Monitor) newProject(dir string) *project {
	return &project{Monitor: m, dir: dir, log: m.opts.LogOf(dir), healing: make(chan struct{}, 1), asking: make(chan struct{}, askAtOnce),
		again: make(chan struct{}, 1), ended: make(chan struct{}),
		subjects: map[string]*subject{}, tasks: map[string]check.Check{}, unwatch: func() {}}
}

// load reads the configuration. One that is not valid is reported, and the last
// good one stays.
func (p *project) load() {
	p.reloading.Lock()
	defer p.reloading.Unlock()
	in, ds := p.opts.Load(p.soft, p.dir)
	p.mu.Lock()
	p.problems = ds
	if !ds.HasErrors() {
		in.Scope = p.dir + "\x00"
		in.Completer = nil // a heal completes nothing
		p.input = in
	}
	p.mu.Unlock()
	if ds.HasErrors() {
		p.log.Error("the configuration cannot be used; the last good one stays", "error", onlyErrors(ds).Error())
		return
	}
	p.renew()
}

// refresh reads the state again, and has everything checked that it and the
// configuration ask for.
func (p *project) refresh() {
	p.reloading.Lock()
	defer p.reloading.Unlock()
	p.renew()
}

// refreshAfter does so unless it was done after a moment: many incidents may wait
// for the same thing.
func (p *project) refreshAfter(moment time.Time) {
	p.reloading.Lock()
	defer p.reloading.Unlock()
	if !p.renewed.After(moment) {
		p.renew()
	}
}

// renew does so; reloading is held.
func (p *project) renew() {
	p.renewed = time.Now()
	p.mu.Lock()
	in := p.input
	p.mu.Unlock()
	if in.Config == nil || p.removed.Load() {
		return
	}
	store, err := state.Open(filepath.Join(p.dir, state.Dir), state.Options{Version: in.Version})
	if err != nil {
		p.trouble(fmt.Errorf("read the state: %w", err))
		return
	}
	in.State = store.State()
	if err := store.Close(); err != nil {
		p.trouble(fmt.Errorf("close the state: %w", err))
		return
	}
	set, ds := check.NewSet(p.hard, in, check.SetOptions{Interval: p.opts.Interval, Attempts: p.opts.Attempts})
	if set == nil {
		p.trouble(onlyErrors(ds))
		return
	}
	p.adopt(set, store, in.State)
}

func (p *project) trouble(err error) {
	p.mu.Lock()
	p.problems = diag.FromError("Project cannot be monitored", err)
	p.mu.Unlock()
	p.log.Error("the project cannot be monitored as it is", "error", err)
}

// keyOf is the key of the subject that a check is about.
func keyOf(c check.Check) string {
	if c.HasTarget {
		return c.Target.String()
	}
	return c.Address
}

func (p *project) taskID(c check.Check) string { return p.dir + "\x00" + c.ID() }

// adopt schedules the checks of a set in place of those before.
func (p *project) adopt(set *check.Set, store *state.Store, st *state.State) {
	now := time.Now()
	checks := map[string][]check.Check{}
	tasks := map[string]check.Check{}
	for _, c := range set.Checks() {
		checks[keyOf(c)] = append(checks[keyOf(c)], c)
		tasks[p.taskID(c)] = c
	}
	p.mu.Lock()
	p.set = set
	if p.good.Lineage != st.Lineage { // of no state at first
		if p.good = p.readGood(); p.good.Lineage != st.Lineage {
			p.good = knownGood{Lineage: st.Lineage}
		}
	}
	good, news := p.judgeGood(now)
	if st.Serial != p.serial {
		p.serial, p.applied, p.green = st.Serial, now, time.Time{}
	}
	for key, s := range p.subjects {
		if checks[key] == nil {
			s.take(nil)
			delete(p.subjects, key)
		}
	}
	for key, of := range checks {
		s := p.subjects[key]
		if s == nil {
			s = newSubject(key)
			s.history, s.healed, s.owed = p.past[key].tried, p.past[key].healed, p.past[key].owed
			p.subjects[key] = s
		}
		s.take(of)
		s.managed, s.target, s.policy = of[0].HasTarget, of[0].Target, of[0].Policy
	}
	p.findLost(store, st)
	p.ill = 0
	for _, s := range p.subjects {
		s.judge(now)
		if s.health != Healthy {
			p.ill++
		}
	}
	p.after = dependencies(p.subjects, st)
	old := p.tasks
	p.tasks = tasks
	p.mu.Unlock()
	p.keepGood(good, news)

	for id := range old {
		if _, stays := tasks[id]; !stays {
			p.scheduler.Remove(id)
		}
	}
	var fresh []string
	for id, c := range tasks {
		groups := []string{"project:" + p.dir}
		if c.Provider != "" {
			groups = append(groups, "provider:"+c.Provider)
		}
		err := p.scheduler.Set(schedule.Task{ID: id, Interval: c.Settings.Interval, Timeout: c.Settings.Timeout + time.Second,
			Groups: groups, Run: func(ctx context.Context) { p.run(ctx, c) }})
		if err != nil {
			p.log.Error("a check cannot be scheduled", "check", c.ID(), "error", err)
		}
		if _, was := old[id]; !was {
			fresh = append(fresh, id)
		}
	}
	// Many checks at once are left to their polls, which are spread.
	if len(fresh) <= atOnce {
		for _, id := range fresh {
			p.scheduler.Trigger(id)
		}
	}
	p.watch(set)
}

// dependencies finds, for each subject, those whose resources its own depends
// on, as the state knows.
func dependencies(subjects map[string]*subject, st *state.State) map[string][]string {
	byResource := map[string][]string{}
	for key, s := range subjects {
		if s.managed {
			name := plan.StaticResource(s.target.Resource).String()
			byResource[name] = append(byResource[name], key)
		}
	}
	needs := map[string][]string{}
	for key, o := range st.Objects {
		needs[plan.StaticResource(key.Instance.Resource).String()] = o.DependsOn
	}
	reached := map[string][]string{} // of resources, each found once
	out := map[string][]string{}
	for key, s := range subjects {
		if !s.managed {
			continue
		}
		name := plan.StaticResource(s.target.Resource).String()
		if _, known := reached[name]; !known {
			seen := map[string]bool{}
			for todo := slices.Clone(needs[name]); len(todo) > 0; {
				next := todo[len(todo)-1]
				if todo = todo[:len(todo)-1]; seen[next] || next == name {
					continue
				}
				seen[next] = true
				reached[name] = append(reached[name], byResource[next]...)
				todo = append(todo, needs[next]...)
			}
			slices.Sort(reached[name])
		}
		out[key] = reached[name]
	}
	return out
}

// run runs one check, and takes in what it says.
func (p *project) run(ctx context.Context, c check.Check) {
	p.mu.Lock()
	set := p.set
	p.mu.Unlock()
	r := set.Run(ctx, c)
	p.observe(r, c)
	if r.Lost {
		p.revive()
	}
}

func (p *project) observe(r check.Result, c check.Check) {
	now := time.Now()
	p.mu.Lock()
	s := p.subjects[keyOf(c)]
	if s == nil || s.checks[c.ID()] == nil {
		p.mu.Unlock()
		return
	}
	before, since := s.health, s.since
	s.observe(c.ID(), r, p.applied, now)
	if (before == Healthy) != (s.health == Healthy) {
		if s.health == Healthy {
			p.ill--
		} else {
			p.ill++
		}
	}
	good, news := p.judgeGreen(now)
	health := s.health
	if before == Healthy && health != Healthy && now.Sub(since) >= p.opts.SustainedFor {
		s.history, s.healed = nil, nil
	}
	wellAgain := health == Healthy && before != Healthy && !s.busy
	begins := health == Unhealthy && !s.busy || wellAgain && p.stillFlaps(s.key, now)
	s.busy = s.busy || begins
	p.mu.Unlock()
	p.keepGood(good, news)
	if health != before {
		p.log.Info("health", "address", s.key, "health", health.String(), "message", r.Message)
	}
	if wellAgain && !begins {
		p.settleLeft(s.key)
	}
	if begins {
		p.spawn(func() { p.incident(s) })
	}
}

// trigger has all checks of a subject run at once; of all with "".
func (p *project) trigger(address string) {
	p.mu.Lock()
	var ids []string
	for id, c := range p.tasks {
		if address == "" || keyOf(c) == address {
			ids = append(ids, id)
		}
	}
	p.mu.Unlock()
	for _, id := range ids {
		p.scheduler.Trigger(id)
	}
}

func (p *project) identity() incident.Project {
	p.mu.Lock()
	defer p.mu.Unlock()
	return incident.Project{Name: p.input.Config.Project, Folder: p.dir}
}

func (p *project) status() ProjectStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := ProjectStatus{Dir: p.dir, Problems: p.problems, Paused: p.opts.Paused(p.dir, "")}
	if p.input.Config != nil {
		out.Name = p.input.Config.Project
	}
	for _, s := range sortedSubjects(p.subjects) {
		one := SubjectStatus{Address: s.key, Health: s.health, Since: s.since, Incident: s.incident, Flapping: s.flapping, Paused: p.opts.Paused(p.dir, s.key)}
		for _, w := range s.sorted() {
			if w.health != Healthy && w.message != "" {
				one.Messages = append(one.Messages, w.Type+": "+w.message)
			}
		}
		out.Subjects = append(out.Subjects, one)
	}
	return out
}
