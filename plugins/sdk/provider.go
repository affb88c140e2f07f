package sdk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Action is what a change does; see Lost.
type Action = providers.Action

// The actions.
const (
	Create  = providers.Create
	Update  = providers.Update
	Delete  = providers.Delete
	Restart = providers.Restart
)

// Spec says what a provider is. S is the struct that declares the provider's own
// settings, struct{} for none. C is what its methods work with, such as a client
// of an API; Connect makes one for each configuration.
type Spec[S, C any] struct {
	// Name is what users call the provider, "acme". Its types of resources and
	// data sources have names that begin with it: "acme_thing".
	Name string
	// Doc is a sentence about the provider, for its documentation.
	Doc string

	// Connect makes what Call.Client is. It is called when a configuration is
	// first needed, and again after an error, never for one that nothing uses.
	// Where the settings are not known yet, it is not called, and nothing that
	// needs a client is. If C is an io.Closer it is closed in the end.
	Connect func(ctx context.Context, setup Setup, settings S) (C, error)

	Resources []ResourceType[C]
	Data      []DataType[C]
	Asserts   []AssertType[C]
	// Options are for the settings: ExactlyOneOf and the like.
	Options []Option
}

// Provider is a provider made of a Spec. It implements providers.Provider and
// all of the optional interfaces beside it, and offers those that some type has
// a use for.
type Provider struct {
	engine
	problems error
}

// engine is what answers requests.
type engine interface {
	providers.Provider
	providers.Planner
	providers.Importer
	providers.DataReader
	providers.Checker
	providers.Diagnoser
	providers.Watcher
	providers.Recoverer
	providers.Upgrader
	providers.Capable
}

// New makes a provider. What is wrong with the declarations is what Problems,
// and every request for the schema, returns; Serve ends the program with it.
func New[S, C any](spec Spec[S, C]) *Provider {
	w := &works[S, C]{
		spec: spec, settings: declare[S](spec.Name, spec.Doc, aProvider, spec.Options),
		resources: map[string]*resource[C]{}, data: map[string]*data[C]{}, asserts: map[string]*assert[C]{},
		configurations: map[string]*configuration[S, C]{},
	}
	w.take()
	w.describe()
	p := &Provider{engine: w}
	if p.problems = errors.Join(w.problems...); p.problems == nil {
		p.problems = w.checkSchema()
	}
	return p
}

// Problems returns what is wrong with the declarations: a line for each mistake,
// with the struct, the field and the tag.
func (p *Provider) Problems() error { return p.problems }

// Schema implements providers.Provider.
func (p *Provider) Schema(ctx context.Context) (*providers.Schema, error) {
	if p.problems != nil {
		return nil, p.problems
	}
	return p.engine.Schema(ctx)
}

// works is the engine.
type works[S, C any] struct {
	spec      Spec[S, C]
	settings  declared
	resources map[string]*resource[C]
	data      map[string]*data[C]
	asserts   map[string]*assert[C]
	schema    *providers.Schema
	can       providers.Capabilities
	problems  []error

	configurations map[string]*configuration[S, C]
	lock           chan struct{} // of configurations
}

// take sorts what is declared, and collects what is wrong with it.
func (w *works[S, C]) take() {
	note := func(kind string, d *declared) {
		for _, p := range d.problems {
			for _, line := range strings.Split(p.Error(), "\n") {
				w.problems = append(w.problems, fmt.Errorf("%s %s: %s", kind, d.name, line))
			}
		}
		d.problems = nil
	}
	w.lock = make(chan struct{}, 1)
	note("provider", &w.settings)
	if !regexp.MustCompile(`^[a-z][a-z0-9]*$`).MatchString(w.spec.Name) {
		w.fail("provider %q: its name must begin with a small letter and have only small letters and digits, as acme", w.spec.Name)
	}
	if w.spec.Connect == nil && reflect.TypeFor[C]() != reflect.TypeFor[struct{}]() {
		w.fail("provider %s: it has no Connect, so nothing makes a %s", w.spec.Name, reflect.TypeFor[C]())
	}
	for _, t := range w.spec.Resources {
		if t.r == nil {
			w.fail("provider %s: a resource type was not made by sdk.Resource", w.spec.Name)
			continue
		}
		note("resource", &t.r.declared)
		w.named("resource", t.r.name, w.resources[t.r.name] != nil)
		w.resources[t.r.name] = t.r
	}
	for _, t := range w.spec.Data {
		if t.d == nil {
			w.fail("provider %s: a data source was not made by sdk.Data", w.spec.Name)
			continue
		}
		note("data", &t.d.declared)
		w.named("data", t.d.name, w.data[t.d.name] != nil)
		w.data[t.d.name] = t.d
	}
	for _, t := range w.spec.Asserts {
		if t.a == nil {
			w.fail("provider %s: an assert was not made by sdk.Assert", w.spec.Name)
			continue
		}
		note("assert", &t.a.declared)
		if w.asserts[t.a.name] != nil {
			w.fail("assert %s: it is declared twice", t.a.name)
		}
		w.asserts[t.a.name] = t.a
	}
}

func (w *works[S, C]) fail(format string, args ...any) {
	w.problems = append(w.problems, fmt.Errorf(format, args...))
}

// named checks the name of a type, by which the core finds its provider.
func (w *works[S, C]) named(kind, name string, twice bool) {
	switch {
	case twice:
		w.fail("%s %s: it is declared twice", kind, name)
	case name != w.spec.Name && !strings.HasPrefix(name, w.spec.Name+"_"):
		w.fail("%s %s: its name must begin with that of the provider, as %s_%s, or Clockwork does not know whose it is", kind, name, w.spec.Name, name)
	}
}

// describe makes the schema.
func (w *works[S, C]) describe() {
	settings := w.settings.object()
	w.schema = &providers.Schema{Provider: &settings}
	for name, r := range w.resources {
		if r.schema == nil {
			continue
		}
		if w.schema.Resources == nil {
			w.schema.Resources = map[string]*providers.ResourceType{}
		}
		w.schema.Resources[name] = r.schema
		w.can.Plan = w.can.Plan || r.plan != nil
		w.can.Import = w.can.Import || r.find != nil
		w.can.Diagnose = w.can.Diagnose || r.diagnose != nil
		w.can.Watch = w.can.Watch || r.watch != nil
		w.can.Recover = w.can.Recover || r.recover != nil
		w.can.Upgrade = w.can.Upgrade || len(r.upgrades) > 0
	}
	w.can.Data, w.can.Check = len(w.data) > 0, len(w.asserts) > 0
	for name, d := range w.data {
		if w.schema.Data == nil {
			w.schema.Data = map[string]*providers.DataType{}
		}
		w.schema.Data[name] = &providers.DataType{Object: d.object(), CustomValidate: d.validates()}
	}
	for _, name := range slices.Sorted(maps.Keys(w.asserts)) {
		if w.schema.Asserts == nil {
			w.schema.Asserts = map[string]*providers.AssertType{}
		}
		a := w.asserts[name]
		w.schema.Asserts[name] = &providers.AssertType{Object: a.object(), Targets: w.targetsOf(a)}
	}
	w.schema.Capabilities = w.can
}

// targetsOf returns the types of resource that an assert is about.
func (w *works[S, C]) targetsOf(a *assert[C]) []string {
	if a.target == reflect.TypeFor[cty.Value]() {
		return a.options.targets
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(w.resources)) {
		if w.resources[name].model.root.rtype == a.target {
			all = append(all, name)
		}
	}
	if len(all) == 0 {
		w.fail("assert %s: its function takes a %s, which no type of resource has for its struct", a.name, a.target)
	}
	if len(a.options.targets) == 0 {
		return all
	}
	for _, name := range a.options.targets {
		if !slices.Contains(all, name) {
			w.fail("assert %s: its function takes a %s, which is not the struct of its target %s", a.name, a.target, name)
		}
	}
	return a.options.targets
}

// Schema implements providers.Provider.
func (w *works[S, C]) Schema(context.Context) (*providers.Schema, error) { return w.schema, nil }

// Capabilities implements providers.Capable.
func (w *works[S, C]) Capabilities() providers.Capabilities { return w.can }

// checkSchema checks the schema as a whole, and says of what is wrong with it
// where it was declared.
func (w *works[S, C]) checkSchema() error {
	err := w.schema.Check()
	if err == nil {
		return nil
	}
	where := map[string]string{}
	note := func(at string, d *declared) { noteFields(where, at, d.model.root) }
	note("provider configuration", &w.settings)
	for name, r := range w.resources {
		note("resource "+name, &r.declared)
	}
	for name, d := range w.data {
		note("data "+name, &d.declared)
	}
	for name, a := range w.asserts {
		note("assert "+name, &a.declared)
	}
	var problems []error
	for _, line := range strings.Split(err.Error(), "\n") {
		best := ""
		for at := range where {
			if strings.HasPrefix(line, at+": ") && len(at) > len(best) {
				best = at
			}
		}
		if best != "" {
			line += " (" + where[best] + ")"
		}
		problems = append(problems, errors.New(line))
	}
	return errors.Join(problems...)
}

// noteFields notes where each attribute was declared, by how Schema.Check calls
// it.
func noteFields(where map[string]string, at string, o *objectNode) {
	for _, f := range o.fields {
		at := at + ": attribute " + f.name
		where[at] = f.where
		n := f.node.bare()
		if n.elem != nil {
			n = n.elem.bare()
		}
		if n.object != nil {
			noteFields(where, at, n.object)
		}
	}
}
