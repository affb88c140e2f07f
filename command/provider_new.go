package command

import (
	"cmp"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/command/scaffold"
	"github.com/clockwork-hcl/clockwork/diag"
)

// ProviderNew is `clockwork provider new`.
func ProviderNew(env *Env) cli.Command {
	var p scaffold.Provider
	c := &base{
		env:      env,
		name:     "provider new",
		usage:    "[options] NAME",
		synopsis: "Begin a provider",
		about: `
Writes the project of a provider in Go: code, tests, an example, a README and a
Makefile. It builds and passes its tests as it is. What it manages, notes in
text files, is there to be replaced by what the provider is for.

NAME begins the names of the provider's types, and of its executable,
clockwork-provider-NAME. Nothing is overwritten: the folder must be empty, or
not be there.`,
		examples: []example{
			{"clockwork provider new acme", "A provider acme, in clockwork-provider-acme"},
			{"clockwork provider new -dir=. -module=example.com/ada/acme acme", "In this folder, with the path of its Go module"},
		},
		least: 1, most: 1,
		run: func(ctx context.Context, words []string) int {
			p.Name = words[0]
			given := p.Dir != ""
			p.Dir = cmp.Or(p.Dir, scaffold.DefaultDir(p.Name))
			p.Module = cmp.Or(p.Module, scaffold.DefaultModule(p.Name))
			p.Go, _, _ = strings.Cut(strings.TrimPrefix(runtime.Version(), "go"), " ")
			p.Version = env.Version
			if ds := p.Check(); ds.HasErrors() {
				return env.fail(ds)
			}
			if ds := located(&p); ds.HasErrors() {
				return env.fail(ds)
			}
			names, ds := p.Write()
			if ds.HasErrors() {
				return env.fail(ds)
			}
			var w strings.Builder
			w.WriteString("Wrote the provider " + p.Name + " to " + p.Dir + ":\n\n")
			for _, name := range names {
				w.WriteString("  " + name + "\n")
			}
			env.term().Print(w.String())
			if p.Checkout == "" {
				ds = append(ds, requireAll(ctx, p)...)
				env.view(arguments.Output{}, nil).Diagnostics(ds)
			}
			w.Reset()
			w.WriteString("\nNext:\n\n")
			if !given || p.Dir != "." {
				w.WriteString("  cd " + p.Dir + "\n")
			}
			w.WriteString("  make test\n\nREADME.md in it says what is where.\n")
			env.term().Print(w.String())
			return env.done()
		},
	}
	c.options.String(&p.Dir, "dir", "DIR", "Write to this folder. The default is clockwork-provider-NAME.")
	c.options.String(&p.Module, "module", "PATH", "The path of the Go module. The default is example.com/you/clockwork-provider-NAME.")
	c.options.String(&p.Checkout, "clockwork-path", "DIR", "Build on the source of Clockwork in this folder, and not on the released version. A development version of Clockwork needs it.")
	return c
}

// located finds the Clockwork that a provider is to be built on.
func located(p *scaffold.Provider) diag.Diagnostics {
	if p.Checkout != "" {
		path, err := filepath.Abs(p.Checkout)
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		if err != nil {
			return diag.FromError("Cannot find Clockwork's source", err)
		}
		p.Checkout = path
		return nil
	}
	if v, err := version.NewVersion(p.Version); err == nil && v.Prerelease() == "" {
		return nil
	}
	return diag.Errorf("Development version", "This is Clockwork %s, which Go cannot download for the provider to be built on. "+
		"Name a folder with Clockwork's source with -clockwork-path, or use a release.", p.Version)
}

// requireAll adds to go.mod and go.sum what is needed to build and test, for which
// modules may have to be downloaded. (go mod tidy would want the modules for the
// tests of others as well.)
func requireAll(ctx context.Context, p scaffold.Provider) diag.Diagnostics {
	for _, args := range [][]string{{"get", "-t", "./..."}, {"get", p.Requirement()}} {
		line := "go " + strings.Join(args, " ")
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = p.Dir
		out, err := cmd.CombinedOutput()
		switch {
		case errors.Is(err, exec.ErrNotFound):
			return diag.Warningf("Go is not installed", "Install Go, and run go mod tidy in %s.", p.Dir)
		case err != nil:
			return diag.Warningf("Modules are missing", "%s says in %s:\n%s\nRun go mod tidy there once that is mended.", line, p.Dir, lastLines(string(out)))
		}
	}
	return nil
}

// lastLines is the end of what Go said, without what it did on the way there.
func lastLines(output string) string {
	const most = 10
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(output), "\n"), func(line string) bool {
		return strings.HasPrefix(line, "go: downloading ") || strings.HasPrefix(line, "go: finding ") || strings.HasPrefix(line, "go: found ")
	})
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}
