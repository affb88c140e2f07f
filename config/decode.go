package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

// place names a range in a message.
func place(rng hcl.Range) string {
	return fmt.Sprintf("%s:%d", rng.Filename, rng.Start.Line)
}

// inOrder returns attributes by position.
func inOrder(attrs hcl.Attributes) []*hcl.Attribute {
	out := make([]*hcl.Attribute, 0, len(attrs))
	for _, attr := range attrs {
		out = append(out, attr)
	}
	slices.SortFunc(out, func(a, b *hcl.Attribute) int {
		return cmp.Compare(a.NameRange.Start.Byte, b.NameRange.Start.Byte)
	})
	return out
}

var providerSchema = &hcl.BodySchema{
	Attributes: attributes("alias", "count", "for_each", "depends_on", "source", "version"),
	Blocks:     []hcl.BlockHeaderSchema{{Type: "lifecycle"}},
}

func decodeProvider(b *hcl.Block) (*ProviderConfig, diag.Diagnostics) {
	content, rest, diags := split(b.Body, providerSchema)
	p := &ProviderConfig{Name: b.Labels[0], Config: rest, Range: header(b)}
	if ds := checkName("a provider's local name", p.Name, b.LabelRanges[0]); ds != nil {
		return nil, append(diags, ds...)
	}
	alias, ds := staticString(content, "alias")
	diags = append(diags, ds...)
	if attr := content.Attributes["alias"]; attr != nil && !ds.HasErrors() {
		diags = append(diags, checkName("an alias", alias, attr.Expr.Range())...)
	}
	p.Alias = alias
	for _, name := range []string{"count", "for_each", "depends_on"} {
		if attr := content.Attributes[name]; attr != nil {
			diags = append(diags, diag.At(attr.NameRange, "Unsupported argument",
				"A provider block is one configuration and cannot have %s. Write a block with its own alias for each configuration.", name)...)
		}
	}
	for _, name := range []string{"source", "version"} {
		if attr := content.Attributes[name]; attr != nil {
			diags = append(diags, diag.At(attr.NameRange, "Unsupported argument",
				"A provider's %s is set in the required_providers block of the clockwork block. Move it there.", name)...)
		}
	}
	for _, inner := range content.Blocks {
		diags = append(diags, diag.At(inner.TypeRange, "Unsupported block type",
			"A provider block has no lifecycle. Remove this block.")...)
	}
	return p, diags
}

func decodeLocals(b *hcl.Block) ([]*Local, diag.Diagnostics) {
	attrs, diags := justAttributes(b.Body, "a locals block")
	var locals []*Local
	for _, attr := range inOrder(attrs) {
		if ds := checkName("the name of a local value", attr.Name, attr.NameRange); ds != nil {
			diags = append(diags, ds...)
			continue
		}
		locals = append(locals, &Local{Name: attr.Name, Expr: attr.Expr, Range: attr.NameRange})
	}
	return locals, diags
}

var outputSchema = &hcl.BodySchema{
	Attributes: append(attributes("description", "sensitive", "depends_on"), hcl.AttributeSchema{Name: "value", Required: true}),
	Blocks:     []hcl.BlockHeaderSchema{{Type: "precondition"}},
}

func decodeOutput(b *hcl.Block) (*Output, diag.Diagnostics) {
	content, diags := closed(b.Body, outputSchema)
	o := &Output{Name: b.Labels[0], Range: header(b)}
	if ds := checkName("the name of an output", o.Name, b.LabelRanges[0]); ds != nil {
		return nil, append(diags, ds...)
	}
	if o.Expr = expr(content, "value"); o.Expr == nil {
		o.Expr = hcl.StaticExpr(cty.DynamicVal, o.Range)
	}
	var ds diag.Diagnostics
	o.Description, ds = staticString(content, "description")
	diags = append(diags, ds...)
	o.Sensitive, ds = staticBool(content, "sensitive", false)
	diags = append(diags, ds...)
	o.DependsOn, ds = decodeDependsOn(content)
	diags = append(diags, ds...)
	for _, inner := range content.Blocks {
		rule, ds := decodeRule(inner)
		diags = append(diags, ds...)
		o.Preconditions = append(o.Preconditions, rule)
	}
	return o, diags
}

var ruleSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "condition", Required: true},
	{Name: "error_message", Required: true},
}}

// decodeRule reads a validation, precondition or postcondition block. What is
// missing holds, so that a rule with an error is no second one.
func decodeRule(b *hcl.Block) (*CheckRule, diag.Diagnostics) {
	content, diags := closed(b.Body, ruleSchema)
	rule := &CheckRule{
		Condition: expr(content, "condition"), ErrorMessage: expr(content, "error_message"), Range: header(b),
	}
	if rule.Condition == nil {
		rule.Condition = hcl.StaticExpr(cty.True, rule.Range)
	}
	if rule.ErrorMessage == nil {
		rule.ErrorMessage = hcl.StaticExpr(cty.StringVal(""), rule.Range)
	}
	return rule, diags
}

// decodeDependsOn reads the depends_on argument: whole resources, data sources
// and modules.
func decodeDependsOn(content *hcl.BodyContent) ([]Reference, diag.Diagnostics) {
	attr := content.Attributes["depends_on"]
	if attr == nil {
		return nil, nil
	}
	exprs, hdiags := hcl.ExprList(attr.Expr)
	if hdiags.HasErrors() && !isEmptyList(attr.Expr) {
		return nil, diag.At(attr.Expr.Range(), "Invalid depends_on",
			"The depends_on argument is a list of references that is written out. Write it as [TYPE.NAME, module.NAME].")
	}
	var refs []Reference
	var diags diag.Diagnostics
	for _, e := range exprs {
		t, ds := traversal(e)
		if ds.HasErrors() {
			diags = append(diags, ds...)
			continue
		}
		ref, ds := ParseReference(t)
		diags = append(diags, ds...)
		if ds.HasErrors() {
			continue
		}
		if !ref.isWhole() {
			diags = append(diags, diag.At(e.Range(), "Invalid depends_on",
				"Only whole resources, data sources and modules can be depended on. Write TYPE.NAME, data.TYPE.NAME or module.NAME.")...)
			continue
		}
		refs = append(refs, ref)
	}
	return refs, diags
}

// isWhole tells whether a reference is to a resource, data source or module, or
// one instance of it, and nothing inside it.
func (r Reference) isWhole() bool {
	steps := len(r.Traversal)
	if r.HasKey {
		steps--
	}
	switch r.Kind {
	case RefResource, RefModule:
		return steps == 2
	case RefData:
		return steps == 3
	}
	return false
}

// isEmptyList tells an empty list from what is no list at all: hcl's ExprList
// returns the same for both in JSON.
func isEmptyList(e hcl.Expression) bool {
	if tuple, ok := e.(*hclsyntax.TupleConsExpr); ok {
		return len(tuple.Exprs) == 0
	}
	v, hdiags := e.Value(nil)
	return !hdiags.HasErrors() && v.Type().Equals(cty.EmptyTuple)
}

// traversal reads an expression that can only be a name, with attributes and
// literal indexes behind it.
func traversal(e hcl.Expression) (hcl.Traversal, diag.Diagnostics) {
	if isQuoted(e) {
		return nil, diag.At(e.Range(), "Invalid reference",
			"A reference is written without quotes. Take the quotes away.")
	}
	t, hdiags := hcl.AbsTraversalForExpr(e)
	if hdiags.HasErrors() {
		return nil, diag.At(e.Range(), "Invalid reference",
			"Only a reference can be written here, not a calculation. Write a name, such as TYPE.NAME.")
	}
	return t, nil
}
