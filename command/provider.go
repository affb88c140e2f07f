package command

import (
	"context"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Provider is `clockwork provider`, which only groups others.
func Provider(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "provider",
		usage:    "COMMAND [options]",
		synopsis: "Write, test and publish providers of one's own",
		about: `
These commands are for those who write a provider. docs/writing-a-provider.md is
the guide. What a project uses is shown by clockwork providers.`,
		most: anyNumber,
		run: func(_ context.Context, words []string) int {
			if len(words) == 0 {
				return cli.RunResultHelp
			}
			return env.fail(diag.Errorf("Unknown command", "clockwork provider has no command %q.%s Run clockwork provider -help to see all of them; "+
				"what a project uses is shown by clockwork providers.",
				words[0], diag.DidYouMean(words[0], []string{"docs", "key", "new", "release", "test"})))
		},
	}
}
