package sample

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Words are the expressions that stand for texts, and for secret ones.
type Words struct{ Text, Secret string }

// Needed returns what must be set: what is required, and one of each group of
// which one is.
func Needed(obj *providers.Object) []string {
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

// Body returns what is required of an object, a line each, or a comment that
// says that nothing is.
func (t Words) Body(obj *providers.Object, indent string) string {
	var w strings.Builder
	names := Needed(obj)
	for _, name := range names {
		w.WriteString(t.Attribute(name, obj.Attributes[name], indent))
	}
	if len(names) == 0 {
		return indent + "# Nothing is required.\n"
	}
	return w.String()
}

// Attribute returns an attribute with a value, or the block that it is.
func (t Words) Attribute(name string, a *providers.Attribute, indent string) string {
	if a.Nested != nil && a.Nested.Block {
		label := ""
		if a.Nested.Nesting == providers.NestingMap {
			label = ` "key"`
		}
		return indent + name + label + " {\n" + t.Body(&a.Nested.Object, indent+"  ") + indent + "}\n"
	}
	return indent + name + " = " + t.value(a) + "\n"
}

// value is one of an attribute's type.
func (t Words) value(a *providers.Attribute) string {
	switch {
	case a.Sensitive && a.Nested == nil && a.Type == cty.String:
		return t.Secret
	case len(a.Enum) > 0:
		return fmt.Sprintf("%q", a.Enum[0])
	case a.Nested != nil:
		object := t.object(&a.Nested.Object)
		switch a.Nested.Nesting {
		case providers.NestingList, providers.NestingSet:
			return "[" + object + "]"
		case providers.NestingMap:
			return "{ key = " + object + " }"
		}
		return object
	}
	return t.ofType(a.Type)
}

func (t Words) object(obj *providers.Object) string {
	var parts []string
	for _, name := range Needed(obj) {
		parts = append(parts, name+" = "+t.value(obj.Attributes[name]))
	}
	if len(parts) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func (t Words) ofType(ty cty.Type) string {
	switch {
	case ty == cty.Number:
		return "1"
	case ty == cty.Bool:
		return "true"
	case ty.IsListType(), ty.IsSetType():
		return "[" + t.ofType(ty.ElementType()) + "]"
	case ty.IsTupleType():
		return "[]"
	case ty.IsMapType():
		return "{ key = " + t.ofType(ty.ElementType()) + " }"
	case ty.IsObjectType():
		return "{}"
	}
	return t.Text
}
