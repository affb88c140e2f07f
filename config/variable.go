package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

var variableSchema = &hcl.BodySchema{
	Attributes: attributes("description", "type", "default", "sensitive", "nullable"),
	Blocks:     []hcl.BlockHeaderSchema{{Type: "validation"}},
}

// isReservedVariable tells whether a variable of this name could not be set in
// a module block, where the name means something else.
func isReservedVariable(name string) bool {
	switch name {
	case "source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals":
		return true
	}
	return false
}

func decodeVariable(b *hcl.Block) (*Variable, diag.Diagnostics) {
	content, diags := closed(b.Body, variableSchema)
	v := &Variable{Name: b.Labels[0], Type: cty.DynamicPseudoType, Nullable: true, literal: true, Range: header(b)}
	if ds := checkName("the name of a variable", v.Name, b.LabelRanges[0]); ds != nil {
		return nil, append(diags, ds...)
	}
	if isReservedVariable(v.Name) {
		diags = append(diags, diag.At(b.LabelRanges[0], "Reserved name",
			"A variable cannot be called %q, because that means something else in a module block. Choose another name.", v.Name)...)
	}
	var ds diag.Diagnostics
	v.Description, ds = staticString(content, "description")
	diags = append(diags, ds...)
	v.Sensitive, ds = staticBool(content, "sensitive", false)
	diags = append(diags, ds...)
	v.Nullable, ds = staticBool(content, "nullable", true)
	diags = append(diags, ds...)
	typed := true
	if attr := content.Attributes["type"]; attr != nil {
		ds = v.decodeType(attr.Expr)
		diags = append(diags, ds...)
		typed = !ds.HasErrors()
	}
	if attr := content.Attributes["default"]; attr != nil {
		ds := v.decodeDefault(attr, typed)
		diags = append(diags, ds...)
	}
	for _, inner := range content.Blocks {
		rule, ds := decodeRule(inner)
		diags = append(diags, ds...)
		v.Validations = append(v.Validations, rule)
	}
	return v, diags
}

func (v *Variable) decodeType(e hcl.Expression) diag.Diagnostics {
	if isQuoted(e) {
		return diag.At(e.Range(), "Invalid type specification",
			"A type is written without quotes. Take the quotes away.")
	}
	if isJSON(e) { // only now is the string known to be code
		if src, hdiags := e.Value(nil); !hdiags.HasErrors() && src.Type() == cty.String && !src.IsNull() {
			if o := outlineConfig([]byte(src.AsString()), 0); o.excess != 0 {
				return diag.At(e.Range(), "Invalid type specification",
					"This type is nested too deeply. Write a simpler one.")
			}
		}
	}
	ty, defaults, hdiags := typeexpr.TypeConstraintWithDefaults(e)
	if hdiags.HasErrors() {
		return diag.FromHCL(hdiags)
	}
	v.Type = ty
	v.literal = ty.IsPrimitiveType()
	if defaults != nil {
		v.Defaults = &TypeDefaults{apply: defaults.Apply}
	}
	return nil
}

// decodeDefault reads the default value. One that is wrong still makes the
// variable optional.
func (v *Variable) decodeDefault(attr *hcl.Attribute, typed bool) diag.Diagnostics {
	rng := attr.Expr.Range()
	v.Default = cty.UnknownVal(v.ValueType())
	raw, hdiags := attr.Expr.Value(nil)
	if hdiags.HasErrors() {
		return v.hide(diag.At(rng, "Invalid default value",
			"The default of the variable %q must be written out, with no references and no function calls. Calculate in a local value instead.", v.Name))
	}
	if !typed {
		return nil
	}
	if raw.IsNull() && !v.Nullable {
		return diag.At(rng, "Invalid default value",
			"The variable %q is not nullable, so null cannot be its default. Give another default, or none to make it required.", v.Name)
	}
	value, err := v.convert(raw)
	if err != nil {
		return v.hide(diag.At(rng, "Invalid default value",
			"The default of the variable %q does not fit its type, %s%s. Change one of the two.",
			v.Name, typeexpr.TypeString(v.ValueType()), v.because(raw, err)))
	}
	v.Default = v.mark(value)
	return nil
}

// hide moves diagnostics about a sensitive value to the variable's header, so
// that no snippet shows the value.
func (v *Variable) hide(diags diag.Diagnostics) diag.Diagnostics {
	if v.Sensitive {
		for i := range diags {
			diags[i].Subject = &v.Range
		}
	}
	return diags
}

// ValueType is the type that the variable's values have: Type, in which an
// optional attribute is one like any other.
func (v *Variable) ValueType() cty.Type { return v.Type.WithoutOptionalAttributesDeep() }
