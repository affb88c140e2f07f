package check

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// Set is the checks of one configuration and state, to be run again and again.
// What their arguments refer to is evaluated once: make a new set when either
// has changed. It is safe for concurrent use.
type Set struct {
	checker *checker
	checks  []Check
	jobs    map[string]setJob // by address and target
}

type setJob struct {
	job   *job
	ready prepared
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

	id string
}

// NewSet prepares the checks of in, but for those about resources that are not
// monitored. The context must outlive the set. What is wrong with single
// asserts is reported, and they are unknown whenever they run.
func NewSet(ctx context.Context, in plan.Input, opts SetOptions) (*Set, diag.Diagnostics) {
	run, diags := plan.NewRun(ctx, in, false)
	if diags.HasErrors() {
		return nil, diags.Sorted()
	}
	c := &checker{run: run, ctx: ctx, now: time.Now, parallelism: plan.DefaultParallelism}
	run.UseApplied(ctx)
	jobs, ds := c.jobs(nil)
	if diags = append(diags, ds...); ds.HasErrors() {
		return nil, diags
	}
	s := &Set{checker: c, jobs: make(map[string]setJob, len(jobs))}
	for _, j := range jobs {
		ready := prepared{unknown: j.unknown, settings: plan.AssertSettings{Timeout: plan.DefaultAssertTimeout}}
		if j.unknown == "" {
			found, why := within(ctx, plan.DefaultAssertTimeout, func(context.Context) prepared { return c.prepare(j) })
			if ready = found; why != "" {
				ready.unknown = why
			}
		}
		k := Check{Address: j.address(), Type: j.assert.Type, Name: j.assert.Name + j.rep.Key.String(), Settings: ready.settings,
			HasTarget: j.about && j.unknown == "", Target: j.target}
		if j.typ.Provider != nil {
			k.Provider = j.typ.Provider.Source
		}
		monitor, policy, ds := s.monitored(j, opts)
		if c.report(ds.WithAddress(k.Address)); !monitor.Enabled {
			continue
		}
		k.Policy = policy
		if k.Settings.Interval == 0 {
			if k.Settings.Interval = monitor.Interval; monitor.Interval == 0 {
				k.Settings.Interval = s.interval(j, opts.Interval)
			}
		}
		k.Settings.FailureThreshold = max(k.Settings.FailureThreshold, 1)
		k.Settings.SuccessThreshold = max(k.Settings.SuccessThreshold, 1)
		k.id = k.Address
		if k.HasTarget {
			k.id += " of " + k.Target.String()
		}
		s.jobs[k.id] = setJob{j, ready}
		s.checks = append(s.checks, k)
	}
	return s, append(diags, c.diagnostics()...).Sorted()
}

// monitored evaluates what is said of the monitoring of a check's target.
func (s *Set) monitored(j *job, opts SetOptions) (plan.MonitorSettings, plan.Policy, diag.Diagnostics) {
	t := j.typ.Target
	if t == nil || j.scope == nil {
		return plan.MonitorSettings{Enabled: true}, plan.Policy{}, nil
	}
	policy, diags, _ := plan.PolicyOf(j.scope, t.Resource, plan.PolicyDefaults{Attempts: opts.Attempts})
	rep := eval.Repetition{Key: j.target.Key}
	if t.Resource.Monitor != nil && t.Resource.ForEach != nil {
		reps, ds, _ := j.scope.Expand(nil, t.Resource.ForEach, j.target.String())
		diags = append(diags, ds...)
		if i := slices.IndexFunc(reps, func(r eval.Repetition) bool { return r.Key == j.target.Key }); i >= 0 {
			rep = reps[i]
		}
	}
	settings, ds, _ := plan.MonitorSettingsOf(j.scope, t.Resource, rep)
	return settings, policy, append(diags, ds...)
}

// interval is how often a check runs that says nothing of it itself. One of
// the core looks at the network, whatever it is about.
func (s *Set) interval(j *job, otherwise time.Duration) time.Duration {
	if j.typ.Provider == nil || !j.about {
		return otherwise
	}
	object := s.checker.run.State.Objects[state.ObjectKey{Instance: j.target}]
	if object == nil {
		return otherwise
	}
	t, err := s.checker.run.Schemas.Type(s.checker.ctx, object.Provider.Source, providers.KindResource, j.target.Type)
	if err != nil {
		return otherwise
	}
	d, err := time.ParseDuration(t.Resource.CheckInterval)
	switch {
	case err == nil:
		return d
	case t.Resource.Watchable:
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
	j, ok := s.jobs[k.id]
	r := Result{Address: k.Address, Type: k.Type, Name: k.Name, Severity: k.Settings.Severity.String(), Detail: j.ready.detail}
	if k.HasTarget {
		r.Target = k.Target.String()
	}
	start := time.Now()
	found := unknown("there is no such check any more")
	switch {
	case !ok:
	case j.ready.unknown != "":
		found = unknown(j.ready.unknown)
	default:
		// What this run complains about is in its result.
		c := &checker{run: s.checker.run, ctx: s.checker.ctx, now: time.Now}
		var why string
		found, why = within(ctx, j.ready.settings.Timeout, func(ctx context.Context) finding { return c.check(ctx, j.job, j.ready) })
		if why != "" {
			found = unknown(why)
		}
	}
	r.Outcome, r.Message, r.Lost = found.outcome, bounded(found.message), found.lost
	r.Elapsed = time.Since(start)
	return r
}

// Object returns the provider of an instance that was applied, as it is to be
// named to it, and its state. The error is meant for a log.
func (s *Set) Object(ctx context.Context, target addr.Instance) (providers.Provider, providers.WatchTarget, error) {
	p, t, _, err := s.object(ctx, target)
	return p, t, err
}

// object also returns the secrets that the state holds.
func (s *Set) object(ctx context.Context, target addr.Instance) (providers.Provider, providers.WatchTarget, secrets, error) {
	key := state.ObjectKey{Instance: target}
	object := s.checker.run.State.Objects[key]
	if object == nil {
		return nil, providers.WatchTarget{}, nil, fmt.Errorf("%s is not applied", target)
	}
	value, _, ds := s.checker.run.DecodeState(ctx, key, object)
	if ds.HasErrors() {
		return nil, providers.WatchTarget{}, nil, ds
	}
	p, name, ds := s.checker.run.Provider(s.checker.ctx, object.Provider)
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
