package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Skeleton returns a file of cases to begin with: a case for everything in the
// schema, with what is required, and comments about what else there could be.
func Skeleton(schema *providers.Schema) string {
	var w strings.Builder
	w.WriteString(`# Cases for clockwork provider test. Fill in values that are valid, and commands
# that look at the world and change it as a hand would.
#
# name is unique for each object, dir is the folder of the project, in which
# commands run, secret is a value for sensitive attributes, and env.NAME is a
# variable of the environment.
`)
	if settings := schema.Provider; settings != nil && len(settings.Attributes) > 0 {
		w.WriteString("\nprovider {\n")
		writeBody(&w, settings, "  ")
		w.WriteString("}\n")
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Resources)) {
		t := schema.Resources[name]
		fmt.Fprintf(&w, "\nresource %q {\n  config {\n", name)
		writeBody(&w, &t.Object, "    ")
		w.WriteString("  }\n")
		if attr := first(&t.Object, func(a *providers.Attribute) bool { return !a.ForceNew }); attr != "" {
			w.WriteString("  update {\n    # What changes in place, above config.\n")
			writeAttr(&w, attr, t.Attributes[attr], "    ")
			w.WriteString("  }\n")
		}
		if attr := first(&t.Object, func(a *providers.Attribute) bool { return a.ForceNew }); attr != "" {
			w.WriteString("  replace {\n    # What can only be replaced.\n")
			writeAttr(&w, attr, t.Attributes[attr], "    ")
			w.WriteString("  }\n")
		}
		w.WriteString("  # exists = \"a command that ends with 0 if the object is there, and with 1 if not\"\n" +
			"  # remove = \"a command that removes it\"\n  # drift  = \"a command that changes something that config sets\"\n}\n")
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Data)) {
		fmt.Fprintf(&w, "\ndata %q {\n  # before = \"a command that makes what is looked up\"\n  config {\n", name)
		writeBody(&w, &schema.Data[name].Object, "    ")
		w.WriteString("  }\n}\n")
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Asserts)) {
		t := schema.Asserts[name]
		about := t.Targets
		if len(about) == 0 {
			about = slices.Sorted(maps.Keys(schema.Resources))
		}
		if len(about) == 0 {
			continue
		}
		fmt.Fprintf(&w, "\nassert %q {\n  resource = %q\n", name, about[0])
		if len(needed(&t.Object)) > 0 {
			w.WriteString("  config {\n")
			writeBody(&w, &t.Object, "    ")
			w.WriteString("  }\n")
		}
		w.WriteString("  # break = \"a command that makes it fail; else it is the resource's remove\"\n}\n")
	}
	return string(hclwrite.Format([]byte(w.String())))
}

// first returns an attribute that can be set and is of a kind, by name.
func first(obj *providers.Object, is func(*providers.Attribute) bool) string {
	for _, name := range slices.Sorted(maps.Keys(obj.Attributes)) {
		if a := obj.Attributes[name]; (a.Required || a.Optional) && is(a) {
			return name
		}
	}
	return ""
}

// needed returns what must be set: what is required, and one of each group of
// which one is.
func needed(obj *providers.Object) []string {
	var names []string
	for name, a := range obj.Attributes {
		if a.Required {
			names = append(names, name)
		}
	}
	for _, group := range slices.Concat(obj.ExactlyOneOf, obj.AtLeastOneOf) {
		if !slices.ContainsFunc(group, func(name string) bool { return slices.Contains(names, name) }) {
			names = append(names, group[0])
		}
	}
	slices.Sort(names)
	return names
}

// writeBody writes what is required of an object.
func writeBody(w *strings.Builder, obj *providers.Object, indent string) {
	names := needed(obj)
	for _, name := range names {
		writeAttr(w, name, obj.Attributes[name], indent)
	}
	if len(names) == 0 {
		w.WriteString(indent + "# Nothing is required.\n")
	}
}

func writeAttr(w *strings.Builder, name string, a *providers.Attribute, indent string) {
	if a.Nested != nil && a.Nested.Block {
		label := ""
		if a.Nested.Nesting == providers.NestingMap {
			label = ` "key"`
		}
		w.WriteString(indent + name + label + " {\n")
		writeBody(w, &a.Nested.Object, indent+"  ")
		w.WriteString(indent + "}\n")
		return
	}
	w.WriteString(indent + name + " = " + placeholder(a) + "\n")
}

// placeholder is a value of an attribute's type.
func placeholder(a *providers.Attribute) string {
	switch {
	case a.Sensitive && a.Nested == nil && a.Type == cty.String:
		return "secret"
	case len(a.Enum) > 0:
		return fmt.Sprintf("%q", a.Enum[0])
	case a.Nested != nil:
		object := nestedPlaceholder(&a.Nested.Object)
		switch a.Nested.Nesting {
		case providers.NestingList, providers.NestingSet:
			return "[" + object + "]"
		case providers.NestingMap:
			return "{ key = " + object + " }"
		}
		return object
	}
	return typePlaceholder(a.Type)
}

func nestedPlaceholder(obj *providers.Object) string {
	var parts []string
	for _, name := range needed(obj) {
		parts = append(parts, name+" = "+placeholder(obj.Attributes[name]))
	}
	if len(parts) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func typePlaceholder(ty cty.Type) string {
	switch {
	case ty == cty.Number:
		return "1"
	case ty == cty.Bool:
		return "true"
	case ty.IsListType(), ty.IsSetType():
		return "[" + typePlaceholder(ty.ElementType()) + "]"
	case ty.IsTupleType():
		return "[]"
	case ty.IsMapType():
		return "{ key = " + typePlaceholder(ty.ElementType()) + " }"
	case ty.IsObjectType():
		return "{}"
	}
	return "name"
}
