package sdktest

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/conformance"
	"github.com/clockwork-hcl/clockwork/plugins/plugintest"
	"github.com/clockwork-hcl/clockwork/plugins/sdk"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// Canary stands in every secret of a case: a text for a sensitive attribute
// contains it, as the variable secret does. Nothing that a provider says may.
const Canary = providertest.Canary

// Env is where a case lives: a project's folder, and a name that is unique in
// the run.
type Env = providertest.Env

// Suite says what to test, and how. Texts that stand for attributes are as they
// would be in a block of a configuration; they can refer to name and dir (see
// Env), secret, and env, the environment.
type Suite struct {
	// New makes a provider. It is called several times; all the providers live
	// in one world, the one that the cases look at and change.
	New func() *sdk.Provider

	// File is a file of cases, as clockwork provider test reads it. The cases
	// below come on top of those in it.
	File string

	// Settings are the provider's own, such as `url = "http://localhost"`. They
	// take the place of those in the file.
	Settings  string
	Resources []Resource
	Data      []Data
	Asserts   []Assert
	Upgrades  []Upgrade
}

// Resource is a type of resource to test. One may be tested in several ways,
// with a Name each.
type Resource struct {
	Type, Name string
	// New prepares one case. Each has objects of its own, made unique by env.
	New func(t testing.TB, env Env) Case
}

// Case is one object, and what can happen to it. Only Config is needed; a test
// that needs a field that is not set is skipped.
type Case struct {
	// Config is valid. Update says what differs from it so that the object
	// changes in place, Replace so that it must be replaced.
	Config, Update, Replace string
	// Invalid are what differs in configurations that are refused.
	Invalid []Invalid

	// Exists looks whether the object of Config is in the world.
	Exists func(t testing.TB) bool
	// Drift changes by hand something that Config sets, Remove removes the
	// object.
	Drift, Remove func(t testing.TB)
	// Started names the run that the object is in: another one after a restart.
	Started func(t testing.TB) string
	// Foreign puts something into the world that stands in the way of Config,
	// and is not quite as Config says. intact tells whether it is there as it
	// was.
	Foreign func(t testing.TB) (intact func() bool)
	// Slow makes what the provider does to the object take for ever, until the
	// function it returns is called.
	Slow func(t testing.TB) (undo func())

	// ImportID is what the object is imported by.
	ImportID string
}

// Invalid is what makes a configuration invalid.
type Invalid struct {
	Path   string // of the attribute at fault; "" means that any will do
	Config string // what differs from a valid one
}

// Data is a data source to test.
type Data struct {
	Type, Name string
	New        func(t testing.TB, env Env) DataCase
}

// DataCase is one reading of a data source.
type DataCase struct {
	Config string
	// Want is what is read; what it does not name may be anything.
	Want string
	// Missing says what differs in a configuration that names what does not
	// exist.
	Missing string
}

// Assert is a type of assert to test, on an object of a Resource.
type Assert struct {
	Type, Name string
	Resource   string // the Name, or Type, of a Resource, or of one in the file
	Config     string // passes as long as nothing is broken
	// Break makes it fail; nil means the resource's Remove.
	Break func(t testing.TB, env Env)
}

// Upgrade is a stored object of an older version, in JSON, and what becomes of
// it.
type Upgrade struct {
	Type        string
	Version     int
	State, Want string
}

// Run runs the conformance suite twice: on the provider in this process, and
// over gRPC as Clockwork speaks with it.
func Run(t *testing.T, s Suite) {
	t.Helper()
	if err := s.New().Problems(); err != nil {
		t.Fatalf("there are mistakes in the provider's declarations:\n%v", err)
	}
	t.Run("in_process", func(t *testing.T) {
		providertest.Run(t, s.config(t, func(testing.TB) providers.Provider { return s.New() }))
	})
	t.Run("grpc", func(t *testing.T) {
		providertest.Run(t, s.config(t, func(t testing.TB) providers.Provider { return plugintest.OverGRPC(t, "provider", s.New()) }))
	})
}

// config makes of the suite what providertest is told.
func (s Suite) config(t *testing.T, create func(testing.TB) providers.Provider) providertest.Config {
	t.Helper()
	schema, err := s.New().Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cfg := providertest.Config{Project: providers.Project{Name: "sdktest", Dir: t.TempDir()}}
	if s.File != "" {
		f, ds := conformance.Load(s.File)
		if !ds.HasErrors() {
			cfg, ds = f.Config(schema, cfg.Project)
		}
		if ds.HasErrors() {
			t.Fatal(ds)
		}
	}
	cfg.New = create
	if s.Settings != "" {
		cfg.Provider = attrs(t, schema.Provider, nil, s.Settings, Env{Project: cfg.Project, Name: "sdktest"})
	}
	for _, r := range s.Resources {
		rt := schema.Resources[r.Type]
		if rt == nil {
			t.Fatalf("the provider has no resource type %q", r.Type)
		}
		cfg.Resources = append(cfg.Resources, providertest.Resource{Type: r.Type, Name: r.Name,
			New: func(t testing.TB, env Env) providertest.Case {
				t.Helper()
				return r.New(t, env).translate(t, &rt.Object, env)
			}})
	}
	for _, d := range s.Data {
		dt := schema.Data[d.Type]
		if dt == nil {
			t.Fatalf("the provider has no data source %q", d.Type)
		}
		cfg.Data = append(cfg.Data, providertest.Data{Type: d.Type, Name: d.Name,
			New: func(t testing.TB, env Env) providertest.DataCase {
				t.Helper()
				return d.New(t, env).translate(t, &dt.Object, env)
			}})
	}
	for _, a := range s.Asserts {
		at := schema.Asserts[a.Type]
		if at == nil {
			t.Fatalf("the provider has no assert %q", a.Type)
		}
		cfg.Asserts = append(cfg.Asserts, a.translate(t, &at.Object))
	}
	for _, u := range s.Upgrades {
		rt := schema.Resources[u.Type]
		if rt == nil {
			t.Fatalf("the provider has no resource type %q", u.Type)
		}
		want, err := conformance.Expected(&rt.Object, u.Want, Env{Project: cfg.Project, Name: "sdktest"})
		if err != nil {
			t.Fatal(err)
		}
		cfg.Upgrades = append(cfg.Upgrades, providertest.Upgrade{Type: u.Type, Version: u.Version, State: u.State, Want: want})
	}
	return cfg
}

// attrs reads what differs from base, or all where base is nil.
func attrs(t testing.TB, obj *providers.Object, base providertest.Attrs, text string, env Env) providertest.Attrs {
	t.Helper()
	var got providertest.Attrs
	var err error
	if base == nil {
		got, err = conformance.Attrs(obj, text, env)
	} else {
		got, err = conformance.AttrsOver(obj, base, text, env)
	}
	if err != nil {
		t.Fatalf("this is not right:\n%s\n%v", text, err)
	}
	return got
}

func (c Case) translate(t testing.TB, obj *providers.Object, env Env) providertest.Case {
	t.Helper()
	out := providertest.Case{
		Config: attrs(t, obj, nil, c.Config, env),
		Exists: c.Exists, Drift: c.Drift, Remove: c.Remove, Started: c.Started, Foreign: c.Foreign, Slow: c.Slow, ImportID: c.ImportID,
	}
	if c.Update != "" {
		out.Update = attrs(t, obj, out.Config, c.Update, env)
	}
	if c.Replace != "" {
		out.Replace = attrs(t, obj, out.Config, c.Replace, env)
	}
	for _, bad := range c.Invalid {
		one := providertest.Invalid{Name: bad.Path, Config: attrs(t, obj, out.Config, bad.Config, env)}
		if one.Name == "" {
			one.Name = "invalid"
		} else {
			var err error
			if one.Path, err = conformance.Path(bad.Path); err != nil {
				t.Fatal(err)
			}
		}
		out.Invalid = append(out.Invalid, one)
	}
	return out
}

func (c DataCase) translate(t testing.TB, obj *providers.Object, env Env) providertest.DataCase {
	t.Helper()
	out := providertest.DataCase{Config: attrs(t, obj, nil, c.Config, env)}
	if c.Missing != "" {
		out.Missing = attrs(t, obj, out.Config, c.Missing, env)
	}
	if c.Want != "" {
		want, err := conformance.Expected(obj, c.Want, env)
		if err != nil {
			t.Fatal(err)
		}
		out.Want = want
	}
	return out
}

func (a Assert) translate(t testing.TB, obj *providers.Object) providertest.Assert {
	out := providertest.Assert{Type: a.Type, Name: a.Name, Resource: a.Resource,
		Config: func(c providertest.Case) providertest.Attrs {
			if a.Config == "" {
				return providertest.Attrs{}
			}
			return attrs(t, obj, nil, a.Config, c.Env)
		}}
	if a.Break != nil {
		out.Break = func(t testing.TB, c providertest.Case) { t.Helper(); a.Break(t, c.Env) }
	}
	return out
}
