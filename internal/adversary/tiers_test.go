package adversary

import (
	"maps"
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// TestNeverAttributes proposes each attribute of a container that no AI ever
// changes, with a value that fits it.
func TestNeverAttributes(t *testing.T) {
	t.Parallel()
	never := neverOf(schemaOf(t, "docker_container"), "")
	if len(never) < 30 {
		t.Fatalf("there are only %d: %q", len(never), slices.Sorted(maps.Keys(never)))
	}
	for path, value := range never {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			a := attack{answer: fix(path, value), gate: "tier", reason: "never changed by an AI"}
			if path == "upload" { // something in it is sensitive, which comes first
				a.gate, a.reason = "target", "is sensitive"
			}
			a.denied(t, a.gate)
		})
	}
}

// neverOf are the attributes that are never changed, by path, with values. What is
// in a list has no path: it is a part of that.
func neverOf(o *providers.Object, at string) map[string]string {
	out := map[string]string{}
	for name, a := range o.Attributes {
		if !a.Required && !a.Optional {
			continue
		}
		if a.Tier == providers.TierNever {
			out[at+name] = valueOf(a)
		}
		if a.Nested != nil && a.Nested.Nesting == providers.NestingSingle {
			maps.Copy(out, neverOf(&a.Nested.Object, at+name+"."))
		}
	}
	return out
}

// valueOf is a value that fits an attribute, as JSON.
func valueOf(a *providers.Attribute) string {
	if a.Nested == nil {
		if len(a.Enum) > 0 {
			return quoted(a.Enum[0])
		}
		switch {
		case a.Type == cty.String && a.Normalise == providers.NormaliseBytes:
			return `"64MiB"`
		case a.Type == cty.String && a.Normalise == providers.NormaliseDuration:
			return `"30s"`
		}
		return jsonOf(a.Type)
	}
	object := "{"
	for _, name := range slices.Sorted(maps.Keys(a.Nested.Attributes)) {
		if inner := a.Nested.Attributes[name]; inner.Required {
			if object != "{" {
				object += ", "
			}
			object += quoted(name) + ": " + valueOf(inner)
		}
	}
	object += "}"
	switch a.Nested.Nesting {
	case providers.NestingSingle:
		return object
	case providers.NestingMap:
		return `{"x": ` + object + `}`
	}
	return "[" + object + "]"
}

func jsonOf(ty cty.Type) string {
	switch {
	case ty == cty.Bool:
		return "true"
	case ty == cty.Number:
		return "1"
	case ty.IsMapType():
		return `{"x": ` + jsonOf(ty.ElementType()) + `}`
	case ty.IsCollectionType():
		return "[" + jsonOf(ty.ElementType()) + "]"
	}
	return `"x"`
}
