package command

import (
	"context"
	"fmt"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/state"
)

// ForceUnlock is `clockwork force-unlock`.
func ForceUnlock(env *Env) cli.Command {
	var force bool
	c := &base{
		env:      env,
		name:     "force-unlock",
		usage:    "[options] [ID]",
		synopsis: "Say who holds the lock, and clear what is left of one",
		about: `
A lock cannot be left behind: the kernel frees it with the process that holds
it, however that ends. So this never takes a lock away from a process that
runs. It says who holds it, or clears the note of somebody who was killed.
With an ID it does so only if that is the lock's.`,
		most: 1,
		run: func(ctx context.Context, words []string) int {
			return env.withProject(ctx, needs{}, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				id := ""
				if len(words) == 1 {
					id = words[0]
				}
				info, err := state.ForceUnlock(p.stateDir(), id)
				if err != nil {
					return exitError, diag.FromError("Cannot unlock the state", err)
				}
				if info.PID == 0 {
					p.say("Nobody holds the lock.\n")
				} else {
					p.say(fmt.Sprintf("Nobody holds the lock. It was last held by %s, which was killed.\n", printable(info.String())))
				}
				return exitOK, nil
			})
		},
	}
	c.options.Bool(&force, "force", "Accepted for the sake of scripts: nothing is asked anyway.")
	return c
}
