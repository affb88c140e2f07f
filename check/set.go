package check

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// Set is the checks of one configuration and state, to be run again and again.
// Which there are, and their settings, is decided once: make a new set when
// configuration or state have changed. Arguments are evaluated for each run. It
// is safe for concurrent use.
type Set struct {
	ctx    context.Context
	checks []Check
	jobs   map[string]*job // by address and target

	mu   sync.Mutex
	run  *plan.Run
	made time.Time
}

// lifetime is how long checks share what they refer to: what a data source
// reads, locals, and what functions return in them.
const lifetime = time.Second

// current returns what arguments are to be evaluated with now.
func (s *Set) current() *plan.Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.made) >= lifetime {
		s.run, s.made = s.run.Again(valuesContext(s.ctx)), time.Now()
	}
	return s.run
}

// valuesContext returns the context of data sources that are read in the next
// lifetime. Once that is over and a check has had its time, no answer is needed.
func valuesContext(parent context.Context) context.Context {
	ctx, cancel := context.WithTimeout(parent, lifetime+plan.DefaultAssertTimeout)
	context.AfterFunc(ctx, cancel)
	return ctx
}

// SetOptions is how a set is to be made.
type SetOptions struct {
	// Interval is how often checks run that nothing says it of: neither the
	// assert nor its target's type.
	Interval time.Duration
	// Attempts is how often healing is tried where a policy does not say it; 0
	// means plan.DefaultAttempts.
	Attempts int
}

// Check is one thing to check.
type Check struct {
	Address string // of the assert, with its keys
	Type    string
	Name    string
	// Target is the instance that it is about, if HasTarget.
	Target    addr.Instance
	HasTarget bool
	// Provider is the source of the provider that is asked; "" for none.
	Provider string
	// Settings are as configured. An Interval of zero asks for a run once, and
	// whenever something is known to have changed.
	Settings plan.AssertSettings
	// Policy says what may be done about a failure of the target.
	Policy plan.Policy

	id, detail string
}

// NewSet prepares the checks of in, but for those about resources that are not
// monitored. The context must outlive the set. What is wrong with single
// asserts is reported, and they are unknown whenever they run.
func NewSet(ctx context.Context, in plan.Input, opts SetOptions) (*Set, diag.Diagnostics) {
	run, diags := plan.NewRun(ctx, in, false)
	if diags.HasErrors() {
		return nil, diags.Sorted()
	}
	run.UseApplied(valuesContext(ctx))
	c := &checker{run: run, ctx: ctx, now: time.Now, parallelism: plan.DefaultParallelism}
	jobs, ds := c.jobs(nil)
	if diags = append(diags, ds...); ds.HasErrors() {
		return nil, diags
	}
	s := &Set{ctx: ctx, run: run, made: time.Now(), jobs: make(map[string]*job, len(jobs))}
	about := map[monitoredKey]*monitored{}
	for _, j := range jobs {
		ready := prepared{settings: plan.AssertSettings{Timeout: plan.DefaultAssertTimeout}}
		if j.unknown == "" {
			found, why := within(ctx, plan.DefaultAssertTimeout, func(context.Context) prepared { return c.prepare(j) })
			if why == "" {
				ready = found
			}
		}
		k := Check{Address: j.address(), Type: j.assert.Type, Name: j.assert.Name + j.rep.Key.String(), Settings: ready.settings,
			HasTarget: j.about && j.unknown == "", Target: j.target, detail: ready.detail}
		if j.typ.Provider != nil {
			k.Provider = j.typ.Provider.Source
		}
		k.id = k.Address
		if k.HasTarget {
			k.id += " of " + k.Target.String()
		}
		monitor := plan.MonitorSettings{Enabled: true}
		if t := j.typ.Target; t != nil && j.scope != nil {
			key := monitoredKey{j.scope, t.Resource}
			if about[key] == nil {
				about[key] = c.monitored(key, j.target.Resource.String(), opts)
			}
			k.Policy = about[key].policy
			monitor = about[key].settings(c, j.target)
		}
		if !monitor.Enabled {
			continue
		}
		if k.Settings.Interval == 0 {
			if k.Settings.Interval = monitor.Interval; monitor.Interval == 0 {
				k.Settings.Interval = s.interval(j, opts.Interval)
			}
		}
		k.Settings.FailureThreshold = max(k.Settings.FailureThreshold, 1)
		k.Settings.SuccessThreshold = max(k.Settings.SuccessThreshold, 1)
		j.scope, j.behind = nil, new(atomic.Int32) // a scope is found for each run
		s.jobs[k.id] = j
		s.checks = append(s.checks, k)
	}
	return s, append(diags, c.diagnostics()...).Sorted()
}

// monitoredKey is a resource in one module instance.
type monitoredKey struct {
	scope    *eval.Scope
	resource *config.Resource
}

// monitored is what is said of the monitoring of a resource, whose instances
// may be many.
type monitored struct {
	monitoredKey
	policy plan.Policy
	reps   map[addr.Key]eval.Repetition // those of a for_each
}

func (c *checker) monitored(key monitoredKey, address string, opts SetOptions) *monitored {
	m := &monitored{monitoredKey: key}
	var diags diag.Diagnostics
	m.policy, diags, _ = plan.PolicyOf(m.scope, m.resource, plan.PolicyDefaults{Attempts: opts.Attempts})
	if m.resource.Monitor != nil && m.resource.ForEach != nil {
		reps, ds, _ := m.scope.Expand(nil, m.resource.ForEach, address)
		diags = append(diags, ds...)
		m.reps = make(map[addr.Key]eval.Repetition, len(reps))
		for _, rep := range reps {
			m.reps[rep.Key] = rep
		}
	}
	c.report(diags.WithAddress(address))
	return m
}

// settings evaluates the monitor block for one instance.
func (m *monitored) settings(c *checker, target addr.Instance) plan.MonitorSettings {
	rep, ok := m.reps[target.Key]
	if !ok {
		rep.Key = target.Key
	}
	settings, diags, _ := plan.MonitorSettingsOf(m.scope, m.resource, rep)
	c.report(diags.WithAddress(target.String()))
	return settings
}

// interval is how often a check runs that says nothing of it itself: as is usual
// for the type that it is about. Of a type that is only watched, what its provider
// looks at changes with an event; what the core looks at does without.
func (s *Set) interval(j *job, otherwise time.Duration) time.Duration {
	if !j.about {
		return otherwise
	}
	object := s.run.State.Objects[state.ObjectKey{Instance: j.target}]
	if object == nil {
		return otherwise
	}
	t, err := s.run.Schemas.Type(s.ctx, object.Provider.Source, providers.KindResource, j.target.Type)
	if err != nil {
		return otherwise
	}
	d, err := time.ParseDuration(t.Resource.CheckInterval)
	switch {
	case err == nil:
		return d
	case t.Resource.Watchable && j.typ.Provider != nil:
		return 0
	}
	return otherwise
}

// Checks returns the checks, in the order of Run.
func (s *Set) Checks() []Check { return s.checks }

// ID tells a check of the set from all others, also of a set made later.
func (c Check) ID() string { return c.id }

// Run runs one of the set's checks, within its timeout.
func (s *Set) Run(ctx context.Context, k Check) Result {
	start := time.Now()
	found := s.find(ctx, k)
	r := Result{Address: k.Address, Type: k.Type, Name: k.Name, Severity: k.Settings.Severity.String(), Detail: k.detail,
		Outcome: found.outcome, Message: bounded(found.message), Lost: found.lost, Elapsed: time.Since(start)}
	if k.HasTarget {
		r.Target = k.Target.String()
	}
	return r
}

func (s *Set) find(ctx context.Context, k Check) finding {
	const gone = "there is no such check any more"
	prototype, ok := s.jobs[k.id]
	if !ok {
		return unknown(gone)
	}
	// What this run complains about is in its result.
	c := &checker{run: s.current(), ctx: s.ctx, now: time.Now}
	j := *prototype
	if j.unknown == "" {
		if j.scope = c.run.ModuleScope(j.module); j.scope == nil {
			return unknown(gone)
		}
	}
	_, found := c.find(ctx, &j)
	return found
}

// Object returns the provider of an instance that was applied, as it is to be
// named to it, and its state. The error is meant for a log.
func (s *Set) Object(ctx context.Context, target addr.Instance) (providers.Provider, providers.WatchTarget, error) {
	p, t, _, err := s.object(ctx, target)
	return p, t, err
}

// object also returns the secrets that the state holds.
func (s *Set) object(ctx context.Context, target addr.Instance) (providers.Provider, providers.WatchTarget, secrets, error) {
	run := s.current()
	key := state.ObjectKey{Instance: target}
	object := run.State.Objects[key]
	if object == nil {
		return nil, providers.WatchTarget{}, nil, fmt.Errorf("%s is not applied", target)
	}
	value, _, ds := run.DecodeState(ctx, key, object)
	if ds.HasErrors() {
		return nil, providers.WatchTarget{}, nil, ds
	}
	p, name, ds := run.Provider(s.ctx, object.Provider)
	if ds.HasErrors() {
		return nil, providers.WatchTarget{}, nil, ds
	}
	private := secretsIn(value)
	value, _ = value.UnmarkDeep()
	return p, providers.WatchTarget{State: value,
		Target: providers.Target{Configuration: name, Type: target.Type, Address: target.String()}}, private, nil
}

// Diagnose asks the provider of an instance what is the matter with it. What is
// sensitive in the state is taken out of the answer, wherever it is found.
func (s *Set) Diagnose(ctx context.Context, target addr.Instance) (providers.DiagnoseResponse, error) {
	p, t, private, err := s.object(ctx, target)
	if err != nil {
		return providers.DiagnoseResponse{}, err
	}
	d, ok := p.(providers.Diagnoser)
	if !ok {
		return providers.DiagnoseResponse{}, fmt.Errorf("the provider of %s cannot diagnose anything", target)
	}
	found, err := d.Diagnose(ctx, providers.DiagnoseRequest(t))
	if err != nil {
		return found, err
	}
	found.Summary = private.hide(found.Summary)
	found.Diagnostics = private.hideIn(found.Diagnostics)
	for name, fact := range found.Facts {
		found.Facts[name] = private.hide(fact)
	}
	for i, line := range found.Logs {
		found.Logs[i] = private.hide(line)
	}
	return found, nil
}
