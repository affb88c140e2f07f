package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/install"
)

// ProvidersLock is `clockwork providers lock`.
func ProvidersLock(env *Env) cli.Command {
	var platforms, dirs []string
	c := &base{
		env:      env,
		name:     "providers lock",
		usage:    "[options]",
		synopsis: "Record hashes of providers for other platforms",
		about: `
Records in ` + plugins.LockFileName + ` what the executables of the project's providers
contain on other platforms, so that the project can be used there. Nothing is
downloaded: an index has the hashes, and so has a folder with the layout of a
mirror. The recorded versions stay as they are.

init does that by itself for a provider that it installs from an index.`,
		examples: []example{{"clockwork providers lock -platform=linux_arm64 -platform=darwin_arm64", "For two more platforms"}},
		run: func(ctx context.Context, _ []string) int {
			n := needs{config: true, providers: true, install: func(ctx context.Context, p *project) diag.Diagnostics {
				ds := p.installer(dirs, nil).Lock(ctx, p.locked, requirements(p.config.Root), install.Platforms(platforms))
				if ctx.Err() != nil || ds.HasErrors() {
					return ds
				}
				return append(ds, diag.FromError("Cannot record the providers", p.locked.Write())...)
			}}
			return env.withProject(ctx, n, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				var w strings.Builder
				if len(p.locked.Providers) == 0 {
					w.WriteString("The project uses no providers but those that come with Clockwork, which need no record.\n")
				}
				for _, source := range slices.Sorted(maps.Keys(p.locked.Providers)) {
					locked := p.locked.Providers[source]
					fmt.Fprintf(&w, "%s %s is recorded for %s.\n", source, locked.Version, enumerate(slices.Sorted(maps.Keys(locked.Hashes))))
				}
				p.say(w.String())
				return exitOK, nil
			})
		},
	}
	platformOption(c, &platforms)
	pluginDirs(c, &dirs)
	return c
}

// platformOption adds the option that names platforms.
func platformOption(c *base, platforms *[]string) {
	c.options.Func("platform", "OS_ARCH", "A platform, such as linux_arm64 or darwin_arm64. Can be given many times; the default is that of this machine.", func(v string) error {
		if !plugins.ValidPlatform(v) {
			return fmt.Errorf("it must be an operating system and a processor as Go names them, such as linux_arm64")
		}
		*platforms = append(*platforms, v)
		return nil
	})
}
