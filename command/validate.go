package command

import (
	"context"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
)

// Validate is `clockwork validate`.
func Validate(env *Env) cli.Command {
	var asJSON bool
	c := &base{
		env:      env,
		name:     "validate",
		usage:    "[options]",
		synopsis: "Check the configuration",
		about: `
Checks the configuration for everything that can be wrong with it without values
for its variables: its syntax, names, types, references and cycles, in its modules
too. Neither the state nor anything real is looked at. All mistakes are
reported, not the first.`,
		examples: []example{
			{"clockwork validate", "Check the project"},
			{"clockwork validate -json", "For an editor or CI"},
		},
		run: func(ctx context.Context, _ []string) int {
			return env.validate(ctx, asJSON)
		},
	}
	c.options.Bool(&asJSON, "json", "Print one JSON document, for programs to read.")
	return c
}

func (e *Env) validate(ctx context.Context, asJSON bool) int {
	// What is wrong is this command's result: with -json it belongs in the
	// document.
	n := needs{config: true, providers: true, faulty: true}
	return e.withProject(ctx, n, func(ctx context.Context, p *project) (int, diag.Diagnostics) {
		ds := p.problems
		p.problems = nil // they are part of what is shown here
		if p.config != nil {
			ds = p.faults(ctx, ds)
		}
		code := exitOK
		if ds.HasErrors() {
			code = exitError
		}
		if asJSON {
			err := views.WriteValidateJSON(e.term().Out(), ds.Sorted(), p.sources())
			return code, diag.FromError("Cannot print the result", err)
		}
		switch {
		case ds.HasErrors():
		case len(ds) > 0:
			p.say("Success! The configuration is valid, but see the warnings.\n")
		default:
			p.say("Success! The configuration is valid.\n")
		}
		return code, ds
	})
}
