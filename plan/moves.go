package plan

import (
	"slices"
	"strings"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/state"
)

// moves is what moved and removed blocks of all modules say.
type moves struct {
	blocks  map[addr.Module][]*config.Move // by the module that they stand in
	removed []removal
	modules map[addr.Module]bool // all that there are

	// Where stored objects are to live: old addresses by the new ones, and new ones by
	// the old.
	from, to map[state.ObjectKey]state.ObjectKey
}

// removal is a removed block.
type removal struct {
	*config.Removal
	target addr.Target // From, as seen from the root
}

func readMoves(root *config.Module) moves {
	m := moves{blocks: map[addr.Module][]*config.Move{}, modules: map[addr.Module]bool{},
		from: map[state.ObjectKey]state.ObjectKey{}, to: map[state.ObjectKey]state.ObjectKey{}}
	m.read(root)
	return m
}

func (m *moves) read(module *config.Module) {
	at := StaticModule(module)
	m.modules[at] = true
	if len(module.Moved) > 0 {
		m.blocks[at] = module.Moved
	}
	for _, r := range module.Removed {
		m.removed = append(m.removed, removal{r, r.From.Within(at)})
	}
	for _, child := range module.Children {
		m.read(child)
	}
}

// relocate follows the moved blocks of all modules from where each stored object is to
// where it is to be. What would end where something is already stays.
func (p *planner) relocate() {
	if len(p.moves.blocks) == 0 {
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
		to, last, round := p.moves.follow(key.Instance)
		if last == nil {
			continue
		}
		if round {
			p.report(diag.At(last.Range, "Moves go in a circle",
				"By its moved blocks %s would move for ever. Remove the moved block that does not hold any more.", key.Instance).WithAddress(key.Instance.String()))
			continue
		}
		end := state.ObjectKey{Instance: to}
		if _, taken := p.moves.from[end]; taken || p.State.Objects[end] != nil {
			p.report(diag.WarningAt(last.Range, "Address is taken",
				"%s cannot move to %s, where there is something else in the state. Nothing is moved, and it is destroyed if it has no block of its own. Move or remove one of the two with `clockwork state mv` or `clockwork state rm`, or remove the moved block.",
				key.Instance, to).WithAddress(key.Instance.String()))
			continue
		}
		p.moves.from[end], p.moves.to[key] = key, end
	}
}

// follow returns where an instance ends, and the last move on the way, nil when there
// is none. round says that it came by a place again.
func (m *moves) follow(in addr.Instance) (end addr.Instance, last *config.Move, round bool) {
	seen := []addr.Instance{in}
	for {
		next, made := m.step(in)
		if made == nil {
			return in, last, false
		}
		if last = made; slices.Contains(seen, next) {
			return next, last, true
		}
		seen, in = append(seen, next), next
	}
}

// step makes the first move that is about an instance. Those of a module are about each
// of its instances.
func (m *moves) step(in addr.Instance) (addr.Instance, *config.Move) {
	steps := in.Module.Steps()
	within := addr.Root
	for i := 0; ; i++ {
		for _, move := range m.blocks[within.Static()] {
			if to, ok := moveAlong(move.From.Within(within), move.To.Within(within), in); ok {
				return to, move
			}
		}
		if i == len(steps) {
			return in, nil
		}
		within = within.Child(steps[i].Name, steps[i].Key)
	}
}

// moveAlong returns the new address of an instance, if it moves from one address to the
// other. The instances of a module keep their keys, unless one of them is named.
func moveAlong(from, to addr.Target, in addr.Instance) (addr.Instance, bool) {
	if from.Resource == (addr.Resource{}) {
		if !from.Contains(in) || strings.HasPrefix(string(in.Module[len(from.Module):]), "[") && strings.HasSuffix(string(to.Module), "]") {
			return in, false
		}
	} else if in.Resource != from.Resource || from.HasKey && in.Key != from.Key || !from.HasKey && to.HasKey && in.Key != addr.NoKey {
		return in, false
	}
	return addr.Moved(from, to, in), true
}

// checkRemoved reports what a removed block says is gone, and is still declared.
func (p *planner) checkRemoved() {
	for _, r := range p.moves.removed {
		if p.blockOf(r.target.Resource) != nil || r.target.Resource == (addr.Resource{}) && p.moves.modules[r.target.Module] {
			p.report(diag.At(r.Range, "Removed block is still declared",
				"This says that %s has no block any more, but it has one. Delete that block, or this one.", r.From))
		}
	}
}

// forgets tells whether a removed block says that a stored object, whose resource has no
// block any more, is to be forgotten and not destroyed.
func (m *moves) forgets(in addr.Instance) bool {
	in.Module = in.Module.Static()
	return slices.ContainsFunc(m.removed, func(r removal) bool { return !r.Destroy && r.target.Contains(in) })
}
