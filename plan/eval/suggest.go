package eval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

// explain converts what the expression library found, and adds to a missing
// attribute the one that was likely meant.
func explain(hdiags hcl.Diagnostics) diag.Diagnostics {
	diags := diag.FromHCL(hdiags)
	for i := range diags {
		d := &diags[i]
		if d.Summary == "Unsupported attribute" && d.Subject != nil && d.Expression != nil && d.EvalContext != nil {
			d.Detail += likely(*d.Subject, d.Expression.Variables(), d.EvalContext)
		}
	}
	return diags
}

// likely finds the step at subject among traversals, and returns a suggestion
// of what else the object before it has.
func likely(subject hcl.Range, traversals []hcl.Traversal, ctx *hcl.EvalContext) string {
	for _, t := range traversals {
		for i := 1; i < len(t); i++ {
			step, ok := t[i].(hcl.TraverseAttr)
			if !ok || step.SrcRange != subject {
				continue
			}
			object, diags := t[:i].TraverseAbs(ctx)
			if diags.HasErrors() || !object.Type().IsObjectType() {
				return ""
			}
			return diag.DidYouMean(step.Name, attributeNames(object.Type()))
		}
	}
	return ""
}

func attributeNames(ty cty.Type) []string {
	var out []string
	for name := range ty.AttributeTypes() {
		out = append(out, name)
	}
	return out
}
