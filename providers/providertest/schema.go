package providertest

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// testSchema looks for what is wrong or contradictory in a schema.
func testSchema(t *testing.T, cfg Config, serial *atomic.Int64) {
	c := start(t, cfg, serial)
	for _, problem := range SchemaProblems(c.schema) {
		t.Error(problem)
	}
	again, err := call(t.Context(), t, "Schema", c.p.Schema)
	if err != nil {
		t.Fatalf("Schema: %v", err)
	}
	for _, problem := range SchemaProblems(again) {
		t.Errorf("the second time: %s", problem)
	}
	if !reflect.DeepEqual(names(c.schema.Resources), names(again.Resources)) ||
		!reflect.DeepEqual(names(c.schema.Data), names(again.Data)) ||
		!reflect.DeepEqual(names(c.schema.Asserts), names(again.Asserts)) {
		t.Error("Schema does not always give the same answer")
	}
	for name, rt := range again.Resources {
		if first := c.schema.Resources[name]; first != nil && !sameObject(&first.Object, &rt.Object) {
			t.Errorf("Schema does not always give the same answer about %s", name)
		}
	}
	has, claims := providers.CapabilitiesOf(c.p), c.schema.Capabilities
	have, claimed := reflect.ValueOf(has), reflect.ValueOf(claims)
	for i := range have.NumField() {
		if claimed.Field(i).Bool() && !have.Field(i).Bool() {
			t.Errorf("the schema claims the capability %s, which the provider does not implement", have.Type().Field(i).Name)
		}
	}
	tested := func(name string, in func(string) bool) {
		if !in(name) {
			t.Errorf("the test's Config has no case of %s", name)
		}
	}
	for name := range c.schema.Resources {
		tested(name, func(n string) bool {
			return slices.ContainsFunc(cfg.Resources, func(r Resource) bool { return r.Type == n })
		})
	}
	for name := range c.schema.Data {
		tested("data "+name, func(string) bool {
			return slices.ContainsFunc(cfg.Data, func(d Data) bool { return d.Type == name })
		})
	}
	for name := range c.schema.Asserts {
		tested("assert "+name, func(string) bool {
			return slices.ContainsFunc(cfg.Asserts, func(a Assert) bool { return a.Type == name })
		})
	}
}

func sameObject(a, b *providers.Object) bool {
	return slices.Equal(names(a.Attributes), names(b.Attributes)) && a.Type().Equals(b.Type())
}

// SchemaProblems returns what is wrong or contradictory in a schema, a line
// each.
func SchemaProblems(s *providers.Schema) []string {
	p := &problems{}
	if s.Provider == nil {
		p.add("the schema does not describe the provider's configuration")
	} else {
		p.object("provider", s.Provider, providerMeta())
	}
	caps := s.Capabilities
	for _, name := range names(s.Resources) {
		rt := s.Resources[name]
		p.typeName(name)
		p.object(name, &rt.Object, resourceMeta())
		if rt.CustomPlan && !caps.Plan {
			p.add("%s has CustomPlan, but the provider has no Plan", name)
		}
		if rt.Watchable && !caps.Watch {
			p.add("%s is Watchable, but the provider has no Watch", name)
		}
		if rt.Version > 0 && !caps.Upgrade {
			p.add("%s has version %d, but the provider has no Upgrade", name, rt.Version)
		}
		if d, err := time.ParseDuration(rt.CheckInterval); rt.CheckInterval != "" && (err != nil || d <= 0) {
			p.add("%s: CheckInterval %q is not a duration", name, rt.CheckInterval)
		}
	}
	for _, name := range names(s.Data) {
		p.typeName(name)
		p.object("data "+name, &s.Data[name].Object, resourceMeta())
	}
	for _, name := range names(s.Asserts) {
		at := s.Asserts[name]
		p.typeName(name)
		p.object("assert "+name, &at.Object, assertMeta())
		for _, target := range at.Targets {
			if s.Resources[target] == nil {
				p.add("assert %s: its target %s is not a resource type", name, target)
			}
		}
	}
	if len(s.Data) > 0 && !caps.Data {
		p.add("there are data sources, but the provider has no Data")
	}
	if len(s.Asserts) > 0 && !caps.Check {
		p.add("there are assert types, but the provider has no Check")
	}
	return p.found
}

type problems struct{ found []string }

func (p *problems) add(format string, args ...any) {
	p.found = append(p.found, fmt.Sprintf(format, args...))
}

func isName(s string) bool { return regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(s) }

func (p *problems) typeName(name string) {
	if !isName(name) {
		p.add("%q is not the name of a type", name)
	}
}

// The arguments that belong to the language.
func resourceMeta() []string {
	return []string{"description", "count", "for_each", "depends_on", "provider", "lifecycle", "monitor", "dynamic"}
}

func assertMeta() []string {
	return []string{"target", "for_each", "interval", "timeout", "failure_threshold", "success_threshold",
		"start_grace", "severity", "remediate", "dynamic"}
}

func providerMeta() []string { return []string{"alias", "dynamic"} }

func (p *problems) object(where string, o *providers.Object, reserved []string) {
	for _, name := range names(o.Attributes) {
		a, where := o.Attributes[name], where+"."+name
		if !isName(name) {
			p.add("%s is not the name of an attribute", where)
		}
		if slices.Contains(reserved, name) {
			p.add("%s: the name belongs to the language", where)
		}
		if a == nil {
			p.add("%s is nil", where)
			continue
		}
		p.attribute(where, o, a)
	}
	for _, group := range slices.Concat(o.ExactlyOneOf, o.AtMostOneOf, o.AtLeastOneOf) {
		for _, name := range group {
			if a := o.Attributes[name]; a == nil || !a.Optional {
				p.add("%s: a group names %q, which is no optional attribute", where, name)
			}
		}
	}
}

func (p *problems) attribute(where string, o *providers.Object, a *providers.Attribute) {
	if a.Description == "" {
		p.add("%s has no description", where)
	}
	switch {
	case !a.Required && !a.Optional && !a.Computed:
		p.add("%s is neither required, optional nor computed", where)
	case a.Required && (a.Optional || a.Computed):
		p.add("%s is required, and so cannot be optional or computed", where)
	}
	if a.Default != cty.NilVal && (!a.Optional || a.Computed) {
		p.add("%s has a default, and so must be optional and not computed", where)
	}
	if (a.Stable || a.DependsOn != nil) && !a.Computed {
		p.add("%s is Stable or has DependsOn, but is not computed", where)
	}
	for _, name := range a.DependsOn {
		if other := o.Attributes[name]; other == nil || other == a {
			p.add("%s depends on %q, which is no other attribute", where, name)
		}
	}
	if a.Completable && !a.Required && !a.Optional {
		p.add("%s is completable, but nobody can set it", where)
	}
	if a.Tier > providers.TierFree {
		p.add("%s has a tier that does not exist", where)
	}
	if a.Sensitive && (a.Tier != providers.TierNever || a.Completable) {
		p.add("%s is sensitive, and so its tier must be never", where)
	}
	p.valueType(where, a)
}

func (p *problems) valueType(where string, a *providers.Attribute) {
	if (a.Nested == nil) == (a.Type == cty.NilType) {
		p.add("%s must have either a type or nested attributes", where)
		return
	}
	if n := a.Nested; n != nil {
		if n.Nesting < providers.NestingSingle || n.Nesting > providers.NestingMap {
			p.add("%s has a nesting that does not exist", where)
			return
		}
		if n.MinItems < 0 || n.MaxItems < 0 || n.MaxItems > 0 && n.MinItems > n.MaxItems {
			p.add("%s has bounds that cannot be met", where)
		}
		if n.Nesting != providers.NestingSingle && n.Object.Type().HasDynamicTypes() {
			p.add("%s is a collection of objects with attributes of any type; it can only be a single object", where)
		}
		p.object(where, &n.Object, nil)
	}
	if a.Nested == nil && a.Type.HasDynamicTypes() && a.Type != cty.DynamicPseudoType {
		p.add("%s: a type with \"any\" inside it is not kept as it is written; make the whole attribute any", where)
	}
	ty := a.ValueType()
	if len(a.Enum) > 0 && ty != cty.String {
		p.add("%s has an enumeration, but is no string", where)
	}
	if !normaliserFits(a.Normalise, ty) {
		p.add("%s: the normaliser %q is unknown, or does not fit the type", where, a.Normalise)
	}
	if d := a.Default; d != cty.NilVal {
		switch {
		case d.IsNull() || !d.IsWhollyKnown() || d.ContainsMarked():
			p.add("%s has a default that is null, unknown or marked", where)
		case len(d.Type().TestConformance(ty)) > 0:
			p.add("%s has a default of another type than its own", where)
		case len(a.Enum) > 0 && !slices.Contains(a.Enum, d.AsString()):
			p.add("%s has a default that is not in its enumeration", where)
		}
	}
}

func normaliserFits(n providers.Normaliser, ty cty.Type) bool {
	switch n {
	case providers.NormaliseNone:
		return true
	case providers.NormaliseBytes, providers.NormaliseMode, providers.NormaliseDuration:
		return ty == cty.String || ty == cty.Number
	case providers.NormalisePath, providers.NormaliseJSON, providers.NormaliseCase:
		return ty == cty.String
	case providers.NormaliseUnsorted:
		return ty.IsListType()
	}
	return false
}
