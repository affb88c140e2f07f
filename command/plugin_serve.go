package command

import (
	"context"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
)

// PluginServe is `clockwork plugin-serve`, with which the program starts itself
// again as one of its built-in providers. It is not for people.
func PluginServe(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     plugins.ServeCommand,
		usage:    "NAME",
		synopsis: "Serve a built-in provider (for Clockwork itself)",
		about: `
Serves the built-in provider NAME to the process that started this one. Clockwork
does so by itself when a project needs it.`,
		least: 1, most: 1,
		run: func(_ context.Context, words []string) int {
			create := env.Builtin[words[0]]
			if create == nil {
				return env.fail(diag.Errorf("Unknown provider", "There is no built-in provider %q.", words[0]))
			}
			if err := plugins.Serve(builtinPrefix+words[0], create()); err != nil {
				return env.fail(diag.FromError("Cannot serve the provider", err))
			}
			return exitOK
		},
	}
}
