package command

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/state"
)

// State is `clockwork state`, which only groups others.
func State(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "state",
		usage:    "COMMAND [options] [words]",
		synopsis: "Look at the state, or set it right by hand",
		about: `
The state is what Clockwork remembers of what it made. These commands show it,
and change it where it no longer says what is so.`,
		most: anyNumber,
		run: func(_ context.Context, words []string) int {
			if len(words) == 0 {
				return cli.RunResultHelp
			}
			return env.fail(diag.Errorf("Unknown command", "clockwork state has no command %q.%s Run clockwork state -help to see all of them.",
				words[0], diag.DidYouMean(words[0], []string{"list", "show", "mv", "rm"})))
		},
	}
}

// keysOf returns the keys of a state's objects in order.
func keysOf(st *state.State) []state.ObjectKey {
	return slices.SortedFunc(maps.Keys(st.Objects), func(a, b state.ObjectKey) int {
		if c := a.Instance.Compare(b.Instance); c != 0 {
			return c
		}
		return strings.Compare(a.Deposed, b.Deposed)
	})
}

// parseTargets reads addresses of a command line.
func parseTargets(words []string) (targets []addr.Target, ds diag.Diagnostics) {
	for _, word := range words {
		t, err := addr.ParseTarget(word)
		if err != nil {
			ds = append(ds, invalidAddress(err)...)
			continue
		}
		targets = append(targets, t)
	}
	return targets, ds
}

func invalidAddress(err error) diag.Diagnostics {
	return diag.Errorf("Invalid address", "%v. Write an address as clockwork state list prints it.", err)
}

// selectKeys returns those of keys that any of targets contains. A target that
// contains none is an error.
func selectKeys(keys []state.ObjectKey, targets []addr.Target) (selected []state.ObjectKey, ds diag.Diagnostics) {
	found := make([]bool, len(targets))
	for _, k := range keys {
		in := false
		for i, t := range targets {
			if t.Contains(k.Instance) {
				in, found[i] = true, true
			}
		}
		if in {
			selected = append(selected, k)
		}
	}
	for i, t := range targets {
		if !found[i] {
			ds = append(ds, notInState(t.String(), keys)...)
		}
	}
	return selected, ds
}

// noState warns where nothing was ever applied: that may be the wrong folder.
func (p *project) noState() diag.Diagnostics {
	if _, err := os.Stat(p.stateDir()); err == nil {
		return nil
	}
	return diag.Warningf("No state here", "Nothing was applied in %s. Run clockwork apply, go to the folder of your project, or name it with -chdir.", p.dir)
}

// notInState reports an address that names nothing in the state.
func notInState(address string, keys []state.ObjectKey) diag.Diagnostics {
	known := make([]string, len(keys))
	for i, k := range keys {
		known[i] = k.Instance.String()
	}
	return diag.Errorf("Not in the state", "The state holds nothing at the address %s.%s Run clockwork state list to see what it holds.",
		address, diag.DidYouMean(address, known))
}
