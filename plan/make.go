package plan

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/parallel"
	"github.com/clockwork-hcl/clockwork/plan/dag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/state"
)

// DefaultParallelism is how many provider operations run at once when nothing
// else is said.
const DefaultParallelism = 10

// Hook is told how a plan goes on. Its methods are called from many
// goroutines.
type Hook interface {
	// PreRefresh and PostRefresh surround the reading of one object.
	PreRefresh(address string)
	PostRefresh(address string)
	// PreComplete and PostComplete surround the asking of a model.
	PreComplete(address string)
	PostComplete(address string)
}

// Options is how a plan is to be made.
type Options struct {
	Mode     Mode
	Targets  []addr.Target
	Excludes []addr.Target
	Replaces []addr.Instance
	// Restarts are instances to be restarted, unless they change anyway: what
	// an ordinary plan would do comes first, and is as good as a restart.
	Restarts []addr.Instance
	// Overlays are, for these instances, what lies over the configuration in
	// place of what the state has. FromModel says that a model proposed that: such a
	// plan is only applied once it has been vetted.
	Overlays  map[addr.Instance][]state.Overlay
	FromModel bool
	// Recomplete are resources whose missing attributes a model is asked for
	// again.
	Recomplete  []addr.Target
	SkipRefresh bool
	Parallelism int       // 0 means DefaultParallelism
	Now         time.Time // zero means time.Now
	Hook        Hook      // may be nil
}

// Make plans. It reads the world through providers but changes nothing. Beside
// errors it returns what could be planned all the same, for a person to look
// at; such a plan must not be applied.
func Make(ctx context.Context, in Input, opts Options) (*Plan, diag.Diagnostics) {
	opts = opts.orDefault()
	in.PlanTime = opts.Now
	if opts.FromModel {
		in.Completer = nil // what one answer does is not for another to say
	}
	run, diags := NewRun(ctx, in, true)
	p := newPlanner(run, opts)
	out := p.newPlan()
	if diags.HasErrors() {
		return out, diags.Sorted()
	}
	p.report(diags)
	p.checkTargets()
	if opts.Mode == Normal {
		p.relocate()
		p.checkRemoved()
		p.walk(ctx)
	} else {
		p.walkState(ctx)
	}
	// Only now: a rule, and how many instances a module has, may depend on
	// resources, whose values are known from here on.
	p.report(p.checkVariables())
	if opts.Mode == Normal {
		p.report(p.checkPolicies())
		p.report(p.checkAsked())
		p.checkRecompleted()
	}
	p.report(p.checkClaims())
	p.report(p.checkProviders(ctx))
	if ctx.Err() != nil {
		return out, interrupted()
	}
	p.planOutputs(out)
	p.collect(out)
	return out, onceEach(p.Diagnostics().Sorted())
}

// interrupted is all that is said when the context ended: what else seems wrong
// then is only that calls were given up.
func interrupted() diag.Diagnostics {
	return diag.Errorf("Planning was interrupted", "Nothing was changed. Run the command again.")
}

// onceEach returns sorted diagnostics with what was found once for every instance of
// a block said only once.
func onceEach(sorted diag.Diagnostics) diag.Diagnostics {
	type place struct {
		severity        diag.Severity
		summary, detail string
		subject         hcl.Range
	}
	seen := map[place]bool{}
	var out diag.Diagnostics
	for _, d := range sorted {
		if d.Subject != nil {
			at := place{d.Severity, d.Summary, d.Detail, *d.Subject}
			if seen[at] {
				continue
			}
			seen[at] = true
		}
		out = append(out, d)
	}
	return out
}

// orDefault returns the options with what was left out filled in.
func (o Options) orDefault() Options {
	if o.Parallelism <= 0 {
		o.Parallelism = DefaultParallelism
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	return o
}

func newPlanner(run *Run, opts Options) *planner {
	p := &planner{Run: run, opts: opts, changed: map[addr.Resource][]*Change{}, pending: map[addr.Resource]bool{}, leftOut: map[*block]bool{},
		slots: make(chan struct{}, opts.Parallelism), completions: newCompletions(len(opts.Recomplete)), overlays: map[addr.Instance][]state.Overlay{}, claims: map[identity]claim{}, clashes: map[identity][]claim{}}
	p.index()
	return p
}

func (p *planner) newPlan() *Plan {
	return &Plan{Mode: p.opts.Mode, Version: p.Version, Timestamp: p.opts.Now.UTC(),
		Lineage: p.State.Lineage, Serial: p.State.Serial, ConfigHash: p.Config.Hash,
		Variables: p.Variables, Targets: p.opts.Targets, Excludes: p.opts.Excludes, Replaces: p.opts.Replaces, Restarts: p.opts.Restarts,
		FromModel: p.opts.FromModel}
}

// planner is one run of Make.
type planner struct {
	*Run
	opts Options

	// prior is what the state holds, by resource and in the order of keys.
	prior map[addr.Resource][]state.ObjectKey
	moved map[state.ObjectKey]state.ObjectKey // new to old
	moves moves

	changes   []Change
	drift     []Drift
	refreshed []Refreshed
	overlays  map[addr.Instance][]state.Overlay // of what was planned; none where they ended
	unchanged int
	changed   map[addr.Resource][]*Change // of current objects
	leftOut   map[*block]bool             // what has no value because of an option
	slots     chan struct{}               // bounds the instances that are planned at once
	pending   map[addr.Resource]bool      // static addresses of what has changes
	excluded  bool                        // something was left out by an option
	claims    map[identity]claim
	clashes   map[identity][]claim // where there is more than one claim
	*completions
}

// index sorts the state's objects by resource, and finds those whose instance
// key changed because count came or went.
func (p *planner) index() {
	p.prior = make(map[addr.Resource][]state.ObjectKey)
	p.moved = map[state.ObjectKey]state.ObjectKey{}
	p.moves = readMoves(p.Config.Root)
	for key := range p.State.Objects {
		p.prior[key.Instance.Resource] = append(p.prior[key.Instance.Resource], key)
	}
	for _, keys := range p.prior {
		sortKeys(keys)
	}
}

func sortKeys(keys []state.ObjectKey) { slices.SortFunc(keys, compareKeys) }

func compareKeys(a, b state.ObjectKey) int {
	return cmp.Or(a.Instance.Compare(b.Instance), cmp.Compare(a.Deposed, b.Deposed))
}

// walk plans every block after those it depends on, then what has no block.
func (p *planner) walk(ctx context.Context) {
	wanted := p.wantedBlocks()
	var g dag.Graph
	ids := make(map[*block]int, len(wanted))
	blocks := make([]*block, 0, len(wanted))
	for _, b := range p.Graph.blocks {
		if wanted[b] {
			ids[b] = g.Add()
			blocks = append(blocks, b)
		}
	}
	for b, id := range ids {
		for _, d := range b.deps {
			if dep, ok := ids[d]; ok {
				g.Connect(id, dep)
			}
		}
	}
	seen := make([]map[state.ObjectKey]bool, len(blocks))
	complete := true
	var mu sync.Mutex
	g.Walk(ctx, p.opts.Parallelism, func(ctx context.Context, id int) bool {
		b := blocks[id]
		scopes, ok := p.Eval.Scopes(b.module)
		if p.leaveOut(b, scopes) {
			return true
		}
		seen[id] = map[state.ObjectKey]bool{}
		for _, s := range scopes {
			ok = p.planBlock(ctx, s, b, seen[id]) && ok
		}
		if !ok {
			mu.Lock()
			complete = false
			mu.Unlock()
		}
		return ok
	})
	if !complete || ctx.Err() != nil {
		return
	}
	p.planOrphans(ctx, func(key state.ObjectKey) bool {
		b := p.blockOf(key.Instance.Resource)
		if b == nil {
			return true
		}
		id, ok := ids[b]
		return ok && seen[id] != nil && !seen[id][key]
	})
}

// leaveOut tells whether b cannot be planned because an instance that it depends
// on does not exist, and is left out by an option.
func (p *planner) leaveOut(b *block, scopes []*eval.Scope) bool {
	p.mu.Lock()
	left := slices.ContainsFunc(b.deps, func(d *block) bool { return p.leftOut[d] })
	if left {
		p.leftOut[b] = true
	}
	p.mu.Unlock()
	if !left {
		return false
	}
	for _, s := range scopes {
		a := b.addr
		a.Module = s.Instance
		p.SetValue(a, cty.DynamicVal, false)
	}
	p.report(diag.Warningf("Resource left out", "%s depends on something that does not exist yet and that -target or -exclude leaves out, so it is left out too.", b.addr))
	return true
}

func (p *planner) blockOf(r addr.Resource) *block {
	return p.Graph.block(StaticResource(r))
}

// walkState plans from the state alone: to destroy all of it, or to take note
// of what has changed in the world.
func (p *planner) walkState(ctx context.Context) {
	var keys []state.ObjectKey
	included := p.stateFilter()
	for key := range p.State.Objects {
		if included(key) {
			keys = append(keys, key)
		} else {
			p.excluded = true
		}
	}
	sortKeys(keys)
	p.UseState(ctx)
	p.each(ctx, len(keys), func(i int) {
		if p.opts.Mode == Destroy {
			p.planDelete(ctx, keys[i], ReasonNone)
			return
		}
		if o, ok := p.refresh(ctx, keys[i]); ok {
			p.noteRefreshed(keys[i], o)
			if o != nil && keys[i].Deposed == "" {
				p.noteOverlay(keys[i].Instance, o.Overlay)
			}
		}
	})
	if p.opts.Mode == RefreshOnly {
		p.useRefreshed(ctx)
	}
}

// each calls f for 0 to n-1, at most Parallelism at a time in all of the run,
// and no more once ctx has ended.
func (p *planner) each(ctx context.Context, n int, f func(i int)) {
	parallel.Each(p.opts.Parallelism, n, func(i int) {
		p.slots <- struct{}{}
		defer func() { <-p.slots }()
		if ctx.Err() == nil {
			f(i)
		}
	})
}

// checkProviders evaluates the provider configurations that apply will need and
// planning did not.
func (p *planner) checkProviders(ctx context.Context) diag.Diagnostics {
	var diags diag.Diagnostics
	seen := map[state.ProviderConfig]bool{}
	for i := range p.changes {
		pc := p.changes[i].Provider
		if seen[pc] || p.configured[pc] != nil {
			continue
		}
		seen[pc] = true
		_, _, ds := p.settings(ctx, pc)
		diags = append(diags, ds...)
	}
	return diags
}

// collect puts what was found into a plan, sorted.
func (p *planner) collect(out *Plan) {
	out.Changes, out.Drift, out.Refreshed, out.Unchanged = p.changes, p.drift, p.refreshed, p.unchanged
	out.Overlays = p.inEffect()
	slices.SortFunc(out.Changes, func(a, b Change) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.Deposed, b.Deposed))
	})
	slices.SortFunc(out.Drift, func(a, b Drift) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.Deposed, b.Deposed))
	})
	slices.SortFunc(out.Refreshed, func(a, b Refreshed) int { return compareKeys(a.Key, b.Key) })
	for to, from := range p.moved {
		out.Moved = append(out.Moved, Move{From: from, To: to})
	}
	slices.SortFunc(out.Moved, func(a, b Move) int { return compareKeys(a.From, b.From) })
}

func (p *planner) addChange(c Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Action == NoOp {
		p.unchanged++
		return
	}
	p.changes = append(p.changes, c)
	if c.Deposed == "" {
		p.changed[c.Address.Resource] = append(p.changed[c.Address.Resource], &c)
	}
	p.pending[StaticResource(c.Address.Resource)] = true
}
