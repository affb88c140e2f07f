package plan

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan/eval"
)

// AssertTarget is what the target of an assert names: a resource of the same
// module, all of it or one instance.
type AssertTarget struct {
	Resource *config.Resource
	// Key is what stands in brackets behind the name; nil when nothing does.
	Key hcl.Expression
}

// TargetOfAssert reads the target of an assert in m. It is nil for an assert
// without one.
func TargetOfAssert(m *config.Module, a *config.Assert) (*AssertTarget, diag.Diagnostics) {
	if a.Target == nil {
		return nil, nil
	}
	ref, key, diags := readTarget(nativeExpression(a.Target))
	if diags.HasErrors() {
		return nil, diags
	}
	if ref.Kind != config.RefResource {
		return nil, diag.At(a.Target.Range(), "Invalid assert target",
			"A target is a resource, written TYPE.NAME, or one instance of it, such as TYPE.NAME[0] or TYPE.NAME[each.key]. Write it like that.")
	}
	if diags := m.CheckReference(ref, config.AllowEach); diags.HasErrors() {
		return nil, diags
	}
	return &AssertTarget{Resource: m.Resources[ref.Type+"."+ref.Name], Key: key}, nil
}

// readTarget takes a target apart. What it returns is no reference to a
// resource when the expression is anything else than that, with a key or not.
func readTarget(e hcl.Expression) (ref config.Reference, key hcl.Expression, diags diag.Diagnostics) {
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return readTarget(e.Expression)
	case *hclsyntax.TemplateWrapExpr:
		return readTarget(e.Wrapped)
	case *hclsyntax.IndexExpr:
		ref, key, diags = readTarget(e.Collection)
		if key != nil {
			return config.Reference{}, nil, nil
		}
		return ref, e.Key, diags
	case *hclsyntax.ScopeTraversalExpr:
		ref, diags = config.ParseReference(e.Traversal)
		steps := 2
		if ref.HasKey {
			steps++
			key = &hclsyntax.LiteralValueExpr{Val: ref.Key.Value(), SrcRange: e.Traversal[2].SourceRange()}
		}
		if !diags.HasErrors() && (ref.Kind != config.RefResource || len(e.Traversal) > steps) {
			return config.Reference{}, nil, nil
		}
		return ref, key, diags
	}
	return config.Reference{}, nil, nil
}

// nativeExpression returns the expression in a JSON string, which may be bare
// or inside of ${}. Anything else is returned as it is.
func nativeExpression(e hcl.Expression) hcl.Expression {
	if _, native := e.(hclsyntax.Expression); native {
		return e
	}
	v, hdiags := e.Value(nil)
	if hdiags.HasErrors() || v.Type() != cty.String || v.IsNull() {
		return e
	}
	start := e.Range().Start
	start.Column++ // behind the quote
	start.Byte++
	parse := hclsyntax.ParseExpression
	if strings.Contains(v.AsString(), "${") {
		parse = hclsyntax.ParseTemplate
	}
	inner, hdiags := parse([]byte(v.AsString()), e.Range().Filename, start)
	if hdiags.HasErrors() {
		return e
	}
	return inner
}

// InstanceKey evaluates the key of the target for one instance of the assert
// in s. False says that it cannot be told yet, or that something it refers to
// failed.
func (t *AssertTarget) InstanceKey(s *eval.Scope, rep eval.Repetition) (addr.Key, bool, diag.Diagnostics) {
	if t.Key == nil {
		return addr.NoKey, true, nil
	}
	want, kind := cty.String, "a string, because it has for_each"
	switch {
	case t.Resource.Count != nil:
		want, kind = cty.Number, "a whole number, because it has count"
	case t.Resource.ForEach == nil:
		return addr.NoKey, false, diag.At(t.Key.Range(), "Unexpected instance key",
			"There is one %s.%s only, because it has neither count nor for_each. Remove the key in brackets.", t.Resource.Type, t.Resource.Name)
	}
	v, diags, ok := s.Eval(t.Key, cty.DynamicPseudoType, rep, cty.NilVal)
	if !ok {
		return addr.NoKey, false, diags
	}
	if marks.IsSensitive(v) {
		return addr.NoKey, false, append(diags, diag.At(t.Key.Range(), "Sensitive instance key",
			"The key is sensitive, but keys are part of addresses, which are shown. Use one that is not.")...)
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return addr.NoKey, false, diags
	}
	if v, err := convert.Convert(v, want); err == nil && !v.IsNull() {
		if key, err := addr.KeyFromValue(v); err == nil {
			return key, true, diags
		}
	}
	return addr.NoKey, false, append(diags, diag.At(t.Key.Range(), "Invalid instance key",
		"The key of an instance of %s.%s is %s. Write one of those.", t.Resource.Type, t.Resource.Name, kind)...)
}
