package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/clockwork-hcl/clockwork/diag"
)

// split takes out of a body what schema names and returns the rest, which
// belongs to a provider. A native body that has nothing of it is returned as it
// is: most have nothing, and hcl's own way costs several maps for each block.
func split(body hcl.Body, schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, diag.Diagnostics) {
	native, ok := body.(*hclsyntax.Body)
	if !ok {
		content, rest, hdiags := body.PartialContent(schema)
		return content, rest, advise(hdiags, schema)
	}
	attrs := 0
	for name := range native.Attributes {
		if inSchema(schema, name) {
			attrs++
		}
	}
	blocks := 0
	for _, b := range native.Blocks {
		if inSchema(schema, b.Type) {
			blocks++
		}
	}
	if attrs == 0 && blocks == 0 {
		return &hcl.BodyContent{MissingItemRange: native.MissingItemRange()}, body, nil
	}
	ours, rest := *native, *native
	if attrs > 0 {
		ours.Attributes = make(hclsyntax.Attributes, attrs)
		rest.Attributes = make(hclsyntax.Attributes, len(native.Attributes)-attrs)
		for name, attr := range native.Attributes {
			if inSchema(schema, name) {
				ours.Attributes[name] = attr
			} else {
				rest.Attributes[name] = attr
			}
		}
	} else {
		ours.Attributes = nil
	}
	ours.Blocks, rest.Blocks = nil, nil
	for _, b := range native.Blocks {
		if inSchema(schema, b.Type) {
			ours.Blocks = append(ours.Blocks, b)
		} else {
			rest.Blocks = append(rest.Blocks, b)
		}
	}
	content, hdiags := ours.Content(schema)
	return content, &rest, advise(hdiags, schema)
}

// inSchema tells whether name is one of the schema's, as an argument or as a
// block: what is written as the other is ours to complain about.
func inSchema(schema *hcl.BodySchema, name string) bool {
	return slices.ContainsFunc(schema.Attributes, func(a hcl.AttributeSchema) bool { return a.Name == name }) ||
		slices.ContainsFunc(schema.Blocks, func(b hcl.BlockHeaderSchema) bool { return b.Type == name })
}

// attributes makes a schema of optional attributes.
func attributes(names ...string) []hcl.AttributeSchema {
	out := make([]hcl.AttributeSchema, len(names))
	for i, name := range names {
		out[i].Name = name
	}
	return out
}

// closed reads a body that has nothing but what schema names.
func closed(body hcl.Body, schema *hcl.BodySchema) (*hcl.BodyContent, diag.Diagnostics) {
	content, hdiags := body.Content(schema)
	return content, advise(hdiags, schema)
}

// advise adds to the library's words about a body what to do.
func advise(hdiags hcl.Diagnostics, schema *hcl.BodySchema) diag.Diagnostics {
	diags := diag.FromHCL(hdiags)
	for i := range diags {
		d := &diags[i]
		switch {
		case d.Summary == "Missing required argument":
			d.Detail = strings.TrimSuffix(d.Detail, "but no definition was found.") + "but it is not set. Set it here."
		case strings.Contains(d.Detail, "Did you mean"):
		case strings.Contains(d.Detail, `Blocks of type "terraform"`):
			d.Detail += ` Did you mean "clockwork"?`
		case strings.HasPrefix(d.Summary, "Unsupported"), strings.HasPrefix(d.Summary, "Extraneous JSON"):
			d.Detail += expected(schema)
		}
	}
	return diags
}

// expected lists what there can be in a body.
func expected(schema *hcl.BodySchema) string {
	s := ""
	if len(schema.Attributes) > 0 {
		names := make([]string, len(schema.Attributes))
		for i, a := range schema.Attributes {
			names[i] = a.Name
		}
		s += " The arguments here are " + strings.Join(names, ", ") + "."
	}
	if len(schema.Blocks) > 0 {
		names := make([]string, len(schema.Blocks))
		for i, b := range schema.Blocks {
			names[i] = b.Type
		}
		s += " The blocks here are " + strings.Join(names, ", ") + "."
	}
	return s
}

// justAttributes reads a body of any arguments and no blocks; what says what
// it is in the body of.
func justAttributes(body hcl.Body, what string) (hcl.Attributes, diag.Diagnostics) {
	attrs, hdiags := body.JustAttributes()
	native, ok := body.(*hclsyntax.Body)
	if !ok {
		return attrs, diag.FromHCL(hdiags)
	}
	var diags diag.Diagnostics
	for _, b := range native.Blocks {
		diags = append(diags, diag.At(b.TypeRange, "Unexpected block",
			"There are no blocks in %s. Write NAME = VALUE.", what)...)
	}
	return attrs, diags
}

// header is the range of a block's type and labels.
func header(b *hcl.Block) hcl.Range {
	if _, native := b.Body.(*hclsyntax.Body); native {
		return b.DefRange
	}
	if n := len(b.LabelRanges); n > 0 {
		return b.LabelRanges[n-1]
	}
	return b.TypeRange
}

// checkName complains about a name that cannot be written in an expression.
func checkName(what, name string, rng hcl.Range) diag.Diagnostics {
	if validName(name) {
		return nil
	}
	return diag.At(rng, "Invalid name",
		"%q cannot be %s. A name begins with a letter or an underscore and goes on with letters, digits, underscores and dashes.",
		name, what)
}

// expr returns the expression of an argument, or nil when it is not set.
func expr(content *hcl.BodyContent, name string) hcl.Expression {
	if attr := content.Attributes[name]; attr != nil {
		return attr.Expr
	}
	return nil
}

// isQuoted tells whether an expression is a plain string of the native syntax.
func isQuoted(e hcl.Expression) bool {
	t, ok := e.(*hclsyntax.TemplateExpr)
	return ok && t.IsStringLiteral()
}

// isJSON tells whether an expression comes from JSON, where a string may stand
// for what native syntax writes without quotes.
func isJSON(e hcl.Expression) bool {
	_, native := e.(hclsyntax.Expression)
	return !native
}

// static evaluates an argument that must be written out. The value is known,
// not null and of type ty, or there are errors.
func static(attr *hcl.Attribute, ty cty.Type) (cty.Value, diag.Diagnostics) {
	v, hdiags := attr.Expr.Value(nil)
	if !hdiags.HasErrors() {
		v, err := convert.Convert(v, ty)
		if err == nil && !v.IsNull() && v.IsKnown() {
			return v, nil
		}
	}
	return cty.NilVal, diag.At(attr.Expr.Range(), "Unsuitable value",
		"The argument %q must be a %s that is written out, with no references and no function calls. Write one here.",
		attr.Name, ty.FriendlyName())
}

// staticString is static for an optional string argument.
func staticString(content *hcl.BodyContent, name string) (string, diag.Diagnostics) {
	attr := content.Attributes[name]
	if attr == nil {
		return "", nil
	}
	v, diags := static(attr, cty.String)
	if diags.HasErrors() {
		return "", diags
	}
	return v.AsString(), nil
}

// staticBool is static for an optional argument that is true or false.
func staticBool(content *hcl.BodyContent, name string, otherwise bool) (bool, diag.Diagnostics) {
	attr := content.Attributes[name]
	if attr == nil {
		return otherwise, nil
	}
	v, diags := static(attr, cty.Bool)
	if diags.HasErrors() {
		return otherwise, diags
	}
	return v.True(), nil
}
