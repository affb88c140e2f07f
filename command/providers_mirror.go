package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins/index"
	"github.com/clockwork-hcl/clockwork/plugins/install"
)

// ProvidersMirror is `clockwork providers mirror`.
func ProvidersMirror(env *Env) cli.Command {
	var platforms, dirs []string
	c := &base{
		env:      env,
		name:     "providers mirror",
		usage:    "[options] DIR",
		synopsis: "Copy the project's providers into a folder",
		about: `
Copies the executables of the providers that the project uses, in the versions
that its lock file has, into a folder. Others install from that folder, with
clockwork init -plugin-dir=DIR or a filesystem_mirror in their CLI
configuration, or from a web server that serves it, as a network_mirror. What is
in the folder already stays, so that one folder can be for many projects.

Publishers' signatures are kept. A provider that nobody has signed can only be
read as a folder.`,
		examples: []example{{"clockwork providers mirror -platform=linux_amd64 /mnt/providers", "For machines without a network"}},
		least:    1, most: 1,
		run: func(ctx context.Context, words []string) int {
			var all []install.Mirrored
			n := needs{config: true, providers: true, install: func(ctx context.Context, p *project) (ds diag.Diagnostics) {
				all, ds = p.installer(dirs, views.NewDownload(env.term())).
					Mirror(ctx, p.locked, requirements(p.config.Root), install.Platforms(platforms), index.Folder(words[0]))
				return ds
			}}
			return env.withProject(ctx, n, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				var w strings.Builder
				if len(all) == 0 {
					w.WriteString("The project uses no providers but those that come with Clockwork, which need no mirror.\n")
				}
				var ds diag.Diagnostics
				for _, m := range all {
					fmt.Fprintf(&w, "%s %s was copied for %s.\n", m.Source, m.Version, enumerate(m.Platforms))
					if m.Unsigned {
						ds = append(ds, diag.Warningf("Provider without a signature",
							"Nobody has signed %s %s, so the mirror's index does not list it: it can be installed from the folder, but not from a web server. "+
								"clockwork provider release signs and lists it.", m.Source, m.Version)...)
					}
				}
				p.say(w.String())
				return exitOK, ds
			})
		},
	}
	platformOption(c, &platforms)
	pluginDirs(c, &dirs)
	return c
}
