package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
)

var lifecycleSchema = &hcl.BodySchema{
	Attributes: attributes("prevent_destroy", "create_before_destroy", "enabled", "ignore_changes", "replace_triggered_by"),
	Blocks:     []hcl.BlockHeaderSchema{{Type: "precondition"}, {Type: "postcondition"}},
}

func decodeLifecycle(b *hcl.Block, mode addr.Mode) (Lifecycle, diag.Diagnostics) {
	content, diags := closed(b.Body, lifecycleSchema)
	if mode == addr.Data {
		for _, name := range []string{"prevent_destroy", "create_before_destroy", "ignore_changes", "replace_triggered_by"} {
			if attr := content.Attributes[name]; attr != nil {
				diags = append(diags, diag.At(attr.NameRange, "Unsupported argument",
					"A data source is only read, so %s means nothing for it. Remove this argument.", name)...)
			}
		}
	}
	l := Lifecycle{PreventDestroy: expr(content, "prevent_destroy"), Enabled: expr(content, "enabled")}
	var ds diag.Diagnostics
	l.CreateBeforeDestroy, ds = staticBool(content, "create_before_destroy", false)
	diags = append(diags, ds...)
	if attr := content.Attributes["ignore_changes"]; attr != nil {
		diags = append(diags, l.decodeIgnoreChanges(attr)...)
	}
	if attr := content.Attributes["replace_triggered_by"]; attr != nil {
		diags = append(diags, l.decodeTriggers(attr)...)
	}
	for _, inner := range content.Blocks {
		rule, ds := decodeRule(inner)
		diags = append(diags, ds...)
		if inner.Type == "precondition" {
			l.Preconditions = append(l.Preconditions, rule)
		} else {
			l.Postconditions = append(l.Postconditions, rule)
		}
	}
	return l, diags
}

func (l *Lifecycle) decodeIgnoreChanges(attr *hcl.Attribute) diag.Diagnostics {
	if hcl.ExprAsKeyword(attr.Expr) == "all" {
		l.IgnoreAll = true
		return nil
	}
	exprs, hdiags := hcl.ExprList(attr.Expr)
	if hdiags.HasErrors() && !isEmptyList(attr.Expr) {
		return diag.At(attr.Expr.Range(), "Invalid ignore_changes",
			"The argument ignore_changes is the word all, or a list of arguments that is written out. Write it as [NAME, NAME].")
	}
	var diags diag.Diagnostics
	for _, e := range exprs {
		t, hdiags := hcl.RelTraversalForExpr(e)
		switch {
		case isQuoted(e):
			diags = append(diags, diag.At(e.Range(), "Invalid ignore_changes",
				"The arguments to ignore are written without quotes. Take the quotes away.")...)
		case hdiags.HasErrors():
			diags = append(diags, diag.At(e.Range(), "Invalid ignore_changes",
				"Only the name of an argument can be written here, or a part of one. Write NAME, or NAME[\"KEY\"].")...)
		default:
			l.IgnoreChanges = append(l.IgnoreChanges, t)
		}
	}
	return diags
}

func (l *Lifecycle) decodeTriggers(attr *hcl.Attribute) diag.Diagnostics {
	exprs, hdiags := hcl.ExprList(attr.Expr)
	if hdiags.HasErrors() && !isEmptyList(attr.Expr) {
		return diag.At(attr.Expr.Range(), "Invalid replace_triggered_by",
			"The argument replace_triggered_by is a list of references that is written out. Write it as [TYPE.NAME].")
	}
	var diags diag.Diagnostics
	for _, e := range exprs {
		e, ds := trigger(e)
		diags = append(diags, ds...)
		if !ds.HasErrors() {
			l.ReplaceTriggeredBy = append(l.ReplaceTriggeredBy, e)
		}
	}
	return diags
}

// trigger checks that an expression names a resource, one of its instances or
// something inside it, and nothing else but the key of an instance.
func trigger(e hcl.Expression) (hcl.Expression, diag.Diagnostics) {
	rng := e.Range()
	if isJSON(e) { // the string is code here, not a template
		src, hdiags := e.Value(nil)
		if hdiags.HasErrors() || src.IsNull() || src.Type() != cty.String {
			return nil, badTrigger(rng)
		}
		var diags diag.Diagnostics
		if e, diags = parseExpressionAt(src.AsString(), rng); diags.HasErrors() {
			return nil, diags
		}
	}
	refs, diags := References(e)
	if diags.HasErrors() {
		return nil, diags
	}
	resources, others := 0, 0
	for _, ref := range refs {
		switch ref.Kind {
		case RefResource:
			resources++
		case RefEach, RefCount:
		default:
			others++
		}
	}
	if resources != 1 || others != 0 {
		return nil, badTrigger(rng)
	}
	return e, nil
}

func badTrigger(rng hcl.Range) diag.Diagnostics {
	return diag.At(rng, "Invalid replace_triggered_by",
		"Only a resource of this module, or something inside one, can trigger a replacement. Write TYPE.NAME or TYPE.NAME.ARGUMENT.")
}
