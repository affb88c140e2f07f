package providertest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/clockwork-hcl/clockwork/providers"
)

// testSchema wants a schema that is consistent, always the same, and described,
// and a case for everything in it.
func testSchema(t T, cfg Config, serial *atomic.Int64) {
	c := start(t, cfg, serial)
	again, err := call(t.Context(), t, "Schema", c.p.Schema)
	if err != nil {
		t.Fatalf("Schema: %v", err)
	}
	for _, schema := range []*providers.Schema{c.schema, again} {
		if err := schema.Check(); err != nil {
			t.Fatalf("the schema is not consistent:\n%v", err)
		}
	}
	if !reflect.DeepEqual(digest(c.schema), digest(again)) {
		t.Error("Schema does not always give the same answer")
	}
	have, claimed := reflect.ValueOf(providers.CapabilitiesOf(c.p)), reflect.ValueOf(c.schema.Capabilities)
	for i := range have.NumField() {
		if claimed.Field(i).Bool() && !have.Field(i).Bool() {
			t.Errorf("the schema claims the capability %s, which the provider does not implement", have.Type().Field(i).Name)
		}
	}
	for name, text := range digest(c.schema) {
		if strings.HasPrefix(text, undescribed) {
			t.Errorf("%s has no description", name)
		}
	}
	if !cfg.Partial {
		wantTested(t, c.schema, cfg)
	}
}

// undescribed is how the digest of what has no description begins.
const undescribed = "|"

// digest is a line about everything in a schema, by its place.
func digest(s *providers.Schema) map[string]string {
	out := map[string]string{"capabilities": fmt.Sprint(s.Capabilities)}
	var object func(at string, o *providers.Object)
	object = func(at string, o *providers.Object) {
		out[at] = o.Description + undescribed + fmt.Sprint(o.ExactlyOneOf, o.AtMostOneOf, o.AtLeastOneOf)
		for name, a := range o.Attributes {
			plain := *a
			plain.Nested = nil
			at := at + "." + name
			if a.Nested != nil {
				object(at, &a.Nested.Object)
				out[at+" (nesting)"] = fmt.Sprint("nesting ", a.Nested.Nesting, a.Nested.Block, a.Nested.MinItems, a.Nested.MaxItems)
			}
			out[at] = a.Description + undescribed + fmt.Sprintf("%#v", plain)
		}
	}
	object("provider", s.Provider)
	for name, r := range s.Resources {
		object(name, &r.Object)
		out[name] += fmt.Sprint(r.Version, r.CustomPlan, r.CustomValidate, r.Watchable, r.CheckInterval, r.PlanAlways, r.Identity)
	}
	for name, d := range s.Data {
		object("data "+name, &d.Object)
	}
	for name, a := range s.Asserts {
		object("assert "+name, &a.Object)
		out["assert "+name] += fmt.Sprint(a.Targets)
	}
	return out
}

// wantTested wants a case for each type.
func wantTested(t testing.TB, s *providers.Schema, cfg Config) {
	t.Helper()
	for name := range s.Resources {
		if !slices.ContainsFunc(cfg.Resources, func(r Resource) bool { return r.Type == name }) {
			t.Errorf("the test's Config has no case of the resource type %s", name)
		}
	}
	for name := range s.Data {
		if !slices.ContainsFunc(cfg.Data, func(d Data) bool { return d.Type == name }) {
			t.Errorf("the test's Config has no case of the data source %s", name)
		}
	}
	for name := range s.Asserts {
		if !slices.ContainsFunc(cfg.Asserts, func(a Assert) bool { return a.Type == name }) {
			t.Errorf("the test's Config has no case of the assert type %s", name)
		}
	}
}
