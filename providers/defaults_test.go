package providers_test

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func TestWithDefaults(t *testing.T) {
	inner := providers.Object{Attributes: map[string]*providers.Attribute{
		"port":  {Type: cty.Number, Optional: true, Default: cty.NumberIntVal(80)},
		"bound": {Type: cty.Number, Computed: true},
	}}
	obj := &providers.Object{Attributes: map[string]*providers.Attribute{
		"timeout": {Type: cty.String, Optional: true, Default: cty.StringVal("5s")},
		"host":    {Type: cty.String, Optional: true, Default: cty.StringVal("localhost")},
		"token":   {Type: cty.String, Optional: true},
		"id":      {Type: cty.String, Computed: true},
		"one":     {Nested: &providers.Nested{Nesting: providers.NestingSingle, Object: inner}, Optional: true},
		"many":    {Nested: &providers.Nested{Nesting: providers.NestingList, Object: inner}, Optional: true},
		"named":   {Nested: &providers.Nested{Nesting: providers.NestingMap, Object: inner}, Optional: true},
		"none":    {Nested: &providers.Nested{Nesting: providers.NestingSet, Object: inner}, Optional: true},
	}}
	port := func(n cty.Value) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"port": n, "bound": cty.NullVal(cty.Number)})
	}
	config := func(timeout, host, port cty.Value) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{
			"timeout": timeout, "host": host, "token": cty.StringVal("x").Mark("secret"), "id": cty.NullVal(cty.String),
			"one": port, "many": cty.ListVal([]cty.Value{port}), "named": cty.MapVal(map[string]cty.Value{"a": port}),
			"none": cty.SetValEmpty(inner.Type()),
		})
	}
	got := providers.WithDefaults(obj, config(cty.NullVal(cty.String), cty.UnknownVal(cty.String), port(cty.NullVal(cty.Number))))
	want := config(cty.StringVal("5s"), cty.UnknownVal(cty.String), port(cty.NumberIntVal(80)))
	if !got.RawEquals(want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
	if null := cty.NullVal(obj.Type()); !providers.WithDefaults(obj, null).RawEquals(null) {
		t.Error("null does not stay null")
	}
}
