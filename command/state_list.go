package command

import (
	"context"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
)

// StateList is `clockwork state list`.
func StateList(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "state list",
		usage:    "[ADDRESS...]",
		synopsis: "List what is in the state",
		about: `
Prints the address of everything in the state, one a line; or of what is in the
modules, or are instances of the resources, that are named.`,
		examples: []example{
			{"clockwork state list", "Everything"},
			{`clockwork state list 'module.web["blog"]'`, "What is in one instance of a module"},
		},
		most: anyNumber,
		run: func(ctx context.Context, words []string) int {
			targets, ds := parseTargets(words)
			if ds.HasErrors() {
				return env.fail(ds)
			}
			return env.withProject(ctx, needs{state: true}, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				keys := keysOf(p.store.State())
				var ds diag.Diagnostics
				if len(targets) > 0 {
					keys, ds = selectKeys(keys, targets)
				}
				env.term().Print(views.FormatAddresses(keys))
				return exitOK, append(ds, p.noState()...)
			})
		},
	}
}
