package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Decoder turns bodies into values of one object type of a provider's schema.
// Making one is costly, using it is not: make one for each type.
type Decoder struct {
	obj    *providers.Object
	ty     cty.Type
	schema *hcl.BodySchema
	attrs  []decodeAttr // by name
	byName map[string]int
	blocks bool // some attribute is written as blocks
	// sensitive says that some attribute, at any depth, is sensitive.
	sensitive bool
	around    []string // see Within
}

type decodeAttr struct {
	name string
	*providers.Attribute
	want  cty.Type // with optional attributes, for conversion
	ty    cty.Type
	inner *Decoder // of a nested attribute
}

// NewDecoder prepares the decoding of obj.
func NewDecoder(obj *providers.Object) *Decoder {
	d := &Decoder{obj: obj, schema: &hcl.BodySchema{}, byName: map[string]int{}}
	for _, name := range slices.Sorted(maps.Keys(obj.Attributes)) {
		a := decodeAttr{name: name, Attribute: obj.Attributes[name]}
		a.ty = a.ValueType()
		a.want = a.ty
		d.sensitive = d.sensitive || a.Sensitive
		if a.Nested != nil {
			a.inner = NewDecoder(&a.Nested.Object)
			d.sensitive = d.sensitive || a.inner.sensitive
			a.want = a.inner.wanted(a.Nested.Nesting)
		}
		if a.Nested != nil && a.Nested.Block {
			b := hcl.BlockHeaderSchema{Type: name}
			if a.Nested.Nesting == providers.NestingMap {
				b.LabelNames = []string{"key"}
			}
			d.schema.Blocks = append(d.schema.Blocks, b)
			d.blocks = true
		} else {
			d.schema.Attributes = append(d.schema.Attributes, hcl.AttributeSchema{Name: name})
		}
		d.byName[name] = len(d.attrs)
		d.attrs = append(d.attrs, a)
	}
	d.ty = obj.Type()
	return d
}

// Type is the type of the values that Decode returns.
func (d *Decoder) Type() cty.Type { return d.ty }

// Object is the schema that it decodes for.
func (d *Decoder) Object() *providers.Object { return d.obj }

// wanted is the type that values of a nested attribute are converted to, in
// which whatever need not be set is optional.
func (d *Decoder) wanted(n providers.Nesting) cty.Type {
	atys := make(map[string]cty.Type, len(d.attrs))
	var optional []string
	for _, a := range d.attrs {
		atys[a.name] = a.want
		// A missing required one is found later, with a better message.
		optional = append(optional, a.name)
	}
	obj := cty.ObjectWithOptionalAttrs(atys, optional)
	switch n {
	case providers.NestingList:
		return cty.List(obj)
	case providers.NestingSet:
		return cty.Set(obj)
	case providers.NestingMap:
		return cty.Map(obj)
	}
	return obj
}

// Decode evaluates body in ctx. What is not set is null. Values of sensitive
// attributes are marked. The value conforms to Type even beside errors, with
// unknown values in place of what is wrong.
func (d *Decoder) Decode(body hcl.Body, ctx *hcl.EvalContext) (cty.Value, diag.Diagnostics) {
	if d.blocks {
		body = dynblock.Expand(body, ctx)
	}
	return d.decode(body, ctx, nil)
}

// DecodeIncomplete does the same, but what is missing and may be completed is no
// error yet: it is null in the value.
func (d *Decoder) DecodeIncomplete(body hcl.Body, ctx *hcl.EvalContext) (cty.Value, []Missing, diag.Diagnostics) {
	if d.blocks {
		body = dynblock.Expand(body, ctx)
	}
	var missing gaps
	v, diags := d.decode(body, ctx, &missing)
	return v, missing.all, diags
}

func (d *Decoder) decode(body hcl.Body, ctx *hcl.EvalContext, missing *gaps) (cty.Value, diag.Diagnostics) {
	content, hdiags := body.Content(d.schema)
	diags := d.improve(hdiags)
	vals := make(map[string]cty.Value, len(d.attrs))
	for i := range d.attrs {
		a := &d.attrs[i]
		var v cty.Value
		var ds diag.Diagnostics
		if a.Nested != nil && a.Nested.Block {
			v, ds = a.decodeBlocks(content, ctx)
		} else if attr := content.Attributes[a.name]; attr != nil {
			v, ds = a.evaluate(attr, ctx)
			if a.Required && v.IsNull() && missing.take(a, ds) {
				ds = nil
			}
		} else {
			v = cty.NullVal(a.ty)
			if a.Required && !hdiags.HasErrors() {
				ds = diag.At(content.MissingItemRange, "Missing required argument",
					"The argument %q is required, but it is not set. Set it here.", a.name)
				if missing.take(a, ds) {
					ds = nil
				}
			}
		}
		diags = append(diags, ds...)
		if a.Sensitive && !v.IsNull() {
			v = v.Mark(marks.Sensitive)
		}
		vals[a.name] = v
	}
	diags = append(diags, d.checkGroups(vals, content.MissingItemRange, func(name string) hcl.Range {
		if attr := content.Attributes[name]; attr != nil {
			return attr.NameRange
		}
		return content.MissingItemRange
	}, missing)...)
	return cty.ObjectVal(vals), diags
}

// improve adds to the library's words about an unexpected argument or block the
// name that was likely meant, or all there are.
func (d *Decoder) improve(hdiags hcl.Diagnostics) diag.Diagnostics {
	diags := explain(hdiags)
	for i := range diags {
		at := &diags[i]
		if !strings.HasPrefix(at.Summary, "Unsupported") || strings.Contains(at.Detail, "Did you mean") {
			continue
		}
		_, given, _ := strings.Cut(at.Detail, `"`)
		given, _, _ = strings.Cut(given, `"`)
		if guess := diag.DidYouMean(given, append(d.settable(), d.around...)); guess != "" {
			at.Detail += guess
		} else {
			at.Detail += " The arguments here are " + d.names() + "."
		}
	}
	return diags
}

// Within says which other names the blocks decoded may hold, which somebody
// else reads: they are suggested too. It is called before any decoding.
func (d *Decoder) Within(names []string) { d.around = names }

func (d *Decoder) names() string { return strings.Join(d.settable(), ", ") }

// settable returns the names of what can be set, sorted.
func (d *Decoder) settable() []string {
	var names []string
	for _, a := range d.attrs {
		if a.settable() {
			names = append(names, a.name)
		}
	}
	return names
}

func (a *decodeAttr) settable() bool { return a.Required || a.Optional }

// evaluate evaluates one attribute.
func (a *decodeAttr) evaluate(attr *hcl.Attribute, ctx *hcl.EvalContext) (cty.Value, diag.Diagnostics) {
	if !a.settable() {
		return cty.UnknownVal(a.ty), diag.At(attr.NameRange, "Read-only argument",
			"The value of %q is decided by the provider and cannot be set. Remove it.", a.name)
	}
	v, hdiags := attr.Expr.Value(ctx)
	diags := explain(hdiags)
	if hdiags.HasErrors() {
		return cty.UnknownVal(a.ty), diags
	}
	if a.Deprecated != "" {
		diags = append(diags, diag.Diagnostic{Severity: diag.Warning, Summary: "Deprecated argument",
			Detail: fmt.Sprintf("The argument %q is deprecated: %s", a.name, a.Deprecated), Subject: &attr.NameRange})
	}
	v, ds := a.convert(v, attr.Expr, ctx)
	return v, append(diags, ds...)
}

func (a *decodeAttr) convert(raw cty.Value, expr hcl.Expression, ctx *hcl.EvalContext) (cty.Value, diag.Diagnostics) {
	at := func(summary, detail string, args ...any) diag.Diagnostics {
		rng := expr.Range()
		ds := diag.At(rng, summary, detail, args...)
		ds[0].Expression, ds[0].EvalContext = expr, ctx
		return ds
	}
	if a.inner != nil {
		if ds := a.inner.unexpectedKeys(raw, a.Nested.Nesting, expr, a.name); ds.HasErrors() {
			return cty.UnknownVal(a.ty), ds
		}
	}
	v, err := convert.Convert(raw, a.want)
	if err != nil {
		return cty.UnknownVal(a.ty), at("Incorrect attribute value type",
			"Inappropriate value for attribute %q%s: %s. Give a value of type %s.",
			a.name, pathOf(err), err, a.ty.FriendlyNameForConstraint())
	}
	if v.IsNull() {
		v = cty.NullVal(a.ty)
		if a.Required {
			return v, at("Missing required argument", "The argument %q is required, but its value is null. Give it a value.", a.name)
		}
		return v, nil
	}
	if a.inner != nil {
		var ds diag.Diagnostics
		v, ds = a.inner.finish(v, a.Nested.Nesting, expr, a.name)
		if ds == nil {
			ds = a.checkItems(v, expr.Range())
		}
		return v, ds
	}
	return v, a.checkEnum(v, expr.Range(), expr, ctx)
}

func (a *decodeAttr) checkEnum(v cty.Value, rng hcl.Range, expr hcl.Expression, ctx *hcl.EvalContext) diag.Diagnostics {
	if len(a.Enum) == 0 {
		return nil
	}
	u, ms := v.Unmark()
	if u.IsNull() || !u.IsKnown() || slices.Contains(a.Enum, u.AsString()) {
		return nil
	}
	given, guess := "That value", ""
	if len(ms) == 0 {
		given, guess = fmt.Sprintf("%q", u.AsString()), diag.DidYouMean(u.AsString(), a.Enum)
	}
	return diag.Diagnostics{{Summary: "Unsupported value", Subject: &rng, Expression: expr, EvalContext: ctx,
		Detail: fmt.Sprintf("%s is not possible for %q: it must be one of %s.%s", given, a.name, quoted(a.Enum), guess)}}
}

func (a *decodeAttr) checkItems(v cty.Value, rng hcl.Range) diag.Diagnostics {
	u, _ := v.Unmark()
	if u.IsNull() || !u.IsKnown() || a.Nested.Nesting == providers.NestingSingle {
		return nil
	}
	n := u.LengthInt()
	if n < a.Nested.MinItems {
		return diag.At(rng, "Too few items", "%q needs at least %d, but there are %d. Add what is missing.", a.name, a.Nested.MinItems, n)
	}
	if a.Nested.MaxItems > 0 && n > a.Nested.MaxItems {
		return diag.At(rng, "Too many items", "%q takes at most %d, but there are %d. Remove what is too many.", a.name, a.Nested.MaxItems, n)
	}
	return nil
}

// decodeBlocks decodes the blocks of one nested attribute.
func (a *decodeAttr) decodeBlocks(content *hcl.BodyContent, ctx *hcl.EvalContext) (cty.Value, diag.Diagnostics) {
	var diags diag.Diagnostics
	var vals []cty.Value
	byKey := map[string]cty.Value{}
	var first *hcl.Block
	unknown := false
	for _, b := range content.Blocks {
		if b.Type != a.name {
			continue
		}
		if !a.settable() {
			return cty.UnknownVal(a.ty), diag.At(b.TypeRange, "Read-only block",
				"What is in %q is decided by the provider and cannot be set. Remove the block.", a.name)
		}
		if u, ok := b.Body.(interface{ Unknown() bool }); ok && u.Unknown() {
			// A dynamic block whose for_each is not known yet: nor is how many
			// blocks there will be.
			unknown = true
			continue
		}
		v, ds := a.inner.decode(b.Body, ctx, nil)
		diags = append(diags, ds...)
		if a.Nested.Nesting == providers.NestingMap {
			key := b.Labels[0]
			if _, twice := byKey[key]; twice {
				diags = append(diags, diag.At(b.LabelRanges[0], "Duplicate block",
					"There is already a %s block with the label %q. Labels must be unique: give this one another.", a.name, key)...)
			}
			byKey[key] = v
		}
		if first != nil && a.Nested.Nesting == providers.NestingSingle {
			diags = append(diags, diag.At(b.DefRange, "Duplicate block",
				"Only one %s block is allowed; another is at %s. Remove one of them.", a.name, first.DefRange)...)
			continue
		}
		first = b
		vals = append(vals, v)
	}
	rng := content.MissingItemRange
	if unknown {
		return cty.UnknownVal(a.ty), diags
	}
	if first == nil && (a.Required || a.Nested.MinItems > 0) {
		return cty.NullVal(a.ty), append(diags, diag.At(rng, "Missing required block",
			"At least one %s block is required, but there is none. Add it here.", a.name)...)
	}
	if first == nil {
		return cty.NullVal(a.ty), diags
	}
	if diags.HasErrors() {
		return cty.UnknownVal(a.ty), diags
	}
	var v cty.Value
	switch a.Nested.Nesting {
	case providers.NestingList:
		v = cty.ListVal(vals)
	case providers.NestingSet:
		v = cty.SetVal(vals)
	case providers.NestingMap:
		v = cty.MapVal(byKey)
	default:
		v = vals[0]
	}
	return v, append(diags, a.checkItems(v, first.DefRange)...)
}

func quoted(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(q, ", ")
}

// pathOf returns where in a value a conversion failed, as " (at .a[0])".
func pathOf(err error) string {
	if p, ok := err.(cty.PathError); ok && len(p.Path) > 0 {
		return " (at " + PathString(p.Path) + ")"
	}
	return ""
}
