package command

import (
	"context"
	"fmt"
	"slices"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// StateMv is `clockwork state mv`.
func StateMv(env *Env) cli.Command {
	var lock arguments.Lock
	var dryRun bool
	c := &base{
		env:      env,
		name:     "state mv",
		usage:    "[options] FROM TO",
		synopsis: "Give something in the state another address",
		about: `
Gives a resource, an instance or a module another address in the state, so that
a block which was renamed or moved is not taken for a new one. Nothing real is
touched. Change the configuration to match: the next plan should then find
nothing to do.`,
		examples: []example{
			{"clockwork state mv file.motd file.welcome", "A block was renamed"},
			{"clockwork state mv file.page 'file.page[0]'", "It has count now"},
			{"clockwork state mv file.page module.site.file.page", "It moved into a module"},
			{`clockwork state mv module.web 'module.web["blog"]'`, "A module has for_each now"},
		},
		least: 2, most: 2,
		run: func(ctx context.Context, words []string) int {
			targets, ds := parseTargets(words)
			if ds.HasErrors() {
				return env.fail(ds)
			}
			return env.withProject(ctx, needs{state: true, lock: "state mv", lockTimeout: lock}, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				moves, change, ds := move(p.store.State(), targets[0], targets[1])
				if ds.HasErrors() {
					return exitError, ds
				}
				did := "Moved"
				if dryRun {
					did = "Would move"
				} else if ds = p.commit(change); ds.HasErrors() {
					return exitError, ds
				}
				for _, m := range moves {
					p.say(fmt.Sprintf("%s %s to %s\n", did, m[0], m[1]))
				}
				return exitOK, ds
			})
		},
	}
	c.options.Bool(&dryRun, "dry-run", "Only say what would be moved.")
	lock.AddTo(&c.options)
	return c
}

// move works out what a state becomes when everything at from has its address
// at to: each object's old and new key, and the change.
func move(st *state.State, from, to addr.Target) (moves [][2]state.ObjectKey, c state.Change, ds diag.Diagnostics) {
	if ds := movable(from, to); ds.HasErrors() {
		return nil, c, ds
	}
	keys := keysOf(st)
	c.Set = map[state.ObjectKey]*state.Object{}
	// Dependencies are on resources, with no keys in their module's path.
	left := map[addr.Resource]bool{}             // those that keep an instance
	renamed := map[addr.Resource]addr.Resource{} // where instances went
	for _, k := range keys {
		if !movesAlong(from, to, k.Instance) {
			left[plan.StaticResource(k.Instance.Resource)] = true
			continue
		}
		n := state.ObjectKey{Instance: addr.Moved(from, to, k.Instance), Deposed: k.Deposed}
		moves = append(moves, [2]state.ObjectKey{k, n})
		c.Delete = append(c.Delete, k)
		c.Set[n] = st.Objects[k]
		renamed[plan.StaticResource(k.Instance.Resource)] = plan.StaticResource(n.Instance.Resource)
	}
	if len(moves) == 0 {
		return nil, c, notInState(from.String(), keys)
	}
	going := map[state.ObjectKey]bool{}
	for _, m := range moves {
		going[m[0]] = true
	}
	for _, m := range moves {
		if st.Objects[m[1]] != nil && !going[m[1]] {
			ds = append(ds, diag.Errorf("Address is taken",
				"The state holds something else at the address %s. Move or remove that first.", m[1])...)
		}
	}
	if ds.HasErrors() {
		return nil, c, ds
	}
	for _, k := range keys {
		o := st.Objects[k]
		n := k
		if going[k] {
			n = state.ObjectKey{Instance: addr.Moved(from, to, k.Instance), Deposed: k.Deposed}
		}
		if depends, changed := renameAll(o.DependsOn, renamed, left); changed {
			copied := *o
			copied.DependsOn = depends
			c.Set[n] = &copied
		}
	}
	return moves, c, nil
}

// movable tells whether from can be moved to to at all.
func movable(from, to addr.Target) diag.Diagnostics {
	invalid := func(why string) diag.Diagnostics {
		return diag.Errorf("Cannot move there", "%s cannot be moved to %s: %s.", from, to, why)
	}
	module := addr.Resource{}
	switch {
	case from == to:
		return invalid("the two are the same")
	case (from.Resource == module) != (to.Resource == module):
		return invalid("the one is a module, the other a resource. Move a module to a module, or a resource to a resource")
	case from.Resource.Type != to.Resource.Type || from.Resource.Mode != to.Resource.Mode:
		return invalid("the two are of different types")
	}
	return nil
}

// movesAlong tells whether the instance in is one that moves.
func movesAlong(from, to addr.Target, in addr.Instance) bool {
	if from.Resource != (addr.Resource{}) && !from.HasKey && to.HasKey {
		return in == from.Resource.Instance(addr.NoKey)
	}
	return from.Contains(in)
}

// renameAll brings the addresses of resources that something depends on up to
// date. A resource of which instances are left where they were keeps its
// address beside the new one.
func renameAll(depends []string, renamed map[addr.Resource]addr.Resource, left map[addr.Resource]bool) ([]string, bool) {
	var out []string
	changed := false
	for _, d := range depends {
		t, err := addr.ParseTarget(d)
		to, ok := renamed[t.Resource]
		if err != nil || !ok || to == t.Resource {
			out = append(out, d)
			continue
		}
		changed = true
		if left[t.Resource] {
			out = append(out, d)
		}
		if name := to.String(); !slices.Contains(depends, name) {
			out = append(out, name)
		}
	}
	return out, changed
}
