package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/sample"
)

// Skeleton returns a file of cases to begin with: a case for everything in the
// schema, with what is required, and comments about what else there could be.
func Skeleton(schema *providers.Schema) string {
	var w strings.Builder
	text := sample.Words{Text: "name", Secret: "secret"}
	w.WriteString(`# Cases for clockwork provider test. Fill in values that are valid, and commands
# that look at the world and change it as a hand would.
#
# name is unique for each object, dir is the folder of the project, in which
# commands run, secret is a value for sensitive attributes, and env.NAME is a
# variable of the environment.
`)
	if settings := schema.Provider; settings != nil && len(settings.Attributes) > 0 {
		w.WriteString("\nprovider {\n")
		w.WriteString(text.Body(settings, "  "))
		w.WriteString("}\n")
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Resources)) {
		t := schema.Resources[name]
		fmt.Fprintf(&w, "\nresource %q {\n  config {\n", name)
		w.WriteString(text.Body(&t.Object, "    "))
		w.WriteString("  }\n")
		if attr := first(&t.Object, func(a *providers.Attribute) bool { return !a.ForceNew }); attr != "" {
			w.WriteString("  update {\n    # What changes in place, above config.\n")
			w.WriteString(text.Attribute(attr, t.Attributes[attr], "    "))
			w.WriteString("  }\n")
		}
		if attr := first(&t.Object, func(a *providers.Attribute) bool { return a.ForceNew }); attr != "" {
			w.WriteString("  replace {\n    # What can only be replaced.\n")
			w.WriteString(text.Attribute(attr, t.Attributes[attr], "    "))
			w.WriteString("  }\n")
		}
		w.WriteString("  # exists = \"a command that ends with 0 if the object is there, and with 1 if not\"\n" +
			"  # remove = \"a command that removes it\"\n  # drift  = \"a command that changes something that config sets\"\n}\n")
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Data)) {
		fmt.Fprintf(&w, "\ndata %q {\n  # before = \"a command that makes what is looked up\"\n  config {\n", name)
		w.WriteString(text.Body(&schema.Data[name].Object, "    "))
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
		if len(sample.Needed(&t.Object)) > 0 {
			w.WriteString("  config {\n")
			w.WriteString(text.Body(&t.Object, "    "))
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
