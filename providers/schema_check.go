package providers

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// The names that the language keeps for itself in a block of each kind.
var (
	reservedInResources = []string{"description", "count", "for_each", "depends_on", "provider", "lifecycle", "monitor", "dynamic"}
	reservedInData      = []string{"count", "for_each", "depends_on", "provider", "lifecycle", "dynamic"}
	reservedInAsserts   = []string{"target", "interval", "timeout", "failure_threshold", "success_threshold",
		"start_grace", "severity", "remediate", "dynamic"}
	reservedInProvider = []string{"alias", "source", "version", "count", "for_each", "depends_on", "lifecycle", "dynamic"}
)

var (
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	normalisers = []Normaliser{NormaliseNone, NormaliseBytes, NormaliseMode, NormalisePath,
		NormaliseDuration, NormaliseJSON, NormaliseCase, NormaliseUnsorted}
)

// Check tells whether the schema makes sense: names and types that can be used,
// flags that do not contradict each other, references that lead somewhere, and
// capabilities, which must be filled in, for everything that it promises. The
// error has a line for each problem and is meant for the provider's author.
func (s *Schema) Check() error {
	c := &checker{}
	if s.Provider == nil {
		c.fail(true, "provider", "the schema has no Provider, which describes its configuration; an empty one will do")
	} else {
		c.object("provider configuration", s.Provider, reservedInProvider)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Resources)) {
		at, r := "resource "+name, s.Resources[name]
		c.name(at, name)
		c.completable = true
		c.object(at, &r.Object, reservedInResources)
		c.completable = false
		c.fail(r.Version < 0, at, "its version is negative")
		c.fail(r.CustomPlan && !s.Capabilities.Plan, at, "it has a custom plan, but the provider has no Plan method")
		c.fail(len(r.PlanAlways) > 0 && !r.CustomPlan, at, "it is to be planned always, but has no custom plan")
		for _, name := range r.PlanAlways {
			c.fail(r.Attributes[name] == nil, at, "it is to be planned always for %q, which is no attribute", name)
		}
		for _, name := range r.Identity.Attributes {
			a := r.Attributes[name]
			c.fail(a == nil || a.Nested != nil || a.Type != cty.String, at, "its identity is %q, which is no attribute that is a string", name)
		}
		c.fail(r.Identity.Space != "" && len(r.Identity.Attributes) == 0, at, "its identity has a space, but no attributes")
		c.fail(r.Watchable && !s.Capabilities.Watch, at, "it is watchable, but the provider has no Watch method")
		if r.CheckInterval != "" {
			d, err := time.ParseDuration(r.CheckInterval)
			c.fail(err != nil || d <= 0, at, "its check interval %q is no duration above zero, such as 30s", r.CheckInterval)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Data)) {
		c.name("data "+name, name)
		c.object("data "+name, &s.Data[name].Object, reservedInData)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Asserts)) {
		at, a := "assert "+name, s.Asserts[name]
		c.name(at, name)
		c.object(at, &a.Object, reservedInAsserts)
		for _, target := range a.Targets {
			c.fail(s.Resources[target] == nil, at, "its target %q is no resource type of the provider", target)
		}
	}
	c.fail(len(s.Data) > 0 && !s.Capabilities.Data, "provider", "it has data sources, but no Data method")
	c.fail(len(s.Asserts) > 0 && !s.Capabilities.Check, "provider", "it has asserts, but no Check method")
	return errors.Join(c.problems...)
}

// checker collects problems, each with the place it is at.
type checker struct {
	problems []error
	// completable says that the attributes at hand are a resource's own, which an
	// AI may complete.
	completable bool
}

func (c *checker) fail(bad bool, at, format string, args ...any) {
	if bad {
		c.problems = append(c.problems, fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...)))
	}
}

func (c *checker) name(at, name string) {
	c.fail(!namePattern.MatchString(name), at,
		"a name must begin with a small letter and have only small letters, digits and underscores")
}

func (c *checker) object(at string, o *Object, reserved []string) {
	for _, name := range slices.Sorted(maps.Keys(o.Attributes)) {
		where := at + ": attribute " + name
		c.name(where, name)
		c.fail(slices.Contains(reserved, name), where, "the language keeps this name for itself")
		c.attribute(where, o, o.Attributes[name])
	}
	c.groups(at+": exactly one of", o, o.ExactlyOneOf)
	c.groups(at+": at most one of", o, o.AtMostOneOf)
	c.groups(at+": at least one of", o, o.AtLeastOneOf)
}

func (c *checker) groups(at string, o *Object, groups [][]string) {
	for _, group := range groups {
		where := at + " " + strings.Join(group, ", ")
		c.fail(len(group) < 2, where, "it takes two attributes to choose")
		for _, name := range group {
			a := o.Attributes[name]
			c.fail(a == nil, where, "there is no attribute %q", name)
			c.fail(a != nil && !a.Optional, where, "attribute %q is not optional", name)
		}
	}
}

func (c *checker) attribute(at string, o *Object, a *Attribute) {
	c.fail(a.Required && (a.Optional || a.Computed), at, "it is required, so it cannot be optional or computed")
	c.fail(!a.Required && !a.Optional && !a.Computed, at, "it must be required, optional or computed")
	if a.Completable {
		c.completion(at, o, a)
	}
	c.fail(a.Tier > TierFree, at, "there is no tier %d", a.Tier)
	c.fail((a.Stable || a.DependsOn != nil) && !a.Computed, at, "only what is computed can be stable or depend on others")
	c.fail(a.Stable && len(a.DependsOn) > 0, at, "it is stable, so it cannot depend on others")
	for _, name := range a.DependsOn {
		c.fail(o.Attributes[name] == nil, at, "it depends on %q, which is no attribute beside it", name)
	}
	before := len(c.problems)
	switch {
	case a.Nested != nil:
		c.fail(a.Type != cty.NilType, at, "it has a type and is nested as well")
		c.nested(at, a.Nested)
	case a.Type == cty.NilType:
		c.fail(true, at, "it has neither a type nor nested attributes")
	default:
		c.valueType(at, a.Type)
	}
	c.fail(a.Nested != nil && a.Normalise != NormaliseNone && (a.Normalise != NormaliseUnsorted || a.Nested.Nesting != NestingList), at,
		"it is nested, so it can only be normalised as an unsorted list")
	c.fail(!slices.Contains(normalisers, a.Normalise), at, "there is no normaliser %q", a.Normalise)
	c.fail(len(a.Enum) > 0 && (a.Nested != nil || a.Type != cty.String), at, "only a string can have an enum")
	if a.Default != cty.NilVal && len(c.problems) == before {
		c.defaultValue(at, a)
	}
}

// completion checks what an AI may complete.
func (c *checker) completion(at string, o *Object, a *Attribute) {
	c.fail(!c.completable, at, "only a resource's own attributes can be completed")
	c.fail(!a.Required && len(groupsWith(a, o, o.ExactlyOneOf, o.AtLeastOneOf)) == 0, at, "it can be completed, so it must be required")
	c.fail(len(groupsWith(a, o, o.ExactlyOneOf, o.AtMostOneOf, o.AtLeastOneOf)) > 1, at, "it can be completed, so it can be in one group of attributes only")
	c.fail(a.Tier == TierNever, at, "its tier is never, so it cannot be completed")
	c.fail(a.Sensitive, at, "it is sensitive, so it cannot be completed")
	c.fail(a.Nested != nil || a.Type != cty.NilType && !simple(a.Type), at,
		"it can be completed, so it must be a string, a number, a bool, or a list or set of these")
}

// groupsWith returns the groups that a is in.
func groupsWith(a *Attribute, o *Object, groups ...[][]string) [][]string {
	return slices.DeleteFunc(slices.Concat(groups...), func(group []string) bool {
		return !slices.ContainsFunc(group, func(name string) bool { return o.Attributes[name] == a })
	})
}

func (c *checker) nested(at string, n *Nested) {
	c.fail(n.Nesting < NestingSingle || n.Nesting > NestingMap, at, "there is no nesting %d", n.Nesting)
	c.fail(n.MinItems < 0 || n.MaxItems < 0, at, "the bounds of its number of items are negative")
	c.fail(n.MaxItems > 0 && n.MinItems > n.MaxItems, at, "it has at least %d and at most %d items", n.MinItems, n.MaxItems)
	c.fail(n.Nesting == NestingSingle && (n.MinItems > 1 || n.MaxItems > 1), at, "it is single, but has bounds above one")
	before, was := len(c.problems), c.completable
	c.completable = false
	c.object(at, &n.Object, nil)
	c.completable = was
	if len(c.problems) == before && n.Nesting != NestingSingle {
		c.fail(n.Object.Type().HasDynamicTypes(), at,
			"it holds several objects, so none of their attributes can be of the dynamic type")
	}
}

func (c *checker) valueType(at string, ty cty.Type) {
	c.fail(ty.IsCapsuleType(), at, "its type holds a capsule, which cannot travel")
	switch {
	case ty.IsCollectionType():
		c.fail(ty.ElementType().HasDynamicTypes(), at,
			"its type is a collection with elements of the dynamic type; make it dynamic as a whole")
		c.valueType(at, ty.ElementType())
	case ty.IsTupleType():
		for _, t := range ty.TupleElementTypes() {
			c.valueType(at, t)
		}
	case ty.IsObjectType():
		c.fail(len(ty.OptionalAttributes()) > 0, at, "its type has optional attributes")
		for _, name := range slices.Sorted(maps.Keys(ty.AttributeTypes())) {
			c.valueType(at, ty.AttributeType(name))
		}
	}
}

func (c *checker) defaultValue(at string, a *Attribute) {
	c.fail(!a.Optional || a.Computed, at, "only what is optional and not computed can have a default")
	switch {
	case a.Default.ContainsMarked() || !a.Default.IsWhollyKnown():
		c.fail(true, at, "its default is not wholly known, or is marked")
	case a.Default.IsNull():
		c.fail(true, at, "its default is null")
	case len(a.Default.Type().TestConformance(a.ValueType())) > 0:
		c.fail(true, at, "its default is %s, not %s", a.Default.Type().FriendlyName(), a.ValueType().FriendlyName())
	case len(a.Enum) > 0:
		c.fail(!slices.Contains(a.Enum, a.Default.AsString()), at, "its default is not in its enum")
	}
}
