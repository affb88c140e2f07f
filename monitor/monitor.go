package monitor

import (
	"context"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/notify"
	"github.com/clockwork-hcl/clockwork/monitor/schedule"
	"github.com/clockwork-hcl/clockwork/plan"
)

const (
	// sustained is how long something must be healthy before what happened to it
	// earlier is forgotten, and its settings are known to be good.
	sustained = 5 * time.Minute
	// restful is how long shutting down may take.
	restful = 20 * time.Second
)

// Options is what a monitor needs.
type Options struct {
	// Load reads the project in a folder: everything but its state. It is called
	// again when the folder's files change.
	Load func(ctx context.Context, dir string) (plan.Input, diag.Diagnostics)
	// Incidents is where incidents are recorded. It stays the caller's to close.
	Incidents *incident.Store

	// Notify is where notifications go, its Lookup being Monitor.Target; nil for
	// nowhere. It stays the caller's to run and to close.
	Notify *notify.Queue

	// Interval is how often a check is polled that nothing else says it of.
	Interval time.Duration
	// Attempts is how often healing is tried where no policy says it; 0 means
	// plan.DefaultAttempts.
	Attempts int
	// VerifyFor is how long a rung has to show that it helped; 0 means 30 s.
	VerifyFor time.Duration
	// DryRun has nothing healed: it is only said what would be done.
	DryRun bool

	Log *slog.Logger
	// Say is told, line by line, what goes on with incidents, for people. It is
	// called by many goroutines.
	Say func(dir, line string)
}

// Monitor watches over any number of projects.
type Monitor struct {
	opts      Options
	incidents *incident.Store
	scheduler *schedule.Scheduler
	stop      chan struct{} // closed when no further step is to be started

	ctx  context.Context // of all that goes on; set by Run
	work sync.WaitGroup  // incidents and watches

	mu       sync.Mutex
	projects map[string]*project
}

// New returns a monitor of the projects in the folders given, which are
// absolute. Nothing happens before Run.
func New(opts Options, dirs ...string) *Monitor {
	if opts.VerifyFor == 0 {
		opts.VerifyFor = 30 * time.Second
	}
	m := &Monitor{opts: opts, incidents: opts.Incidents, stop: make(chan struct{}), projects: map[string]*project{},
		scheduler: schedule.New(schedule.Options{GroupLimit: groupLimit})}
	for _, dir := range dirs {
		m.projects[filepath.Clean(dir)] = m.newProject(filepath.Clean(dir))
	}
	return m
}

// groupLimit is how many checks of a group run at the same time: a provider
// serves all projects, so it gets more.
func groupLimit(group string) int {
	if strings.HasPrefix(group, "provider:") {
		return 32
	}
	return 8
}

// Run monitors until the context ends. Then it lets the steps under way finish,
// and starts no others.
func (m *Monitor) Run(ctx context.Context) error {
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	soft, quiet := context.WithCancel(hard)
	m.ctx = soft
	stop := context.AfterFunc(ctx, func() {
		close(m.stop)
		quiet()
		time.AfterFunc(restful, cancel)
	})
	defer stop()
	defer quiet()
	for _, p := range m.all() {
		m.work.Go(func() { p.begin(soft, hard) })
	}
	err := m.scheduler.Run(soft)
	m.work.Wait()
	return err
}

func (m *Monitor) all() []*project {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []*project
	for _, dir := range slices.Sorted(maps.Keys(m.projects)) {
		out = append(out, m.projects[dir])
	}
	return out
}

// ProjectStatus is how one project is.
type ProjectStatus struct {
	Dir      string
	Name     string
	Problems diag.Diagnostics // with its configuration or state
	Subjects []SubjectStatus  // by address
}

// SubjectStatus is how one thing is.
type SubjectStatus struct {
	Address  string
	Health   Health
	Since    time.Time
	Incident string   // the id of the one under way, or ""
	Messages []string // of checks that do not pass
}

// Count says how many subjects are in each health.
func (s ProjectStatus) Count() (healthy, unhealthy, unknown int) {
	for _, one := range s.Subjects {
		switch one.Health {
		case Healthy:
			healthy++
		case Unhealthy:
			unhealthy++
		default:
			unknown++
		}
	}
	return healthy, unhealthy, unknown
}

// Status returns how all projects are, by folder.
func (m *Monitor) Status() []ProjectStatus {
	var out []ProjectStatus
	for _, p := range m.all() {
		out = append(out, p.status())
	}
	return out
}

// Loaded tells whether all projects were read, or found to be of no use.
func (m *Monitor) Loaded() bool {
	for _, p := range m.all() {
		p.mu.Lock()
		loaded := p.set != nil || p.problems.HasErrors()
		p.mu.Unlock()
		if !loaded {
			return false
		}
	}
	return true
}

// Progress tells how far the scheduler of the checks is, and when it got there:
// see schedule.Scheduler.Progress.
func (m *Monitor) Progress() (ticks uint64, last time.Time) { return m.scheduler.Progress() }

// Stats returns what the scheduler of the checks has done and is doing.
func (m *Monitor) Stats() schedule.Stats { return m.scheduler.Stats() }

// Settled tells whether everything was checked once at least, and nothing is
// being healed: what still fails then is left to people.
func (m *Monitor) Settled() bool {
	if !m.Loaded() {
		return false
	}
	for _, p := range m.all() {
		p.mu.Lock()
		settled := true
		for _, s := range p.subjects {
			for _, w := range s.checks {
				settled = settled && !w.at.IsZero()
			}
			settled = settled && (!s.busy || s.left)
		}
		p.mu.Unlock()
		if !settled {
			return false
		}
	}
	return true
}
