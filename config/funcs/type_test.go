package funcs

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

func TestTypeFunction(t *testing.T) {
	ctx := newContext(t)
	ctx.Functions["type"] = TypeFunction
	for expr, want := range map[string]string{
		`"a"`:                     "string",
		`1`:                       "number",
		`true`:                    "bool",
		`null`:                    "dynamic",
		`[]`:                      "tuple([])",
		`{}`:                      "object({})",
		`tolist(["a"])`:           "list(string)",
		`toset([1])`:              "set(number)",
		`tomap({ a = true })`:     "map(bool)",
		`tolist([])`:              "list(dynamic)",
		`tolist([toset(["a"])])`:  "list(set(string))",
		`tolist([{ a = 1 }])`:     "list(\n    object({\n        a: number,\n    }),\n)",
		`{ b = 1, a = ["x", 2] }`: "object({\n    a: tuple([\n        string,\n        number,\n    ]),\n    b: number,\n})",
		`sensitive("a")`:          "string",
		`unknown.string`:          "string",
		`unknown.any`:             "dynamic",
		`sensitive(unknown.list)`: "list(string)",
	} {
		got := eval(t, ctx, "type("+expr+")")
		if !got.RawEquals(cty.StringVal(want)) {
			t.Errorf("type(%s) is %#v, not %q", expr, got, want)
		}
	}
}

// TestConversions has the values that functions.txt cannot tell apart without
// the very functions.
func TestConversions(t *testing.T) {
	tuple := cty.TupleVal([]cty.Value{cty.StringVal("b"), cty.NumberIntVal(1), cty.StringVal("b")})
	object := cty.ObjectVal(map[string]cty.Value{"a": cty.NumberIntVal(1), "b": cty.StringVal("x").Mark(marks.Sensitive)})
	b, one := cty.StringVal("b"), cty.StringVal("1")
	table := Functions(Options{})
	for _, test := range []struct {
		function  string
		arg, want cty.Value
	}{
		{"tolist", tuple, cty.ListVal([]cty.Value{b, one, b})},
		{"tolist", cty.EmptyTupleVal, cty.ListValEmpty(cty.DynamicPseudoType)},
		{"tolist", cty.NullVal(cty.DynamicPseudoType), cty.NullVal(cty.List(cty.DynamicPseudoType))},
		{"toset", tuple, cty.SetVal([]cty.Value{b, one})},
		{"toset", cty.ListValEmpty(cty.String), cty.SetValEmpty(cty.String)},
		{"tomap", object, cty.MapVal(map[string]cty.Value{"a": one, "b": cty.StringVal("x").Mark(marks.Sensitive)})},
		{"tonumber", cty.NullVal(cty.DynamicPseudoType), cty.NullVal(cty.Number)},
		{"tostring", cty.True, cty.StringVal("true")},
		{"tobool", cty.StringVal("true").Mark(marks.Sensitive), cty.True.Mark(marks.Sensitive)},
		{"sensitive", b, b.Mark(marks.Sensitive)},
		{"nonsensitive", b.Mark(marks.Sensitive), b},
	} {
		got, err := table[test.function].Call([]cty.Value{test.arg})
		if err != nil || !got.RawEquals(test.want) {
			t.Errorf("%s(%#v) is %#v, %v", test.function, test.arg, got, err)
		}
	}
}
