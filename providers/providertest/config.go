package providertest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Canary stands in every secret that the suite hands out: a case gives each
// sensitive attribute a value that contains it. Nothing that a provider says
// may contain it.
const Canary = "canary-7f3a9d1c"

// Attrs are the attributes of one object as a user would set them; what is not
// named is null. Objects in nested attributes need not be complete either, and
// values are converted to the types in the schema.
type Attrs map[string]cty.Value

// Config says what to test, and how.
type Config struct {
	// New starts a provider. It is called several times; all the providers
	// that it returns live in one world, the one that the cases' functions
	// look at and change. The suite configures and closes each.
	New func(t testing.TB) providers.Provider

	// Project is what the provider is configured with. Without a Dir it gets a
	// temporary folder.
	Project providers.Project
	// Provider is the provider's own configuration.
	Provider Attrs

	Resources []Resource
	Data      []Data
	Asserts   []Assert
	Upgrades  []Upgrade

	// Partial says that not everything in the schema has a case.
	Partial bool
	// Timeout bounds each test of RunOutside; 0 means that nothing does but the
	// bounds of each call.
	Timeout time.Duration
}

// Resource is a resource type to test. One type may be tested in several ways.
type Resource struct {
	Type string
	Name string // of the subtest; Type when empty
	// New prepares one case. Each has objects of its own, made unique by env.
	New func(t testing.TB, env Env) Case
	// Alone says that there can be one such object only, whatever env is.
	Alone bool
}

// Env is where a case lives.
type Env struct {
	Project providers.Project
	// Name is unique in the run, and made of small letters, digits and dashes.
	Name string
}

// Case is one object, and what can happen to it. Only Config is needed; a test
// that needs a field that is not set is skipped.
type Case struct {
	// Config is valid. Update differs from it so that the object is changed in
	// place, Replace so that it must be replaced.
	Config, Update, Replace Attrs
	// Invalid are configurations that validation refuses, beyond what the
	// schema says.
	Invalid []Invalid

	// Exists looks whether the object of Config is in the world.
	Exists func(t testing.TB) bool
	// Drift changes the object by hand in something that Config sets.
	Drift func(t testing.TB)
	// Started names the run that the object is in: another one after a restart.
	Started func(t testing.TB) string
	// Remove removes it by hand.
	Remove func(t testing.TB)
	// Foreign puts something into the world that stands in the way of Config,
	// and is not quite as Config says. The provider must neither take nor touch
	// it: intact tells whether it is there as it was.
	Foreign func(t testing.TB) (intact func() bool)
	// Slow makes what the provider does to this object take for ever, until
	// the function it returns is called.
	Slow func(t testing.TB) (undo func())

	// ImportID is what the object is imported by.
	ImportID string

	// Env is where the case lives. The suite fills it in.
	Env Env
}

// Invalid is a configuration that must be refused.
type Invalid struct {
	Name   string
	Config Attrs
	Path   cty.Path // of the attribute at fault; nil means that any will do
}

// Data is a data source to test.
type Data struct {
	Type string
	Name string // of the subtest; Type when empty
	New  func(t testing.TB, env Env) DataCase
}

// DataCase is one reading of a data source.
type DataCase struct {
	Config  Attrs
	Want    Attrs // of what is read; attributes not named may be anything
	Missing Attrs // a configuration that names what does not exist
	Invalid []Invalid
}

// Assert is an assert type to test on an object of one of the resources.
type Assert struct {
	Type     string
	Name     string                               // of the subtest; Type when empty
	Resource string                               // the Name (or Type) of a Resource
	Config   func(c Case) Attrs                   // passes as long as nothing is broken; nil for no arguments
	Break    func(t testing.TB, c Case)           // nil means Case.Remove
	Invalid  func(t testing.TB, c Case) []Invalid // may be nil
}

// Upgrade is a stored object of an older version, and what becomes of it.
type Upgrade struct {
	Type    string
	Version int
	State   string // JSON
	Want    Attrs
}

// Value makes an object that conforms to obj.
func Value(obj *providers.Object, attrs Attrs) (cty.Value, error) {
	for name := range attrs {
		if obj.Attributes[name] == nil {
			return cty.NilVal, fmt.Errorf("there is no attribute %q", name)
		}
	}
	out := make(map[string]cty.Value, len(obj.Attributes))
	for name, a := range obj.Attributes {
		v, err := attributeValue(a, attrs[name])
		if err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = v
	}
	return cty.ObjectVal(out), nil
}

func attributeValue(a *providers.Attribute, v cty.Value) (cty.Value, error) {
	ty := a.ValueType()
	switch {
	case v == cty.NilVal || v.IsNull():
		return cty.NullVal(ty), nil
	case !v.IsKnown():
		return cty.UnknownVal(ty), nil
	case a.Nested == nil:
		return convert.Convert(v, ty)
	case a.Nested.Nesting == providers.NestingSingle:
		return Value(&a.Nested.Object, v.AsValueMap())
	}
	// Complete each object, then let the conversion make the collection.
	if v.LengthInt() == 0 {
		return convert.Convert(v, ty)
	}
	if a.Nested.Nesting == providers.NestingMap {
		out := map[string]cty.Value{}
		for k, e := range v.AsValueMap() {
			o, err := nestedValue(a, e)
			if err != nil {
				return cty.NilVal, fmt.Errorf("%q: %w", k, err)
			}
			out[k] = o
		}
		return cty.MapVal(out), nil
	}
	var out []cty.Value
	for i, e := range v.AsValueSlice() {
		o, err := nestedValue(a, e)
		if err != nil {
			return cty.NilVal, fmt.Errorf("%d: %w", i, err)
		}
		out = append(out, o)
	}
	if a.Nested.Nesting == providers.NestingSet {
		return cty.SetVal(out), nil
	}
	return cty.ListVal(out), nil
}

func nestedValue(a *providers.Attribute, v cty.Value) (cty.Value, error) {
	if !v.IsKnown() {
		return cty.UnknownVal(a.Nested.Object.Type()), nil
	}
	return Value(&a.Nested.Object, v.AsValueMap())
}

// holdsCanary tells whether every string somewhere in v contains the canary.
func holdsCanary(v cty.Value) bool {
	holds := true
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.String && !contains(v.AsString()) {
			holds = false
		}
		return true, nil
	})
	return holds
}

func names[T any](m map[string]T) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
