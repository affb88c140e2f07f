package command

import (
	"context"
	"fmt"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/state"
)

// StateRm is `clockwork state rm`.
func StateRm(env *Env) cli.Command {
	var lock arguments.Lock
	var dryRun bool
	c := &base{
		env:      env,
		name:     "state rm",
		usage:    "[options] ADDRESS...",
		synopsis: "Forget something without touching it",
		about: `
Takes resources, instances or whole modules out of the state. What they stand
for is not touched: Clockwork only looks after it no more. If its block is still
in the configuration, the next plan wants to make it again.`,
		examples: []example{
			{"clockwork state rm file.motd", "Keep the file, but forget it"},
			{"clockwork state rm -dry-run module.web", "See what would be forgotten"},
		},
		least: 1, most: anyNumber,
		run: func(ctx context.Context, words []string) int {
			targets, ds := parseTargets(words)
			if ds.HasErrors() {
				return env.fail(ds)
			}
			return env.withProject(ctx, needs{state: true, lock: "state rm", lockTimeout: lock}, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				keys, ds := selectKeys(keysOf(p.store.State()), targets)
				if ds.HasErrors() {
					return exitError, ds
				}
				did := "Removed"
				if dryRun {
					did = "Would remove"
				} else if ds = p.commit(state.Change{Delete: keys}); ds.HasErrors() {
					return exitError, ds
				}
				for _, k := range keys {
					p.say(fmt.Sprintf("%s %s\n", did, k))
				}
				if !dryRun {
					p.say("What was removed is forgotten, but was not touched.\n")
				}
				return exitOK, ds
			})
		},
	}
	c.options.Bool(&dryRun, "dry-run", "Only say what would be removed.")
	lock.AddTo(&c.options)
	return c
}

// commit changes the state and saves it.
func (p *project) commit(c state.Change) diag.Diagnostics {
	err := p.store.Commit(c)
	if err == nil {
		err = p.store.Checkpoint()
	}
	return diag.FromError("Cannot save the state", err)
}
