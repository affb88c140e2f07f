package command

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2/maybe"
	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/reference"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/providers"
)

// ProviderDocs is `clockwork provider docs`.
func ProviderDocs(env *Env) cli.Command {
	d := providerDocs{env: env}
	c := &base{
		env:      env,
		name:     "provider docs",
		usage:    "[options] [EXECUTABLE|NAME...]",
		synopsis: "Write the reference of providers",
		about: `
Prints the reference of providers, in Markdown, from what they say of
themselves: of the executable of a provider, of a built-in one by its name, or
without any of all that the project in this folder uses.

With -o it writes DIR/NAME.md for each. In such a page, everything above the
line that says so is kept, so that a page can begin with what people wrote.`,
		examples: []example{
			{"clockwork provider docs file", "The reference of a built-in provider"},
			{"clockwork provider docs -o=docs ./clockwork-provider-acme", "Write docs/acme.md"},
		},
		most: anyNumber,
		run:  d.run,
	}
	c.options.String(&d.dir, "o", "DIR", "Write files into this folder.")
	return c
}

type providerDocs struct {
	env *Env
	dir string
}

func (d *providerDocs) run(ctx context.Context, words []string) int {
	if len(words) == 0 {
		return d.env.withProject(ctx, needs{config: true, state: true, providers: true}, func(ctx context.Context, p *project) (int, diag.Diagnostics) {
			for _, source := range p.neededProviders() {
				schema, err := p.plugins.Schema(ctx, source)
				if err != nil {
					return exitError, diag.FromError("Cannot get the schema of "+source, err)
				}
				if ds := d.write(source[strings.LastIndexByte(source, '/')+1:], schema); ds.HasErrors() {
					return exitError, ds
				}
			}
			return exitOK, nil
		})
	}
	ctx, signals := listen(ctx, d.env.Streams.Stderr, func() { os.Exit(exitInterrupted) })
	defer signals.close()
	for _, word := range words {
		name, schema, ds := d.schema(ctx, word)
		if !ds.HasErrors() {
			ds = d.write(name, schema)
		}
		if ds.HasErrors() {
			return d.env.fail(ds)
		}
	}
	return d.env.done()
}

// schema gets the schema of what a user has named, and what it is called.
func (d *providerDocs) schema(ctx context.Context, word string) (string, *providers.Schema, diag.Diagnostics) {
	if create := d.env.Builtin[word]; create != nil {
		p := create()
		schema, err := p.Schema(ctx)
		if err = errors.Join(err, p.Close()); err != nil {
			return "", nil, diag.FromError("Cannot get the schema of "+word, err)
		}
		filled := *schema
		filled.Capabilities = providers.CapabilitiesOf(p)
		return word, &filled, nil
	}
	program, ds := d.env.executableAt(word)
	if ds.HasErrors() {
		if !strings.ContainsRune(word, filepath.Separator) {
			ds[0].Detail += " The built-in providers are " + strings.Join(slices.Sorted(maps.Keys(d.env.Builtin)), ", ") + "." +
				diag.DidYouMean(word, slices.Sorted(maps.Keys(d.env.Builtin)))
		}
		return "", nil, ds
	}
	p, err := program.Start(ctx)
	if err != nil {
		return "", nil, diag.FromError("Provider cannot be started", err)
	}
	defer p.Close()
	schema, err := p.Schema(ctx)
	return plugins.ProviderName(program.Path), schema, diag.FromError("Provider has no schema", err)
}

// write prints the page of a provider, or writes it to its file.
func (d *providerDocs) write(name string, schema *providers.Schema) diag.Diagnostics {
	if d.dir == "" {
		page, err := reference.Page(name, schema, "")
		d.env.term().Print(page)
		return diag.FromError("Cannot write the reference", err)
	}
	path := filepath.Join(d.dir, name+".md")
	before, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.MkdirAll(d.dir, 0o755)
	}
	if err != nil {
		return diag.FromError("Cannot write the reference", err)
	}
	page, err := reference.Page(name, schema, string(before))
	if err != nil {
		return diag.Errorf("Page was not made", "%s: %s.", path, err)
	}
	if page == string(before) {
		d.env.term().Print(path + " is up to date.\n")
		return nil
	}
	if err := maybe.WriteFile(path, []byte(page), 0o644); err != nil {
		return diag.FromError("Cannot write the reference", err)
	}
	d.env.term().Print("Wrote " + path + ".\n")
	return nil
}
