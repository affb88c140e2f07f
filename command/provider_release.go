package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/index"
)

// ProviderRelease is `clockwork provider release`.
func ProviderRelease(env *Env) cli.Command {
	r := providerRelease{env: env, protocol: plugins.ProtocolVersion}
	c := &base{
		env:      env,
		name:     "provider release",
		usage:    "[options] SOURCE [PLATFORM=]EXECUTABLE...",
		synopsis: "Publish a version of a provider",
		about: `
Adds a version of a provider to a folder that any web server can serve: copies
the executables to where users' Clockwork looks for them, and signs the list of
them in its index. Serve the folder as it is, at

  https://HOST/.well-known/clockwork-providers/

for a source HOST/NAMESPACE/NAME; docs/provider-index.md describes what is in
it. It is a filesystem mirror too: clockwork init -plugin-dir=DIR reads it.

Executables that Go has built say themselves which platform they are for; write
PLATFORM= before others, as in linux_arm64=./acme. All platforms of a version
are released together, and never changed afterwards: what changes is a new
version.`,
		examples: []example{
			{"clockwork provider release -index=pub -key=k.pem -version=1.2.0 a/b dist/*", "All executables in dist"},
		},
		least: 2, most: anyNumber,
		check: r.check,
		run:   r.run,
	}
	c.options.String(&r.dir, "index", "DIR", "The folder to publish in. It is made if need be.")
	c.options.String(&r.key, "key", "FILE", "The key to sign with; clockwork provider key makes one.")
	c.options.String(&r.version, "version", "VERSION", "The version, as 1.2.3 or 1.2.3-beta.1.")
	c.options.Int(&r.protocol, "protocol", "NUMBER", 1, fmt.Sprintf("The protocol that the provider speaks. The default is %d.", plugins.ProtocolVersion))
	c.options.Bool(&r.newKey, "new-key", "Sign with another key than the versions before. Users must then be told the new key.")
	return c
}

type providerRelease struct {
	env               *Env
	dir, key, version string
	protocol          int
	newKey            bool
}

func (r *providerRelease) check() (ds diag.Diagnostics) {
	for _, o := range []struct{ name, value, example string }{
		{"index", r.dir, "public"}, {"key", r.key, "acme.pem"}, {"version", r.version, "1.2.3"},
	} {
		if o.value == "" {
			ds = append(ds, diag.Errorf("Option is missing", "clockwork provider release needs -%s, as in -%s=%s.", o.name, o.name, o.example)...)
		}
	}
	return ds
}

func (r *providerRelease) run(_ context.Context, words []string) int {
	p, ds := r.publication(words)
	if ds.HasErrors() {
		return r.env.fail(ds)
	}
	released, err := index.Folder(r.dir).Publish(p)
	switch {
	case errors.Is(err, index.ErrReleased):
		return r.env.fail(diag.Errorf("Version has been released",
			"%s has version %s of %s already, with other executables. Users' lock files may hold what they are, so they must not change. Release a new version.",
			r.dir, p.Version, p.Source))
	case errors.Is(err, index.ErrOtherKey):
		return r.env.fail(diag.Errorf("Another key",
			"The versions of %s in %s are signed with another key than that in %s. Users' Clockwork refuses a key that it does not know. "+
				"Use the key of before; if it is lost or has leaked, add -new-key, and tell users the new key, %s.",
			p.Source, r.dir, r.key, p.Key.Public()))
	case err != nil:
		return r.env.fail(diag.FromError("Cannot publish the version", err))
	}
	var w strings.Builder
	fmt.Fprintf(&w, "Released %s %s for %s, signed with the key\n%s\n", p.Source, released.Version, enumerate(released.Platforms()), released.Key)
	if p.Source.Host != "" {
		fmt.Fprintf(&w, "\nServe %s as https://%s/%s\n", r.dir, p.Source.Host, index.WellKnown)
	}
	r.env.term().Print(w.String())
	return r.env.done()
}

// publication makes sense of the command line.
func (r *providerRelease) publication(words []string) (p index.Publication, ds diag.Diagnostics) {
	p = index.Publication{Protocol: r.protocol, NewKey: r.newKey, Executables: map[string]string{}}
	var err error
	if p.Source, err = plugins.ParseSource(words[0]); err != nil {
		ds = append(ds, diag.FromError("Invalid provider source", err)...)
	} else if p.Source.Builtin() {
		ds = append(ds, diag.Errorf("Invalid provider source", "Providers in the namespace clockwork come with Clockwork. Publish %s under a name of your own.", p.Source)...)
	}
	if p.Version, err = index.ParseVersion(r.version); err != nil {
		ds = append(ds, diag.FromError("Invalid version", err)...)
	}
	if p.Key, err = index.ReadSigningKey(r.key); err != nil {
		ds = append(ds, diag.Errorf("Cannot read the key", "%s. clockwork provider key FILE makes one.", err)...)
	}
	for _, word := range words[1:] {
		platform, path, named := strings.Cut(word, "=")
		if !named || !plugins.ValidPlatform(platform) {
			path = word
			if platform, err = index.PlatformOf(word); err != nil {
				ds = append(ds, diag.Errorf("Platform is not known", "%s. Write the platform before it, as in linux_amd64=%s.", err, word)...)
				continue
			}
		}
		if other, twice := p.Executables[platform]; twice {
			ds = append(ds, diag.Errorf("Platform named twice", "Both %s and %s are for %s. A version has one executable for each platform.", other, path, platform)...)
		}
		p.Executables[platform] = path
	}
	return p, ds
}
