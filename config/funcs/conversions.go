package funcs

import (
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

func addConversions(t table) {
	t.add("can", tryfunc.CanFunc)
	t.add("ephemeralasnull", onAnyValue(func(v cty.Value) (cty.Value, error) {
		return v, nil // there are no ephemeral values
	}))
	t.add("issensitive", onAnyValue(isSensitive))
	t.add("nonsensitive", onAnyValue(nonSensitive))
	t.add("sensitive", onAnyValue(func(v cty.Value) (cty.Value, error) {
		return v.Mark(marks.Sensitive), nil
	}))
	t.add("tobool", convertTo(cty.Bool))
	t.add("tolist", convertTo(cty.List(cty.DynamicPseudoType)))
	t.add("tomap", convertTo(cty.Map(cty.DynamicPseudoType)))
	t.add("tonumber", convertTo(cty.Number))
	t.add("toset", convertTo(cty.Set(cty.DynamicPseudoType)))
	t.add("tostring", convertTo(cty.String))
	t.add("try", tryfunc.TryFunc)
}

// onAnyValue makes a function of one argument that may be anything: null,
// unknown, sensitive.
func onAnyValue(impl func(cty.Value) (cty.Value, error)) function.Function {
	p := anyParam("value")
	allowAll(&p)
	p.AllowNull = true
	return function.New(&function.Spec{
		Params: []function.Parameter{p},
		Type:   decidedByCall,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return impl(args[0])
		},
	})
}

func nonSensitive(v cty.Value) (cty.Value, error) {
	v, ms := v.Unmark()
	delete(ms, marks.Sensitive)
	return v.WithMarks(ms), nil
}

// isSensitive cannot say no of an unknown value: what becomes known may be
// sensitive.
func isSensitive(v cty.Value) (cty.Value, error) {
	switch {
	case marks.IsSensitive(v):
		return cty.True, nil
	case !v.IsKnown():
		return cty.UnknownVal(cty.Bool), nil
	default:
		return cty.False, nil
	}
}

// convertTo makes a function that converts to a type, in which every element
// keeps its own marks.
func convertTo(want cty.Type) function.Function {
	return onAnyValue(func(v cty.Value) (cty.Value, error) {
		converted, err := convert.Convert(v, want)
		if err == nil {
			return converted, nil
		}
		given := v.Type().FriendlyName()
		if v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
			if marks.IsSensitive(v) {
				given = "this (sensitive value)"
			} else {
				s, _ := v.Unmark()
				given = quoted(s.AsString())
			}
		}
		const format = "%s cannot be converted to %s%s"
		switch {
		case v.Type() == cty.String && want == cty.Bool:
			return cty.NilVal, function.NewArgErrorf(0, format, given, "bool", `; only "true" and "false" can`)
		case v.Type() == cty.String && want == cty.Number:
			return cty.NilVal, function.NewArgErrorf(0, format, given, "number", "; it must be a number in decimal digits")
		default:
			return cty.NilVal, function.NewArgErrorf(0, format, v.Type().FriendlyName(), want.FriendlyNameForConstraint(), "")
		}
	})
}
