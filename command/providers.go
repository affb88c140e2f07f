package command

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
)

// Providers is `clockwork providers`.
func Providers(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "providers",
		usage:    "[lock|mirror|schema]",
		synopsis: "Show which providers the project needs",
		about: `
Prints which providers the modules of the project need, and which ones the state
needs beside those.`,
		run: func(ctx context.Context, _ []string) int {
			return env.withProject(ctx, needs{config: true, state: true}, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				var w strings.Builder
				w.WriteString("Providers required by configuration:\n.\n")
				tree := treeOf(env.term().OutStyle.Unicode)
				tree.module(&w, p.config.Root, "")
				var inState []string
				for _, source := range p.stateSources() {
					inState = append(inState, "provider["+source+"]")
				}
				if len(inState) > 0 {
					w.WriteString("\nProviders required by state:\n\n    " + strings.Join(inState, "\n    ") + "\n")
				}
				env.term().Print(w.String())
				return exitOK, nil
			})
		},
	}
}

// sourcesOf returns where the providers that a module itself uses come from,
// with the versions that it asks for.
func sourcesOf(m *config.Module) []string {
	found := map[string]bool{}
	add := func(ref config.ProviderRef) {
		if source, ok := m.ProviderSource(ref); ok {
			found[source] = true
		}
	}
	for _, all := range []map[string]*config.Resource{m.Resources, m.Data} {
		for _, r := range all {
			add(r.Provider)
		}
	}
	for _, p := range m.Providers {
		add(config.ProviderRef{Name: p.Name, Alias: p.Alias})
	}
	if m.Settings != nil {
		for _, r := range m.Settings.RequiredProviders {
			found[r.Source] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// constraintsOf returns which versions of a provider a module asks for.
func constraintsOf(m *config.Module, source string) (constraints []string) {
	if m.Settings == nil {
		return nil
	}
	for _, r := range m.Settings.RequiredProviders {
		if r.Source == source && len(r.Version) > 0 {
			constraints = append(constraints, r.Version.String())
		}
	}
	return constraints
}

// stateSources returns the providers of what is in the state.
func (p *project) stateSources() []string {
	found := map[string]bool{}
	for _, o := range p.store.State().Objects {
		found[o.Provider.Source] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// tree is the lines that a tree is drawn with.
type tree struct{ branch, last, down, nothing string }

func treeOf(unicode bool) tree {
	if unicode {
		return tree{"├── ", "└── ", "│   ", "    "}
	}
	return tree{"|-- ", "`-- ", "|   ", "    "}
}

// module draws the providers of a module, and the modules below it.
func (t tree) module(w *strings.Builder, m *config.Module, in string) {
	sources := sourcesOf(m)
	children := slices.Sorted(maps.Keys(m.Children))
	left := len(sources) + len(children)
	item := func(text string) (below string) {
		left--
		if left == 0 {
			w.WriteString(in + t.last + text + "\n")
			return in + t.nothing
		}
		w.WriteString(in + t.branch + text + "\n")
		return in + t.down
	}
	for _, source := range sources {
		item(strings.TrimSpace("provider[" + source + "] " + strings.Join(constraintsOf(m, source), ", ")))
	}
	for _, name := range children {
		t.module(w, m.Children[name], item("module."+name))
	}
}
