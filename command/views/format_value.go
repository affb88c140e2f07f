package views

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// FormatValue returns a value in the notation of an expression, over several
// lines where it is a collection or a text. What is sensitive or unknown is
// named in its place.
func FormatValue(v cty.Value) string {
	var b strings.Builder
	formatValue(&b, v, 0)
	return b.String()
}

func formatValue(b *strings.Builder, v cty.Value, indent int) {
	switch {
	case v.IsMarked():
		b.WriteString(textSecret)
		return
	case !v.IsKnown():
		b.WriteString(textUnknown)
		return
	case v.IsNull():
		b.WriteString(formatNull(v.Type()))
		return
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		formatString(b, v.AsString(), indent)
	case ty.IsObjectType():
		formatItems(b, v, "{", "}", true, indent)
	case ty.IsMapType():
		formatItems(b, v, "tomap({", "})", true, indent)
	case ty.IsTupleType():
		formatItems(b, v, "[", "]", false, indent)
	case ty.IsListType():
		formatItems(b, v, "tolist([", "])", false, indent)
	case ty.IsSetType():
		formatItems(b, v, "toset([", "])", false, indent)
	default:
		b.WriteString(scalarText(v))
	}
}

func formatNull(ty cty.Type) string {
	switch ty {
	case cty.String:
		return "tostring(null)"
	case cty.Number:
		return "tonumber(null)"
	case cty.Bool:
		return "tobool(null)"
	}
	return "null"
}

func formatItems(b *strings.Builder, v cty.Value, open, end string, keys bool, indent int) {
	b.WriteString(open)
	line := func(n int) {
		b.WriteByte('\n')
		b.WriteString(strings.Repeat(" ", n))
	}
	empty := true
	if keys {
		for _, f := range fields(v, v) {
			empty = false
			line(indent + 2)
			b.WriteString(quote(f.name) + " = ")
			formatValue(b, f.after, indent+2)
		}
	} else {
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			empty = false
			line(indent + 2)
			formatValue(b, e, indent+2)
			b.WriteByte(',')
		}
	}
	if !empty {
		line(indent)
	}
	b.WriteString(end)
}

// formatString writes a text of several lines as such, any other string in
// quotes.
func formatString(b *strings.Builder, s string, indent int) {
	lines, _ := splitLines(s)
	if len(lines) < 2 {
		b.WriteString(quote(s))
		return
	}
	end := label(lines)
	b.WriteString("<<-" + end + "\n")
	for _, l := range lines {
		if l != "" {
			b.WriteString(strings.Repeat(" ", indent+2) + escape(l, keepTabs))
		}
		b.WriteByte('\n')
	}
	b.WriteString(strings.Repeat(" ", indent) + end)
}
