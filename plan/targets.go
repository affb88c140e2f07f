package plan

import (
	"slices"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
)

// wantedBlocks returns the blocks to plan: all, or with -target those named
// and what they depend on; less, with -exclude, those named and what depends
// on them.
func (p *planner) wantedBlocks() map[*block]bool {
	wanted := make(map[*block]bool, len(p.Graph.blocks))
	var add func(b *block, next func(*block) []*block, value bool)
	add = func(b *block, next func(*block) []*block, value bool) {
		if wanted[b] == value {
			return
		}
		wanted[b] = value
		for _, d := range next(b) {
			add(d, next, value)
		}
	}
	for _, b := range p.Graph.blocks {
		if len(p.opts.Targets) == 0 || slices.ContainsFunc(p.opts.Targets, b.mayHold) {
			add(b, func(b *block) []*block { return b.deps }, true)
		}
	}
	for _, b := range p.Graph.blocks {
		// An instance's exclusion leaves the block's other instances in.
		if slices.ContainsFunc(p.opts.Excludes, func(t addr.Target) bool { return !t.HasKey && b.mayHold(t) && t.Module.Static() == t.Module }) {
			add(b, func(b *block) []*block { return b.dependents }, false)
		}
	}
	p.excluded = len(p.opts.Targets) > 0 || len(p.opts.Excludes) > 0
	return wanted
}

// mayHold tells whether an instance of b may be what t names.
func (b *block) mayHold(t addr.Target) bool {
	if t.Resource == (addr.Resource{}) {
		return addr.Target{Module: t.Module.Static()}.Contains(b.addr.Instance(addr.NoKey))
	}
	return StaticResource(t.Resource) == b.addr
}

// selected tells whether one instance is to be planned: with -target on
// instances, the block's other instances stay as they are.
func (p *planner) selected(b *block, i addr.Instance) bool {
	if slices.ContainsFunc(p.opts.Excludes, func(t addr.Target) bool { return t.Contains(i) }) {
		return false
	}
	named := false
	for _, t := range p.opts.Targets {
		if b != nil && !b.mayHold(t) {
			continue
		}
		if t.Contains(i) {
			return true
		}
		named = true
	}
	// A dependency of a target is planned whole.
	return !named
}

// checkTargets warns of options that name nothing.
func (p *planner) checkTargets() {
	warn := func(option, name string, known bool) {
		if !known {
			p.report(diag.Warningf("Option names nothing", "-%s=%s matches no resource, neither in the configuration nor in the state. Check the address with \"clockwork state list\".", option, name))
		}
	}
	for _, t := range p.opts.Targets {
		warn("target", t.String(), p.isNamed(t))
	}
	for _, t := range p.opts.Excludes {
		warn("exclude", t.String(), p.isNamed(t))
	}
	for _, t := range p.opts.Recomplete {
		warn("recomplete", t.String(), p.isNamed(t))
	}
	for _, i := range p.opts.Replaces {
		warn("replace", i.String(), p.isNamed(addr.Target{Module: i.Module, Resource: i.Resource, Key: i.Key, HasKey: true}))
	}
}

// isNamed tells whether t names something in the configuration or in the state.
func (p *planner) isNamed(t addr.Target) bool {
	for _, b := range p.Graph.blocks {
		if b.mayHold(t) {
			return true
		}
	}
	for key := range p.State.Objects {
		if t.Contains(key.Instance) {
			return true
		}
	}
	return false
}
