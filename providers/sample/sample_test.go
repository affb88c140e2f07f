package sample_test

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/sample"
)

func TestBody(t *testing.T) {
	inner := providers.Object{Attributes: map[string]*providers.Attribute{
		"host": {Type: cty.String, Required: true}, "port": {Type: cty.Number, Required: true}, "more": {Type: cty.String, Optional: true},
	}}
	nested := func(n providers.Nesting, block bool) *providers.Attribute {
		return &providers.Attribute{Required: true, Nested: &providers.Nested{Nesting: n, Block: block, Object: inner}}
	}
	obj := &providers.Object{
		Attributes: map[string]*providers.Attribute{
			"a_text": {Type: cty.String, Required: true}, "b_number": {Type: cty.Number, Required: true}, "c_bool": {Type: cty.Bool, Required: true},
			"d_list": {Type: cty.List(cty.String), Required: true}, "e_map": {Type: cty.Map(cty.Number), Required: true},
			"f_enum":   {Type: cty.String, Required: true, Enum: []string{"x", "y"}},
			"g_secret": {Type: cty.String, Required: true, Sensitive: true}, "h_any": {Type: cty.DynamicPseudoType, Required: true},
			"i_single": nested(providers.NestingSingle, false), "j_set": nested(providers.NestingSet, false), "k_map": nested(providers.NestingMap, false),
			"l_block": nested(providers.NestingList, true), "m_keyed": nested(providers.NestingMap, true),
			"n_object": {Type: cty.EmptyObject, Required: true}, "o_tuple": {Type: cty.EmptyTuple, Required: true},
			"p_one": {Type: cty.String, Optional: true}, "q_other": {Type: cty.String, Optional: true}, "r_not": {Type: cty.String, Optional: true},
		},
		ExactlyOneOf: [][]string{{"p_one", "q_other"}},
	}
	const want = `a_text = name
b_number = 1
c_bool = true
d_list = [name]
e_map = { key = 1 }
f_enum = "x"
g_secret = secret
h_any = name
i_single = { host = name, port = 1 }
j_set = [{ host = name, port = 1 }]
k_map = { key = { host = name, port = 1 } }
l_block {
  host = name
  port = 1
}
m_keyed "key" {
  host = name
  port = 1
}
n_object = {}
o_tuple = []
p_one = name
`
	if got := (sample.Words{Text: "name", Secret: "secret"}).Body(obj, ""); got != want {
		t.Errorf("it is\n%s", got)
	}
	if got := (sample.Words{}).Body(&providers.Object{}, "  "); got != "  # Nothing is required.\n" {
		t.Errorf("of nothing it is %q", got)
	}
}
