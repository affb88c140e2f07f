package plan

import (
	"slices"
	"strings"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/state"
)

// relocations are where moved blocks have stored objects live.
type relocations struct {
	from map[state.ObjectKey]state.ObjectKey // old addresses, by the new ones
	to   map[state.ObjectKey]state.ObjectKey // new addresses, by the old ones
}

// relocate follows the moved blocks of all modules from where each stored object is to
// where it is to be. What would end where something is already stays.
func (p *planner) relocate() {
	p.relocations = relocations{map[state.ObjectKey]state.ObjectKey{}, map[state.ObjectKey]state.ObjectKey{}}
	moves := map[addr.Module][]*config.Move{}
	collectMoves(p.Config.Root, addr.Root, moves)
	if len(moves) == 0 {
		return
	}
	keys := make([]state.ObjectKey, 0, len(p.State.Objects))
	for key := range p.State.Objects {
		if key.Deposed == "" {
			keys = append(keys, key)
		}
	}
	sortKeys(keys)
	for _, key := range keys {
		to, last, round := follow(moves, key.Instance)
		if last == nil {
			continue
		}
		if round {
			p.report(diag.At(last.Range, "Moves go in a circle",
				"By its moved blocks %s would move for ever. Remove the moved block that does not hold any more.", key.Instance).WithAddress(key.Instance.String()))
			continue
		}
		end := state.ObjectKey{Instance: to}
		if _, taken := p.relocations.from[end]; taken || p.State.Objects[end] != nil {
			warning := diag.At(last.Range, "Address is taken",
				"%s cannot move to %s, where there is something else in the state. Nothing is moved, and it is destroyed if it has no block of its own. Move or remove one of the two with `clockwork state mv` or `clockwork state rm`, or remove the moved block.",
				key.Instance, to)
			warning[0].Severity = diag.Warning
			p.report(warning.WithAddress(key.Instance.String()))
			continue
		}
		p.relocations.from[end], p.relocations.to[key] = key, end
	}
}

func collectMoves(m *config.Module, at addr.Module, into map[addr.Module][]*config.Move) {
	if len(m.Moved) > 0 {
		into[at] = m.Moved
	}
	for name, child := range m.Children {
		collectMoves(child, at.Child(name, addr.NoKey), into)
	}
}

// follow returns where an instance ends, and the last move on the way, nil when there
// is none. round says that it came by a place again.
func follow(moves map[addr.Module][]*config.Move, in addr.Instance) (end addr.Instance, last *config.Move, round bool) {
	seen := []addr.Instance{in}
	for {
		next, m := step(moves, in)
		if m == nil {
			return in, last, false
		}
		if last = m; slices.Contains(seen, next) {
			return next, last, true
		}
		seen, in = append(seen, next), next
	}
}

// step makes the first move that is about an instance. Those of a module are about each
// of its instances.
func step(moves map[addr.Module][]*config.Move, in addr.Instance) (addr.Instance, *config.Move) {
	steps := in.Module.Steps()
	within := addr.Root
	for i := 0; ; i++ {
		for _, m := range moves[within.Static()] {
			if to, ok := moveAlong(m, within, in); ok {
				return to, m
			}
		}
		if i == len(steps) {
			return in, nil
		}
		within = within.Child(steps[i].Name, steps[i].Key)
	}
}

// moveAlong returns the new address of an instance that a move is about. The move is one
// of the module instance within.
func moveAlong(m *config.Move, within addr.Module, in addr.Instance) (addr.Instance, bool) {
	from, to := m.From, m.To
	if from.Resource == (addr.Resource{}) {
		rest, ok := strings.CutPrefix(string(in.Module), string(join(within, from.Module)))
		switch {
		case !ok:
			return in, false
		case rest == "" || rest[0] == '.':
		case rest[0] == '[' && !strings.HasSuffix(string(to.Module), "]"): // its instances keep their keys
		default:
			return in, false
		}
		in.Module = join(within, to.Module) + addr.Module(rest)
		return in, true
	}
	here := from.Resource
	here.Module = join(within, here.Module)
	if in.Resource != here || from.HasKey && in.Key != from.Key || !from.HasKey && to.HasKey && in.Key != addr.NoKey {
		return in, false
	}
	there := to.Resource
	there.Module = join(within, there.Module)
	if from.HasKey || to.HasKey {
		return there.Instance(to.Key), true
	}
	return there.Instance(in.Key), true
}

func join(a, b addr.Module) addr.Module {
	if a == addr.Root || b == addr.Root {
		return a + b
	}
	return a + "." + b
}

// checkRemoved reports what a removed block says is gone, and is still declared.
func (p *planner) checkRemoved(m *config.Module, at addr.Module) {
	for _, r := range m.Removed {
		if p.declares(r.From, at) {
			p.report(diag.At(r.Range, "Removed block is still declared",
				"This says that %s has no block any more, but it has one. Delete that block, or this one.", r.From))
		}
	}
	for name, child := range m.Children {
		p.checkRemoved(child, at.Child(name, addr.NoKey))
	}
}

// declares tells whether the configuration has what an address names, as it stands in a
// module.
func (p *planner) declares(t addr.Target, within addr.Module) bool {
	if t.Resource != (addr.Resource{}) {
		r := t.Resource
		r.Module = join(within, r.Module)
		return p.blockOf(r) != nil
	}
	m := p.Config.Root
	for _, s := range join(within, t.Module).Steps() {
		if m = m.Children[s.Name]; m == nil {
			return false
		}
	}
	return true
}

// forgets tells whether a removed block says that a stored object, whose resource has no
// block any more, is to be forgotten and not destroyed.
func (p *planner) forgets(in addr.Instance) bool {
	steps := in.Module.Steps()
	module, within := p.Config.Root, addr.Root
	for i := 0; ; i++ {
		for _, r := range module.Removed {
			if !r.Destroy && covers(r.From, within.Static(), in) {
				return true
			}
		}
		if i == len(steps) {
			return false
		}
		if module = module.Children[steps[i].Name]; module == nil {
			return false
		}
		within = within.Child(steps[i].Name, steps[i].Key)
	}
}

// covers tells whether an address, as it stands in a module, is that of an instance or
// of a module around it.
func covers(t addr.Target, within addr.Module, in addr.Instance) bool {
	module := in.Module.Static()
	if t.Resource != (addr.Resource{}) {
		return module == join(within, t.Resource.Module) && in.Type == t.Resource.Type && in.Name == t.Resource.Name
	}
	rest, ok := strings.CutPrefix(string(module), string(join(within, t.Module)))
	return ok && (rest == "" || rest[0] == '.')
}
