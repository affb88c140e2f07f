package funcs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// TypeFunction is the function type of the console: it returns the type of its
// argument as text, in the syntax in which types are written. It is not in the
// table of Functions, as there are no uses for the text in a configuration. The
// result is never sensitive.
var TypeFunction = onAnyValue(func(v cty.Value) (cty.Value, error) {
	var b strings.Builder
	writeType(&b, v.Type(), "")
	return cty.StringVal(b.String()), nil
})

// writeType writes a type, one line for each attribute or element of a
// structural type. All lines but the first begin with indent.
func writeType(b *strings.Builder, ty cty.Type, indent string) {
	const step = "    "
	switch {
	case ty == cty.DynamicPseudoType:
		b.WriteString("dynamic")
	case ty.IsPrimitiveType():
		b.WriteString(ty.FriendlyName())
	case ty.IsObjectType():
		b.WriteString("object({")
		attrs := ty.AttributeTypes()
		for _, name := range slices.Sorted(maps.Keys(attrs)) {
			fmt.Fprintf(b, "\n%s%s: ", indent+step, name)
			writeType(b, attrs[name], indent+step)
			b.WriteString(",")
		}
		if len(attrs) > 0 {
			b.WriteString("\n" + indent)
		}
		b.WriteString("})")
	case ty.IsTupleType():
		b.WriteString("tuple([")
		for _, elem := range ty.TupleElementTypes() {
			b.WriteString("\n" + indent + step)
			writeType(b, elem, indent+step)
			b.WriteString(",")
		}
		if ty.Length() > 0 {
			b.WriteString("\n" + indent)
		}
		b.WriteString("])")
	case ty.IsCollectionType():
		kind := "list"
		if ty.IsSetType() {
			kind = "set"
		} else if ty.IsMapType() {
			kind = "map"
		}
		elem := ty.ElementType()
		b.WriteString(kind + "(")
		if !elem.IsObjectType() && !elem.IsTupleType() {
			writeType(b, elem, indent)
		} else {
			b.WriteString("\n" + indent + step)
			writeType(b, elem, indent+step)
			b.WriteString(",\n" + indent)
		}
		b.WriteString(")")
	default:
		b.WriteString(ty.FriendlyName())
	}
}
