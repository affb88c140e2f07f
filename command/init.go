package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/install"
)

// Init is `clockwork init`.
func Init(env *Env) cli.Command {
	input := true
	lockfile := ""
	var i installing
	var output arguments.Output
	c := &base{
		env:      env,
		name:     "init",
		usage:    "[options]",
		synopsis: "Prepare a project for use",
		about: `
Checks which providers the project needs, installs those that do not come with
Clockwork, and writes ` + plugins.LockFileName + `, which records their versions and what
their executables contain. Keep that file with the project.

A provider of somebody else's is looked for as clockwork-provider-NAME in
.clockwork/plugins of the project and of the home folder, and in the folders
named in CW_PLUGIN_DIR. One that is in none of them is downloaded from the host
that its source names. docs/installing-providers.md tells of mirrors, keys and
the CLI configuration.

Other commands need no init as long as everything is there. They never use the
network for providers.`,
		examples: []example{
			{"clockwork init", "Install what the project needs"},
			{"clockwork init -upgrade", "Use the newest versions that the constraints allow"},
			{"clockwork init -lockfile=readonly", "For CI: only what the lock file has"},
			{"clockwork init -plugin-dir=/mnt/providers", "Install from a folder, without a network"},
		},
		output: &output,
		run: func(ctx context.Context, _ []string) int {
			i.readonly = lockfile == "readonly"
			if !output.JSON {
				i.progress = views.NewDownload(env.term())
			}
			n := needs{output: output, config: true, providers: true, install: i.install}
			return env.withProject(ctx, n, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				if j, ok := p.view.(*views.JSON); ok {
					j.Initialised(p.providers(i.installed))
					return exitOK, nil
				}
				p.say(p.initialised(i.installed))
				return exitOK, nil
			})
		},
	}
	c.options.Bool(&input, "input", "Accepted for the sake of scripts: nothing is asked anyway.")
	c.options.Bool(&output.JSON, "json", "Print JSON, one message a line, for programs to read.")
	c.options.Enum(&lockfile, "lockfile", []string{"readonly"}, "With readonly, fail if "+plugins.LockFileName+" would have to change, and leave it as it is.")
	pluginDirs(c, &i.dirs)
	c.options.Bool(&i.upgrade, "upgrade", "Choose the newest versions that are allowed, and trust the executables that are there now.")
	c.check = func() diag.Diagnostics {
		if i.upgrade && lockfile == "readonly" {
			return diag.Errorf("Options that contradict each other",
				"-upgrade and -lockfile=readonly cannot be used together: the one changes the lock file, the other forbids it. Leave one of them out.")
		}
		return nil
	}
	return c
}

// pluginDirs adds the option that names folders with providers.
func pluginDirs(c *base, dirs *[]string) {
	c.options.Func("plugin-dir", "DIR", "Look for providers in this folder, and nowhere else. Can be given many times.", func(v string) error {
		if v == "" {
			return errors.New("it must not be empty")
		}
		dir, err := filepath.Abs(v)
		*dirs = append(*dirs, dir)
		return err
	})
}

// providers returns what there is to say of the providers that a project uses.
func (p *project) providers(installed []install.Installed) []views.InstalledProvider {
	var all []views.InstalledProvider
	for _, r := range requirements(p.config.Root) {
		one := views.InstalledProvider{Source: r.Source, Builtin: isBuiltin(r.Source)}
		if _, ok := p.places.Overrides[r.Source]; ok {
			one.Overridden = true
		} else if !one.Builtin {
			locked := p.locked.Providers[r.Source]
			one.Version, one.SigningKey = locked.Version, locked.SigningKey
		}
		for _, in := range installed {
			if in.Source == r.Source {
				one.From, one.FirstUse = in.From, in.FirstUse
			}
		}
		all = append(all, one)
	}
	return all
}

// initialised says what a project uses.
func (p *project) initialised(installed []install.Installed) string {
	var w strings.Builder
	var firsts []views.InstalledProvider
	if all := p.providers(installed); len(all) > 0 {
		w.WriteString("Providers:\n\n")
		rows := make([][2]string, len(all))
		for i, one := range all {
			what := "version " + one.Version
			switch {
			case one.Builtin:
				what = "comes with Clockwork"
			case one.Overridden:
				what = "development override"
			case strings.HasPrefix(one.From, "https://"):
				what += ", installed"
			}
			rows[i] = [2]string{one.Source, what}
			if one.FirstUse {
				firsts = append(firsts, one)
			}
		}
		columns(&w, rows)
		w.WriteByte('\n')
	}
	if len(firsts) > 0 {
		w.WriteString("These keys of publishers are new here, and are trusted from now on:\n\n")
		rows := make([][2]string, len(firsts))
		for i, one := range firsts {
			rows[i] = [2]string{one.Source, one.SigningKey}
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
