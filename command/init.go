package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
)

// Init is `clockwork init`.
func Init(env *Env) cli.Command {
	upgrade, input := false, true
	c := &base{
		env:      env,
		name:     "init",
		usage:    "[options]",
		synopsis: "Prepare a project for use",
		about: `
Checks which providers the project needs, and writes ` + plugins.LockFileName + `, which
records those that do not come with Clockwork: their versions, and what their
executables contain. Keep that file with the project.

Other commands do the same by themselves as long as everything is there, so
init is needed only to see what is used, or with -upgrade to change it.

A provider of somebody else's is an executable clockwork-provider-NAME in
.clockwork/plugins of the project or of the home folder, or in one of the
folders named in CW_PLUGIN_DIR.`,
		examples: []example{
			{"clockwork init", "Check that everything is there"},
			{"clockwork init -upgrade", "Use the newest versions that the constraints allow"},
		},
		run: func(ctx context.Context, _ []string) int {
			n := needs{config: true, providers: true, upgrade: upgrade}
			return env.withProject(ctx, n, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				if err := p.locked.Create(); err != nil {
					return exitError, diag.FromError("Cannot record the providers", err)
				}
				p.say(p.initialised())
				return exitOK, nil
			})
		},
	}
	c.options.Bool(&input, "input", "Accepted for the sake of scripts: nothing is asked anyway.")
	c.options.Bool(&upgrade, "upgrade", "Choose the newest versions that are allowed, and trust the executables that are there now.")
	return c
}

// initialised says what a project uses.
func (p *project) initialised() string {
	var w strings.Builder
	if reqs := requirements(p.config.Root); len(reqs) > 0 {
		w.WriteString("Providers:\n\n")
		rows := make([][2]string, len(reqs))
		for i, r := range reqs {
			what := "comes with Clockwork"
			if !isBuiltin(r.Source) {
				what = "version " + p.locked.Providers[r.Source].Version
			}
			rows[i] = [2]string{r.Source, what}
		}
		columns(&w, rows)
		w.WriteByte('\n')
	}
	if len(p.locked.Providers) > 0 {
		fmt.Fprintf(&w, "They are recorded in %s. Keep that file with the project.\n\n", plugins.LockFileName)
	}
	w.WriteString("The project is ready. Run clockwork plan to see what apply would do.\n")
	return w.String()
}
