package command

import (
	"context"
	"maps"
	"slices"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// ProvidersSchema is `clockwork providers schema`.
func ProvidersSchema(env *Env) cli.Command {
	var asJSON bool
	c := &base{
		env:      env,
		name:     "providers schema",
		usage:    "-json",
		synopsis: "Print what the project's providers can do",
		about: `
Prints the types of resources, data sources and asserts of the providers that
the project needs, with all of their attributes, as one JSON document.`,
		check: func() diag.Diagnostics {
			if !asJSON {
				return diag.Errorf("Option is missing", "Schemas are printed as JSON only. Write clockwork providers schema -json.")
			}
			return nil
		},
		run: func(ctx context.Context, _ []string) int {
			return env.withProject(ctx, needs{config: true, state: true, providers: true}, func(ctx context.Context, p *project) (int, diag.Diagnostics) {
				schemas := map[string]*providers.Schema{}
				for _, source := range p.neededProviders() {
					s, err := p.plugins.Schema(ctx, source)
					if err != nil {
						return exitError, diag.FromError("Cannot get the schema of "+source, err)
					}
					schemas[source] = s
				}
				return exitOK, diag.FromError("Cannot print the schemas", views.WriteSchemasJSON(env.term().Out(), schemas))
			})
		},
	}
	c.options.Bool(&asJSON, "json", "Print JSON. There is no other form.")
	return c
}

// neededProviders returns all providers that the project needs.
func (p *project) neededProviders() []string {
	found := map[string]bool{}
	for _, s := range p.stateSources() {
		found[s] = true
	}
	for _, r := range requirements(p.config.Root) {
		found[r.Source] = true
	}
	return slices.Sorted(maps.Keys(found))
}
