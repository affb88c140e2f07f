package eval

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/providers"
)

// unexpectedKeys finds attributes in an object value that the schema does not
// have. Conversion would drop them in silence, and with them a typing error.
func (d *Decoder) unexpectedKeys(v cty.Value, n providers.Nesting, expr hcl.Expression, name string) diag.Diagnostics {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	if n != providers.NestingSingle {
		if !v.CanIterateElements() {
			return nil
		}
		var diags diag.Diagnostics
		for key, e := range v.Elements() {
			diags = append(diags, d.unexpectedKeys(e, providers.NestingSingle, elementExpr(expr, key), name)...)
		}
		return diags
	}
	ty := v.Type()
	if !ty.IsObjectType() {
		return nil
	}
	var diags diag.Diagnostics
	for key := range ty.AttributeTypes() {
		i, ok := d.byName[key]
		if !ok {
			rng := keyRange(expr, key)
			known := make([]string, 0, len(d.attrs))
			for _, a := range d.attrs {
				known = append(known, a.name)
			}
			diags = append(diags, diag.At(rng, "Unsupported argument",
				"An argument named %q is not expected in %s.%s It takes %s.", key, name, diag.DidYouMean(key, known), d.names())...)
			continue
		}
		if a := &d.attrs[i]; a.inner != nil {
			diags = append(diags, a.inner.unexpectedKeys(v.GetAttr(key), a.Nested.Nesting,
				elementExpr(expr, cty.StringVal(key)), name+"."+key)...)
		}
	}
	return diags.Sorted()
}

// finish checks a converted nested value against what its type cannot say
// (required, read-only, enum, groups) and marks what is sensitive in it.
func (d *Decoder) finish(v cty.Value, n providers.Nesting, expr hcl.Expression, name string) (cty.Value, diag.Diagnostics) {
	if !d.needsFinish() {
		return v, nil
	}
	u, ms := v.Unmark()
	if u.IsNull() || !u.IsKnown() {
		return v, nil
	}
	if n != providers.NestingSingle {
		var diags diag.Diagnostics
		if u.LengthInt() == 0 {
			return v, nil
		}
		list := make([]cty.Value, 0, u.LengthInt())
		byKey := make(map[string]cty.Value, u.LengthInt())
		for key, e := range u.Elements() {
			f, ds := d.finish(e, providers.NestingSingle, elementExpr(expr, key), name)
			diags = append(diags, ds...)
			list = append(list, f)
			if n == providers.NestingMap {
				byKey[key.AsString()] = f
			}
		}
		switch n {
		case providers.NestingList:
			u = cty.ListVal(list)
		case providers.NestingSet:
			u = cty.SetVal(list)
		default:
			u = cty.MapVal(byKey)
		}
		return u.WithMarks(ms), diags
	}
	var diags diag.Diagnostics
	vals := u.AsValueMap()
	for i := range d.attrs {
		a := &d.attrs[i]
		av := vals[a.name]
		where := elementExpr(expr, cty.StringVal(a.name))
		switch {
		case av.IsNull() && a.Required:
			diags = append(diags, diag.At(expr.Range(), "Missing required argument",
				"The argument %q is required in %s, but it is not set. Set it here.", a.name, name)...)
		case av.IsNull():
		case !a.settable():
			diags = append(diags, diag.At(keyRange(expr, a.name), "Read-only argument",
				"The value of %q in %s is decided by the provider and cannot be set. Remove it.", a.name, name)...)
		case a.inner != nil:
			f, ds := a.inner.finish(av, a.Nested.Nesting, where, name+"."+a.name)
			vals[a.name] = f
			diags = append(diags, ds...)
			diags = append(diags, a.checkItems(av, where.Range())...)
		default:
			diags = append(diags, a.checkEnum(av, where.Range(), nil, nil)...)
		}
		if a.Sensitive && !av.IsNull() {
			vals[a.name] = vals[a.name].Mark(marks.Sensitive)
		}
	}
	diags = append(diags, d.checkGroups(vals, expr.Range(), func(name string) hcl.Range { return keyRange(expr, name) }, nil)...)
	return cty.ObjectVal(vals).WithMarks(ms), diags
}

// needsFinish tells whether finish can find or change anything.
func (d *Decoder) needsFinish() bool {
	if len(d.obj.ExactlyOneOf)+len(d.obj.AtMostOneOf)+len(d.obj.AtLeastOneOf) > 0 {
		return true
	}
	for i := range d.attrs {
		a := &d.attrs[i]
		if a.Required || a.Sensitive || !a.settable() || len(a.Enum) > 0 || a.inner != nil {
			return true
		}
	}
	return false
}

// elementExpr returns the expression that gives the element key of a list or
// object constructor, or expr itself where that cannot be told.
func elementExpr(expr hcl.Expression, key cty.Value) hcl.Expression {
	if key.IsNull() || !key.IsKnown() || key.IsMarked() {
		return expr
	}
	switch key.Type() {
	case cty.Number:
		list, diags := hcl.ExprList(expr)
		i, _ := key.AsBigFloat().Int64()
		if !diags.HasErrors() && i >= 0 && i < int64(len(list)) {
			return list[i]
		}
	case cty.String:
		pairs, diags := hcl.ExprMap(expr)
		if diags.HasErrors() {
			return expr
		}
		for _, p := range pairs {
			if literalKey(p.Key) == key.AsString() {
				return p.Value
			}
		}
	}
	return expr
}

// keyRange returns where a key stands in an object constructor, or the whole
// expression's range.
func keyRange(expr hcl.Expression, key string) hcl.Range {
	pairs, diags := hcl.ExprMap(expr)
	if !diags.HasErrors() {
		for _, p := range pairs {
			if literalKey(p.Key) == key {
				return p.Key.Range()
			}
		}
	}
	return expr.Range()
}

func literalKey(e hcl.Expression) string {
	if kw := hcl.ExprAsKeyword(e); kw != "" {
		return kw
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String || v.IsMarked() {
		return ""
	}
	return v.AsString()
}

// RangeOf returns the tightest source range known of the attribute at path in
// body, for a diagnostic that a provider gave by path.
func (d *Decoder) RangeOf(body hcl.Body, path cty.Path) (hcl.Range, bool) {
	if len(path) == 0 {
		return hcl.Range{}, false
	}
	first, ok := path[0].(cty.GetAttrStep)
	if !ok {
		return hcl.Range{}, false
	}
	i, ok := d.byName[first.Name]
	if !ok {
		return hcl.Range{}, false
	}
	content, _, _ := body.PartialContent(d.schema)
	if attr := content.Attributes[first.Name]; attr != nil {
		expr := attr.Expr
		for _, step := range path[1:] {
			switch step := step.(type) {
			case cty.GetAttrStep:
				expr = elementExpr(expr, cty.StringVal(step.Name))
			case cty.IndexStep:
				expr = elementExpr(expr, step.Key)
			}
		}
		return expr.Range(), true
	}
	var blocks []*hcl.Block
	for _, b := range content.Blocks {
		if b.Type == first.Name {
			blocks = append(blocks, b)
		}
	}
	if len(blocks) == 0 {
		return hcl.Range{}, false
	}
	rest, b := path[1:], blocks[0]
	if len(rest) > 0 && d.attrs[i].Nested.Nesting != providers.NestingSingle {
		if idx, ok := rest[0].(cty.IndexStep); ok && idx.Key.IsKnown() && idx.Key.Type() == cty.Number {
			if n, _ := idx.Key.AsBigFloat().Int64(); n >= 0 && n < int64(len(blocks)) {
				b = blocks[n]
			}
		}
		rest = rest[1:]
	}
	if rng, ok := d.attrs[i].inner.RangeOf(b.Body, rest); ok {
		return rng, true
	}
	return b.DefRange, true
}

// Locate gives the diagnostics of a provider, which name attributes by path,
// their place in body. Where a path cannot be found they point to fallback.
func (d *Decoder) Locate(diags diag.Diagnostics, body hcl.Body, fallback hcl.Range) diag.Diagnostics {
	for i := range diags {
		if diags[i].Subject != nil {
			continue
		}
		rng := fallback
		if body != nil {
			if r, ok := d.RangeOf(body, diags[i].Path); ok {
				rng = r
			}
		}
		diags[i].Subject = &rng
	}
	return diags
}

// PathString writes an attribute path as HCL would: .a.b["c"][0]. Steps into
// sets, and marked keys, are written as [...].
func PathString(path cty.Path) string {
	var sb strings.Builder
	for _, step := range path {
		switch step := step.(type) {
		case cty.GetAttrStep:
			sb.WriteString("." + step.Name)
		case cty.IndexStep:
			switch {
			case !step.Key.IsMarked() && step.Key.IsKnown() && !step.Key.IsNull() && step.Key.Type() == cty.String:
				fmt.Fprintf(&sb, "[%q]", step.Key.AsString())
			case !step.Key.IsMarked() && step.Key.IsKnown() && !step.Key.IsNull() && step.Key.Type() == cty.Number:
				fmt.Fprintf(&sb, "[%s]", step.Key.AsBigFloat().Text('f', -1))
			default:
				sb.WriteString("[...]")
			}
		}
	}
	return sb.String()
}
