package apply

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/parallel"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/state"
)

// Hook is told how an apply goes on. Its methods are called from many
// goroutines. address is an instance's, with a mark behind it for an object
// that a replacement left behind.
type Hook interface {
	PreApply(address string, action plan.Action)
	Progress(address, message string)
	// PostApply ends what PreApply began. result is what exists now, null when
	// nothing does; diags holds an error when it failed.
	PostApply(address string, action plan.Action, elapsed time.Duration, result cty.Value, diags diag.Diagnostics)
}

// Input is what an apply starts from. The store's lock must be held, and the
// plan made from its state.
type Input struct {
	plan.Input
	Plan  *plan.Plan
	Store *state.Store
}

// Options is how a plan is to be applied.
type Options struct {
	Parallelism int  // 0 means plan.DefaultParallelism
	Hook        Hook // may be nil
	// Stop, once closed, lets running steps finish and starts no others. It
	// may be nil. The context's end also cancels what runs.
	Stop <-chan struct{}
}

// Result is what was done.
type Result struct {
	Added, Changed, Destroyed, Forgotten int
	// Outputs are the root module's, marked where sensitive.
	Outputs map[string]cty.Value
	// Interrupted says that not everything was tried because of Stop or the
	// context.
	Interrupted bool
}

// Run applies a plan. Whatever was done is in the store when it returns, error
// or not; what failed, and what depends on it, is left for the next plan. What a
// model proposed it does not take: that is for RunVetted.
func Run(ctx context.Context, in Input, opts Options) (Result, diag.Diagnostics) {
	if in.Plan.FromModel {
		return Result{}, notVetted()
	}
	return run(ctx, in, opts)
}

func notVetted() diag.Diagnostics {
	return diag.Errorf("Plan was not vetted", "What an AI proposed is only applied after it has passed the policy. This is a mistake in Clockwork: please report it.")
}

// RunVetted applies, in place of the input's plan, one that a model proposed and
// that has passed every gate.
func RunVetted(ctx context.Context, in Input, vetted *vet.Plan, opts Options) (Result, diag.Diagnostics) {
	if vetted == nil || vetted.Plan() == nil {
		return Result{}, notVetted()
	}
	in.Plan = vetted.Plan()
	return run(ctx, in, opts)
}

func run(ctx context.Context, in Input, opts Options) (Result, diag.Diagnostics) {
	if opts.Parallelism <= 0 {
		opts.Parallelism = plan.DefaultParallelism
	}
	in.State = in.Store.State()
	in.Variables, in.PlanTime = in.Plan.Variables, in.Plan.Timestamp
	if diags := in.Plan.CheckStale(in.Config, in.State); diags.HasErrors() {
		return Result{}, diags
	}
	known, diags := plan.NewRun(ctx, in.Input, false)
	if diags.HasErrors() {
		return Result{}, diags.Sorted()
	}
	a := &applier{Run: known, in: in, opts: opts, values: map[addr.Instance]cty.Value{}, undone: map[string]int{},
		deposed: map[state.ObjectKey]state.ObjectKey{}, slots: make(chan struct{}, opts.Parallelism)}
	a.report(diags)
	if err := a.takeNote(); err != nil {
		a.report(stateNotWritten(err))
	} else {
		a.walk(ctx)
		a.outputs(ctx)
		if err := in.Store.Sync(); err != nil {
			a.report(stateNotWritten(err))
		}
	}
	if err := in.Store.Checkpoint(); err != nil {
		a.report(stateNotWritten(err))
	}
	diags = append(a.diags, a.Diagnostics()...).Sorted()
	return a.result, diags
}

// applier is one run of Run.
type applier struct {
	*plan.Run
	in    Input
	opts  Options
	slots chan struct{} // bounds the steps that run at once

	mu      sync.Mutex
	diags   diag.Diagnostics
	result  Result
	values  map[addr.Instance]cty.Value         // what was made, null when it is gone
	deposed map[state.ObjectKey]state.ObjectKey // where a replaced object went
	failed  bool                                // the state cannot be written: nothing more is started
	tried   int
	undone  map[string]int // steps not done well, by resource
}

func (a *applier) report(ds diag.Diagnostics) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.diags = append(a.diags, ds...)
}

func stateNotWritten(err error) diag.Diagnostics {
	ds := diag.FromError("State could not be written", err)
	for i := range ds {
		ds[i].Detail += " No further change was started. What was done is in the journal or will be found again by the next plan; make room or mend the permissions, and run the command again."
	}
	return ds
}

// takeNote records what the plan found out about the world.
func (a *applier) takeNote() error {
	p := a.in.Plan
	if len(p.Moved) == 0 && len(p.Refreshed) == 0 {
		return nil
	}
	c := state.Change{Set: make(map[state.ObjectKey]*state.Object, len(p.Refreshed))}
	for _, m := range p.Moved {
		c.Delete = append(c.Delete, m.From)
		c.Set[m.To] = a.State.Objects[m.From]
	}
	for _, r := range p.Refreshed {
		if r.Object != nil {
			c.Set[r.Key] = r.Object
			continue
		}
		delete(c.Set, r.Key)
		c.Delete = append(c.Delete, r.Key)
	}
	return a.in.Store.Commit(c)
}

// walk does the plan's steps in order.
func (a *applier) walk(ctx context.Context) {
	a.UseObjects(ctx, a.instances(), func(i addr.Instance) (cty.Value, diag.Diagnostics) { return a.current(ctx, i) })
	g, err := newStepGraph(a.in.Plan, a.Dependencies(), a.State.Objects)
	if err != nil {
		a.report(diag.FromError("Plan cannot be applied", err))
		return
	}
	total := 0
	for _, steps := range g.steps {
		total += len(steps)
		for _, s := range steps {
			a.undone[nameOf(s.change)]++
		}
	}
	g.Walk(ctx, max(a.opts.Parallelism, 2), func(ctx context.Context, node int) bool {
		return a.node(ctx, g.steps[node])
	})
	if a.stopped(ctx) && a.tried < total {
		a.result.Interrupted = true
		a.report(diag.Errorf("Apply was interrupted", "%d of %d steps were done and are recorded; the others were not started. Run the command again to finish.", a.tried, total))
	} else if left := total - a.tried; left > 0 && !a.failed {
		a.report(diag.Warningf("Not everything was tried", "%d of %d steps were left out because something they depend on failed. Mend that, then plan again.", left, total))
	}
}

// instances returns what tells which instances of a resource exist once the
// steps before it are done: those in state, less what the plan deletes, with
// what it makes.
func (a *applier) instances() func(addr.Resource) []addr.Key {
	will := make(map[addr.Instance]bool, len(a.State.Objects))
	for key := range a.in.Store.State().Objects {
		if key.Deposed == "" {
			will[key.Instance] = true
		}
	}
	for i := range a.in.Plan.Changes {
		switch c := &a.in.Plan.Changes[i]; {
		case c.Deposed != "" || c.Action == plan.Read:
		case c.Action == plan.Delete || c.Action == plan.Forget:
			delete(will, c.Address)
		default:
			will[c.Address] = true
		}
	}
	byResource := map[addr.Resource][]addr.Key{}
	for i := range will {
		byResource[i.Resource] = append(byResource[i.Resource], i.Key)
	}
	for _, keys := range byResource {
		slices.SortFunc(keys, addr.Key.Compare)
	}
	return func(r addr.Resource) []addr.Key { return byResource[r] }
}

// node does all steps of one node, and says whether all went well.
func (a *applier) node(ctx context.Context, steps []step) bool {
	var failed atomic.Bool
	parallel.Each(a.opts.Parallelism, len(steps), func(i int) {
		if !a.slot(ctx, steps[i]) {
			failed.Store(true)
		}
	})
	return !failed.Load()
}

// slot waits for its turn and does one step.
func (a *applier) slot(ctx context.Context, s step) bool {
	a.slots <- struct{}{}
	defer func() { <-a.slots }()
	if a.stopped(ctx) {
		return false
	}
	a.mu.Lock()
	failed := a.failed
	if !failed {
		a.tried++
	}
	a.mu.Unlock()
	if failed || !a.do(ctx, s) {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if name := nameOf(s.change); a.undone[name] > 1 {
		a.undone[name]--
	} else {
		delete(a.undone, name)
	}
	return true
}

// nameOf is the address of a change's resource, without instance keys.
func nameOf(c *plan.Change) string { return plan.StaticResource(c.Address.Resource).String() }

func (a *applier) do(ctx context.Context, s step) bool {
	switch {
	case s.change.Action == plan.Read:
		_, ok := a.DataValue(s.change.Address.Resource)
		return ok
	case s.phase == make_:
		return a.make(ctx, s.change)
	case s.change.Action == plan.Forget:
		return a.forget(s.change)
	}
	return a.remove(ctx, s.change)
}

func (a *applier) stopped(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	case <-a.opts.Stop:
		return true
	default:
		return false
	}
}

func (a *applier) cannotWrite(err error) {
	a.mu.Lock()
	first := !a.failed
	a.failed = true
	a.mu.Unlock()
	if first {
		a.report(stateNotWritten(err))
	}
}

// left tells whether an output depends on something that this run was to change
// and did not.
func (a *applier) left(output string) bool {
	return len(a.undone) > 0 && slices.ContainsFunc(a.Graph.OutputNeeds(output), func(r addr.Resource) bool { return a.undone[r.String()] > 0 })
}

// holds checks an output's preconditions again, some of which may have been
// unknown to the plan.
func (a *applier) holds(output string) bool {
	o := a.Config.Root.Outputs[output]
	if o == nil || len(o.Preconditions) == 0 {
		return true
	}
	_, ok := a.Eval.Root().Output(output)
	return ok
}

// outputs evaluates the root module's outputs and records them.
func (a *applier) outputs(ctx context.Context) {
	p := a.in.Plan
	a.result.Outputs = map[string]cty.Value{}
	st := a.in.Store.State()
	stored, empty := st.Outputs, len(st.Objects) == 0
	next := make(map[string]state.Output, len(p.Outputs))
	changed := false
	for _, o := range p.Outputs {
		old, had := stored[o.Name]
		keep := func() {
			if had {
				next[o.Name] = old
				if v, err := plan.DecodeOutput(old); err == nil {
					a.result.Outputs[o.Name] = v
				}
			}
		}
		if o.Action == plan.Delete && (empty || p.Mode != plan.Destroy) {
			changed = changed || had
			continue
		}
		if p.Mode == plan.Destroy || a.left(o.Name) || !a.holds(o.Name) || o.Action == plan.NoOp {
			keep()
			continue
		}
		value, ok := o.After, true
		if !value.IsWhollyKnown() {
			value, ok = a.Eval.Root().Output(o.Name)
			if u, _ := value.UnmarkDeep(); !ok || !u.IsWhollyKnown() {
				keep()
				continue
			}
		}
		if u, _ := value.Unmark(); u.IsNull() {
			changed = changed || had // an output that is null is not kept
			continue
		}
		enc, err := plan.EncodeOutput(value, o.Sensitive)
		if err != nil {
			a.report(diag.FromError("Output cannot be kept", fmt.Errorf("%s: %w", o.Name, err)))
			keep()
			continue
		}
		next[o.Name] = enc
		a.result.Outputs[o.Name] = value
		changed = true
	}
	if !changed || a.failed {
		return
	}
	if err := a.in.Store.Commit(state.Change{Outputs: next}); err != nil {
		a.cannotWrite(err)
	}
}
