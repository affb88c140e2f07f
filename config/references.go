package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/clockwork-hcl/clockwork/diag"
)

// References returns what an expression names, in no particular order. Names
// that make no sense are left out and complained about.
func References(expr hcl.Expression) ([]Reference, diag.Diagnostics) {
	var c collector
	c.expression(expr, nil)
	return c.refs, c.diags
}

// BodyReferences returns what the expressions in a body name, with no schema
// needed: the iterators of dynamic blocks are understood.
func BodyReferences(body hcl.Body) ([]Reference, diag.Diagnostics) {
	var c collector
	c.body(body, nil)
	return c.refs, c.diags
}

// collector gathers references.
type collector struct {
	refs  []Reference
	diags diag.Diagnostics
}

// scope is the names of the dynamic blocks around an expression.
type scope []string

func (s scope) with(name string) scope { return append(s[:len(s):len(s)], name) }

func (s scope) has(name string) bool {
	for _, n := range s {
		if n == name {
			return true
		}
	}
	return false
}

func (c *collector) traversal(t hcl.Traversal, s scope) {
	if len(s) > 0 && s.has(t.RootName()) {
		return
	}
	ref, diags := ParseReference(t)
	if diags.HasErrors() {
		c.diags = append(c.diags, diags...)
		return
	}
	c.refs = append(c.refs, ref)
}

func (c *collector) expression(expr hcl.Expression, s scope) {
	switch e := expr.(type) {
	case nil, *hclsyntax.LiteralValueExpr:
	case *hclsyntax.ScopeTraversalExpr:
		c.traversal(e.Traversal, s)
	case *hclsyntax.TemplateExpr:
		for _, part := range e.Parts {
			c.expression(part, s)
		}
	case *hclsyntax.TupleConsExpr:
		for _, item := range e.Exprs {
			c.expression(item, s)
		}
	default:
		for _, t := range expr.Variables() {
			c.traversal(t, s)
		}
	}
}

func (c *collector) body(body hcl.Body, s scope) {
	native, ok := body.(*hclsyntax.Body)
	if !ok {
		c.jsonBody(body, s)
		return
	}
	for _, attr := range native.Attributes {
		c.expression(attr.Expr, s)
	}
	for _, b := range native.Blocks {
		if b.Type == "dynamic" && len(b.Labels) == 1 {
			c.dynamic(b, s)
		} else {
			c.body(b.Body, s)
		}
	}
}

// dynamic reads a dynamic block: what it iterates over is outside of its own
// iterator's scope, its labels and content are inside.
func (c *collector) dynamic(b *hclsyntax.Block, s scope) {
	iterator := b.Labels[0]
	if attr := b.Body.Attributes["iterator"]; attr != nil {
		if kw := hcl.ExprAsKeyword(attr.Expr); kw != "" {
			iterator = kw
		}
	}
	inner := s.with(iterator)
	for name, attr := range b.Body.Attributes {
		switch name {
		case "iterator":
		case "labels":
			c.expression(attr.Expr, inner)
		default:
			c.expression(attr.Expr, s)
		}
	}
	for _, content := range b.Body.Blocks {
		c.body(content.Body, inner)
	}
}

// jsonBody reads a JSON body, in which blocks cannot be told from arguments.
func (c *collector) jsonBody(body hcl.Body, s scope) {
	attrs, hdiags := body.JustAttributes()
	c.diags = append(c.diags, diag.FromHCL(hdiags)...)
	for name, attr := range attrs {
		c.jsonProperty(name, attr.Expr, s)
	}
}

func (c *collector) jsonProperty(name string, expr hcl.Expression, s scope) {
	if name == "dynamic" && c.jsonDynamics(expr, s) {
		return
	}
	c.jsonValue(expr, s)
}

func (c *collector) jsonValue(expr hcl.Expression, s scope) {
	if items, hdiags := hcl.ExprList(expr); !hdiags.HasErrors() {
		for _, item := range items {
			c.jsonValue(item, s)
		}
		return
	}
	pairs, hdiags := hcl.ExprMap(expr)
	if hdiags.HasErrors() {
		c.expression(expr, s)
		return
	}
	for _, pair := range pairs {
		c.expression(pair.Key, s)
		c.jsonProperty(keyOf(pair.Key), pair.Value, s)
	}
}

// jsonDynamics reads the value of a property called dynamic, if it looks like
// dynamic blocks: {TYPE: {for_each, content}}, in which TYPE or everything may
// be in a list.
func (c *collector) jsonDynamics(expr hcl.Expression, s scope) bool {
	var found []dynamicJSON
	for _, labels := range listOrOne(expr) {
		pairs, hdiags := hcl.ExprMap(labels)
		if hdiags.HasErrors() {
			return false
		}
		for _, pair := range pairs {
			for _, one := range listOrOne(pair.Value) {
				d, ok := parseDynamicJSON(keyOf(pair.Key), one)
				if !ok {
					return false
				}
				found = append(found, d)
			}
		}
	}
	for _, d := range found {
		inner := s.with(d.iterator)
		c.expression(d.forEach, s)
		c.expression(d.labels, inner)
		c.jsonValue(d.content, inner)
	}
	return true
}

// listOrOne returns the items of a list, or what is no list as the only one.
func listOrOne(expr hcl.Expression) []hcl.Expression {
	if items, hdiags := hcl.ExprList(expr); !hdiags.HasErrors() {
		return items
	}
	return []hcl.Expression{expr}
}

type dynamicJSON struct {
	iterator                 string
	forEach, labels, content hcl.Expression
}

func parseDynamicJSON(label string, expr hcl.Expression) (dynamicJSON, bool) {
	pairs, hdiags := hcl.ExprMap(expr)
	if hdiags.HasErrors() {
		return dynamicJSON{}, false
	}
	d := dynamicJSON{iterator: label}
	for _, pair := range pairs {
		switch keyOf(pair.Key) {
		case "for_each":
			d.forEach = pair.Value
		case "labels":
			d.labels = pair.Value
		case "content":
			d.content = pair.Value
		case "iterator":
			d.iterator = keyOf(pair.Value)
		}
	}
	return d, d.forEach != nil && d.content != nil
}
