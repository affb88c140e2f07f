package funcs

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func addSets(t table) {
	t.add("setintersection", guardWith(stdlib.SetIntersectionFunc, nil, fittingAll))
	t.add("setproduct", guard(stdlib.SetProductFunc))
	t.add("setsubtract", guardWith(stdlib.SetSubtractFunc, nil, fittingAll))
	t.add("setunion", guardWith(stdlib.SetUnionFunc, nil, fittingAll))
}

// fittingAll corrects the result v of a function that converts it to a type
// which fits all arguments, and forgets that an unknown one can be of any type.
// Only strings stay what they are whatever they are combined with.
func fittingAll(v cty.Value, args []cty.Value) cty.Value {
	ty := v.Type()
	if ty == cty.String || ty.Equals(cty.Set(cty.String)) {
		return v
	}
	for _, arg := range args {
		switch {
		case arg.IsKnown():
		case arg.Type() == cty.DynamicPseudoType:
			return cty.DynamicVal.WithSameMarks(v)
		case arg.Type().Equals(cty.Set(cty.DynamicPseudoType)):
			return cty.UnknownVal(arg.Type()).WithSameMarks(v)
		}
	}
	return v
}
