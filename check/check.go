package check

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/parallel"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Options is how asserts are to be evaluated.
type Options struct {
	// Addresses says which: those about a resource, an instance, or anything
	// in a module, or the asserts themselves ("assert.TYPE.NAME", behind a
	// module's path too). Empty means all.
	Addresses []string

	Parallelism int              // 0 means plan.DefaultParallelism
	Now         func() time.Time // nil means time.Now
}

// Result is what came of one run of one assert.
type Result struct {
	// Address is that of the assert: assert.TYPE.NAME, with the key of its
	// for_each and behind its module's path.
	Address string
	Type    string
	Name    string // with the key of its for_each
	// Target is the instance that it is about, or "". It is a resource where
	// it is not known which instances there are.
	Target string
	// Detail tells apart what has the same type and target: "port 6380".
	Detail string

	Outcome  providers.Outcome
	Message  string // what was found; it may be empty after a pass
	Severity string // "error" or "warning"
	Elapsed  time.Duration
	// Lost says that the provider did not answer, as when its process has ended:
	// a new Set may find it well again.
	Lost bool
}

// Run evaluates asserts against the state and the world. An assert without a
// key in its target runs for each of the target's instances.
//
// Results are ordered by target, then as the asserts are written; those that
// are about nothing in particular come last. Errors are about the
// configuration or the options; what an assert that has one comes to is
// unknown. What keeps the world from being looked at, such as a provider that
// is down, is a warning beside the results. Neither holds a sensitive value.
func Run(ctx context.Context, in plan.Input, opts Options) ([]Result, diag.Diagnostics) {
	run, diags := plan.NewRun(ctx, in, false)
	if diags.HasErrors() {
		return nil, diags.Sorted()
	}
	wanted, ds := newSelection(opts.Addresses)
	if diags = append(diags, ds...); ds.HasErrors() {
		return nil, diags
	}
	// What is left behind because it hangs is told to end in the end.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &checker{run: run, ctx: ctx, now: opts.Now, parallelism: opts.Parallelism}
	if c.now == nil {
		c.now = time.Now
	}
	if c.parallelism <= 0 {
		c.parallelism = plan.DefaultParallelism
	}
	run.UseApplied(ctx)

	jobs, ds := c.jobs(wanted)
	if diags = append(diags, ds...); ds.HasErrors() {
		return nil, diags
	}
	results := make([]Result, len(jobs))
	parallel.Each(c.parallelism, len(jobs), func(i int) { results[i] = c.result(jobs[i]) })
	tellApart(results, jobs)
	return results, append(diags, c.diagnostics()...).Sorted()
}

// checker is one Run.
type checker struct {
	run         *plan.Run
	ctx         context.Context // of the whole run
	now         func() time.Time
	parallelism int

	mu    sync.Mutex
	diags diag.Diagnostics
}

func (c *checker) report(ds diag.Diagnostics) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.diags = append(c.diags, ds...)
}

// warn reports what is wrong with the world, not with the configuration.
func (c *checker) warn(ds diag.Diagnostics) { c.report(warnings(ds)) }

func warnings(ds diag.Diagnostics) diag.Diagnostics {
	ds = slices.Clone(ds)
	for i := range ds {
		ds[i].Severity = diag.Warning
	}
	return ds
}

// diagnostics returns all that was reported, and what went wrong in values that
// asserts refer to: expressions are the configuration's affair, what was read
// from the state or by a data source is not.
func (c *checker) diagnostics() diag.Diagnostics {
	c.mu.Lock()
	out := slices.Clone(c.diags)
	c.mu.Unlock()
	shared := c.run.Eval.Diagnostics()
	all := c.run.Diagnostics() // those at the end, and perhaps newer ones
	return append(append(out, warnings(all[:len(all)-len(shared)])...), shared...)
}

// tellApart gives a detail, its name, to every result that has none and shares
// its type and target with another. results are those of jobs.
func tellApart(results []Result, jobs []*job) {
	type about struct{ target, typ string }
	count := map[about]int{}
	for _, r := range results {
		if r.Detail == "" && r.Target != "" {
			count[about{r.Target, r.Type}]++
		}
	}
	for i := range results {
		r := &results[i]
		if r.Detail == "" && count[about{r.Target, r.Type}] > 1 {
			r.Detail = r.Name
		}
	}
}

// order is how results are ordered.
func order(a, b *job) int {
	if a.about != b.about {
		if a.about {
			return -1
		}
		return 1
	}
	return cmp.Or(
		a.target.Compare(b.target),
		cmp.Compare(a.module, b.module),
		cmp.Compare(a.assert.Range.Filename, b.assert.Range.Filename),
		cmp.Compare(a.assert.Range.Start.Byte, b.assert.Range.Start.Byte),
		a.rep.Key.Compare(b.rep.Key),
	)
}
