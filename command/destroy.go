package command

import (
	"context"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/arguments"
)

// Destroy is `clockwork destroy`.
func Destroy(env *Env) cli.Command {
	o := arguments.Planning{Destroy: true}
	var approved bool
	var link serviceLink
	c := &base{
		env:      env,
		name:     "destroy",
		usage:    "[options]",
		synopsis: "Remove everything that apply made",
		about: `
Shows what Clockwork made in this project, asks, and removes it. Nothing else is
touched. What has prevent_destroy set is refused, and nothing is removed then.

It is the same as clockwork apply -destroy.`,
		examples: []example{
			{"clockwork plan -destroy", "See first what would go"},
			{"clockwork destroy", "Ask, then remove everything"},
			{"clockwork destroy -target=module.web", "Remove one module, and what needs it"},
		},
		output: &o.Output,
		run:    func(ctx context.Context, _ []string) int { return env.applyNew(ctx, &o, link, approved) },
	}
	s := &c.options
	s.Bool(&approved, "auto-approve", "Do not ask.")
	link.addTo(s)
	o.AddTo(s)
	c.check = o.Check
	return c
}
