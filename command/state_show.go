package command

import (
	"context"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
)

// StateShow is `clockwork state show`.
func StateShow(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "state show",
		usage:    "ADDRESS",
		synopsis: "Show one thing in the state",
		about: `
Prints what Clockwork remembers of one resource instance: all of its
attributes, the secret ones without their values.`,
		examples: []example{
			{"clockwork state show file.motd", "A resource"},
			{`clockwork state show 'file.part["a"]'`, "One instance of several"},
		},
		least: 1, most: 1,
		run: func(ctx context.Context, words []string) int {
			in, err := addr.ParseInstance(words[0])
			if err != nil {
				return env.fail(invalidAddress(err))
			}
			return env.withProject(ctx, needs{state: true, providers: true}, func(ctx context.Context, p *project) (int, diag.Diagnostics) {
				st := p.store.State()
				shown := false
				for _, k := range keysOf(st) {
					if k.Instance != in {
						continue
					}
					shown = true
					if err := views.WriteObject(env.term().Out(), k, st.Objects[k], p.schemas(ctx), env.term().OutStyle); err != nil {
						return exitError, diag.FromError("Cannot show the object", err)
					}
				}
				if !shown {
					return exitError, notInState(in.String(), keysOf(st))
				}
				return exitOK, nil
			})
		},
	}
}
