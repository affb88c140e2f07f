package funcs

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func addNumbers(t table) {
	t.add("abs", guard(stdlib.AbsoluteFunc))
	t.add("ceil", guard(stdlib.CeilFunc))
	t.add("floor", guard(stdlib.FloorFunc))
	t.add("log", guard(stdlib.LogFunc))
	t.add("max", guard(stdlib.MaxFunc))
	t.add("min", guard(stdlib.MinFunc))
	t.add("parseint", guard(stdlib.ParseIntFunc))
	t.add("pow", guard(stdlib.PowFunc))
	t.add("signum", guard(stdlib.SignumFunc))
	t.add("sum", newFunc(cty.Number, sum, anyParam("list")))
}

func sum(args []cty.Value) (cty.Value, error) {
	list := args[0]
	if !isSequence(list.Type()) {
		return cty.NilVal, function.NewArgErrorf(0, "a list, set or tuple of numbers is required, not %s", list.Type().FriendlyName())
	}
	if !list.IsWhollyKnown() {
		return cty.UnknownVal(cty.Number), nil
	}
	if list.LengthInt() == 0 {
		return cty.NilVal, function.NewArgErrorf(0, "there is nothing to add up in an empty list")
	}
	total := cty.Zero
	for _, elem := range list.Elements() {
		n, err := convert.Convert(elem, cty.Number)
		if err != nil || n.IsNull() {
			return cty.NilVal, function.NewArgErrorf(0, "every element must be a number")
		}
		if total, err = stdlib.Add(total, n); err != nil {
			return cty.NilVal, err
		}
	}
	return total, nil
}

// isSequence tells whether values of a type are iterated without keys.
func isSequence(ty cty.Type) bool {
	return ty.IsListType() || ty.IsSetType() || ty.IsTupleType()
}
