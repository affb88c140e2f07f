package monitor

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/watch"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/notify"
	"github.com/clockwork-hcl/clockwork/monitor/schedule"
	"github.com/clockwork-hcl/clockwork/plan"
)

// restful is how long shutting down may take.
const restful = 20 * time.Second

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
	// Completer returns who asks the model of the project in a folder, nil where
	// none is configured. It is called before each question, and may be nil.
	Completer func(dir string) (ask.Completer, error)
	// ApprovalFor is how long what a model proposes waits for a person; 0 means a
	// day.
	ApprovalFor time.Duration
	// Attempts is how often healing is tried where no policy says it; 0 means
	// plan.DefaultAttempts.
	Attempts int
	// VerifyFor is how long a rung has to show that it helped where no policy says
	// it; 0 means 30 s.
	VerifyFor time.Duration
	// SustainedFor is how long something must be healthy before what happened to
	// it earlier is forgotten, and its settings are known to be good; 0 means
	// 5 minutes.
	SustainedFor time.Duration
	// RetryAfter is how long after its record could not be written an incident is
	// gone on with; 0 means a minute.
	RetryAfter time.Duration
	// Paused says why nothing may be healed now at an address of a project, and
	// "" if it may; the address "" is the project. nil never says so.
	Paused func(dir, address string) string
	// Secret is what hashes of plans are made with, which others may see; they are
	// the same as an earlier monitor's if it is. nil for one that nobody has had.
	Secret []byte
	// DryRun has nothing healed: it is only said what would be done.
	DryRun bool

	Log *slog.Logger
	// LogOf is the log of one project; nil for Log.
	LogOf func(dir string) *slog.Logger
	// Say is told, line by line, what goes on with incidents, for people. It is
	// called by many goroutines. If it is nil, the lines are logged.
	Say func(dir, line string)

	watch             watch.Options
	planFor, applyFor time.Duration // of a heal; 0 for the usual
}

// Monitor watches over any number of projects.
type Monitor struct {
	opts      Options
	incidents *incident.Store
	scheduler *schedule.Scheduler
	stop      chan struct{} // closed when no further step is to be started
	tallies   tallies

	work  sync.WaitGroup // projects
	files *watch.Watcher // of all projects' files

	mu         sync.Mutex
	projects   map[string]*project
	warned     map[string]bool // of what
	soft, hard context.Context // of all that goes on, set by Run; the latter outlives the former, for steps under way
	ending     bool            // no project may begin any more
}

// New returns a monitor of the projects in the folders given, which are
// absolute. Nothing happens before Run.
func New(opts Options, dirs ...string) *Monitor {
	if opts.LogOf == nil {
		opts.LogOf = func(dir string) *slog.Logger { return opts.Log.With("project", dir) }
	}
	if opts.Paused == nil {
		opts.Paused = func(string, string) string { return "" }
	}
	if opts.VerifyFor == 0 {
		opts.VerifyFor = 30 * time.Second
	}
	if opts.ApprovalFor == 0 {
		opts.ApprovalFor = approvalFor
	}
	if opts.SustainedFor == 0 {
		opts.SustainedFor = 5 * time.Minute
	}
	if opts.RetryAfter == 0 {
		opts.RetryAfter = time.Minute
	}
	if opts.Secret == nil {
		opts.Secret = []byte(rand.Text())
	}
	m := &Monitor{opts: opts, incidents: opts.Incidents, stop: make(chan struct{}), projects: map[string]*project{},
		files: watch.New(opts.watch), warned: map[string]bool{}, scheduler: schedule.New(schedule.Options{GroupLimit: groupLimit})}
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
	stop := context.AfterFunc(ctx, func() {
		close(m.stop)
		quiet()
		time.AfterFunc(restful, cancel)
	})
	defer stop()
	defer quiet()
	m.mu.Lock()
	m.soft, m.hard = soft, hard
	for _, p := range m.projects {
		m.start(p)
	}
	m.mu.Unlock()
	err := m.scheduler.Run(soft)
	m.mu.Lock()
	m.ending = true
	m.mu.Unlock()
	m.work.Wait()
	return errors.Join(err, m.files.Close())
}

// warnOnce logs a warning, unless that was done before.
func (m *Monitor) warnOnce(text string) {
	m.mu.Lock()
	before := m.warned[text]
	m.warned[text] = true
	m.mu.Unlock()
	if !before {
		m.opts.Log.Warn(text)
	}
}

// start has a project begin; the lock must be held.
func (m *Monitor) start(p *project) {
	soft, quiet := context.WithCancel(m.soft)
	p.soft, p.hard, p.quiet = soft, m.hard, quiet
	m.work.Go(p.attend)
}

// Add has one more project watched over, in a folder that is absolute. It tells
// whether it was not before.
func (m *Monitor) Add(dir string) bool {
	dir = filepath.Clean(dir)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.projects[dir] != nil || m.ending {
		return false
	}
	p := m.newProject(dir)
	m.projects[dir] = p
	if m.soft != nil {
		m.start(p)
	}
	return true
}

// Remove has a project not watched over any more. It waits for the step under
// way, or until the context ends, and tells whether it was watched over before.
func (m *Monitor) Remove(ctx context.Context, dir string) bool {
	dir = filepath.Clean(dir)
	m.mu.Lock()
	p := m.projects[dir]
	delete(m.projects, dir)
	began := m.soft != nil
	m.mu.Unlock()
	if p == nil {
		return false
	}
	if began {
		p.removed.Store(true)
		p.quiet()
		select {
		case <-p.ended:
		case <-ctx.Done():
		}
	}
	return true
}

// Reload has the configuration and the state of all projects read again, and
// everything checked, whether something changed or not. It does not wait.
func (m *Monitor) Reload() {
	for _, p := range m.all() {
		select {
		case p.again <- struct{}{}:
		default: // it is asked already
		}
	}
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
	Paused   string           // why nothing is healed in it, or ""
	Subjects []SubjectStatus  // by address
}

// SubjectStatus is how one thing is.
type SubjectStatus struct {
	Address  string
	Health   Health
	Since    time.Time
	Incident string   // the id of the one under way, or ""
	Flapping bool     // it becomes well and fails again and again
	Paused   string   // why it is not healed, or ""
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
