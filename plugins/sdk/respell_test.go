package sdk

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// What means the same is spelled as it was; what differs, and what an object
// has that was not there, stays.
func TestRespell(t *testing.T) {
	port := providers.Object{Attributes: map[string]*providers.Attribute{
		"container": {Type: cty.Number, Required: true},
		"host":      {Type: cty.Number, Optional: true},
		"timeout":   {Type: cty.String, Optional: true, Normalise: providers.NormaliseDuration},
		"id":        {Type: cty.String, Computed: true},
	}}
	nested := func(n providers.Nesting, unordered bool) *providers.Attribute {
		a := &providers.Attribute{Optional: true, Nested: &providers.Nested{Nesting: n, Object: port, Block: n == providers.NestingList}}
		if unordered {
			a.Normalise = providers.NormaliseUnsorted
		}
		return a
	}
	obj := &providers.Object{Attributes: map[string]*providers.Attribute{
		"timeout": {Type: cty.String, Optional: true, Normalise: providers.NormaliseDuration},
		"names":   {Type: cty.List(cty.String), Optional: true, Normalise: providers.NormaliseUnsorted},
		"ports":   nested(providers.NestingList, true),
		"steps":   nested(providers.NestingList, false),
		"one":     nested(providers.NestingSingle, false),
		"keyed":   nested(providers.NestingMap, false),
		"default": {Type: cty.String, Optional: true, Default: cty.StringVal("d")},
	}}
	p := func(container int64, host, timeout, id cty.Value) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"container": cty.NumberIntVal(container), "host": host, "timeout": timeout, "id": id})
	}
	noNumber, noText, someID := cty.NullVal(cty.Number), cty.NullVal(cty.String), cty.UnknownVal(cty.String)
	text := cty.StringVal
	full := func(attrs map[string]cty.Value) cty.Value {
		all := map[string]cty.Value{}
		for name, a := range obj.Attributes {
			all[name] = cty.NullVal(a.ValueType())
		}
		for name, v := range attrs {
			all[name] = v
		}
		return cty.ObjectVal(all)
	}
	want := full(map[string]cty.Value{
		"timeout": text("90s"),
		"names":   cty.ListVal([]cty.Value{text("b"), text("a")}),
		"ports":   cty.ListVal([]cty.Value{p(80, noNumber, text("60s"), someID), p(443, cty.NumberIntVal(8443), noText, someID)}),
		"steps":   cty.ListVal([]cty.Value{p(1, noNumber, text("60s"), someID)}),
		"one":     p(1, noNumber, text("60s"), someID),
		"keyed":   cty.MapVal(map[string]cty.Value{"a": p(1, noNumber, text("60s"), someID)}),
	})
	got := full(map[string]cty.Value{
		"timeout": text("1m30s"),
		"names":   cty.ListVal([]cty.Value{text("a"), text("b")}),
		"ports":   cty.ListVal([]cty.Value{p(443, cty.NumberIntVal(8443), noText, text("x")), p(22, noNumber, noText, text("z")), p(80, cty.NumberIntVal(32768), text("1m"), text("y"))}),
		"steps":   cty.ListVal([]cty.Value{p(1, noNumber, text("1m"), text("x")), p(2, noNumber, text("1m"), text("y"))}),
		"one":     p(2, noNumber, text("1m"), text("x")),
		"keyed":   cty.MapVal(map[string]cty.Value{"a": p(1, noNumber, text("1m"), text("x")), "b": p(1, noNumber, text("1m"), text("y"))}),
		"default": text("e"),
	})
	read := speller{read: true}.object(obj, want, got)
	expected := full(map[string]cty.Value{
		"timeout": text("90s"),
		"names":   cty.ListVal([]cty.Value{text("b"), text("a")}),
		// The port of the host was not asked for, so it is not drift.
		"ports":   cty.ListVal([]cty.Value{p(80, noNumber, text("60s"), text("y")), p(443, cty.NumberIntVal(8443), noText, text("x")), p(22, noNumber, noText, text("z"))}),
		"steps":   cty.ListVal([]cty.Value{p(1, noNumber, text("60s"), text("x")), p(2, noNumber, text("1m"), text("y"))}),
		"one":     p(2, noNumber, text("60s"), text("x")),
		"keyed":   cty.MapVal(map[string]cty.Value{"a": p(1, noNumber, text("60s"), text("x")), "b": p(1, noNumber, text("1m"), text("y"))}),
		"default": text("e"), // which somebody has changed
	})
	if !read.RawEquals(expected) {
		t.Errorf("read:\n%#v\nnot\n%#v", read, expected)
	}
	if made := (speller{}).object(obj, want, got); made.GetAttr("ports").Index(cty.NumberIntVal(0)).GetAttr("container").Equals(cty.NumberIntVal(443)).False() {
		t.Errorf("what was made with a port that was not planned is %#v", made.GetAttr("ports"))
	}

	// No blocks are an empty list or none at all.
	none := full(nil)
	empty := full(map[string]cty.Value{"ports": cty.ListValEmpty(port.Type())})
	if got := (speller{}).object(obj, none, empty); !got.RawEquals(none) {
		t.Errorf("no blocks are %#v", got.GetAttr("ports"))
	}
	if got := (speller{}).object(obj, empty, none); !got.RawEquals(empty) {
		t.Errorf("no blocks are %#v", got.GetAttr("ports"))
	}
	if got := (speller{}).object(obj, cty.NullVal(obj.Type()), want); !got.RawEquals(want) {
		t.Error("what was not there before is respelled")
	}
}
