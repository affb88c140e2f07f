package providers

import (
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestQuantity(t *testing.T) {
	text, number := &Attribute{Type: cty.String}, &Attribute{Type: cty.Number}
	size, time := &Attribute{Type: cty.String, Normalise: NormaliseBytes}, &Attribute{Type: cty.String, Normalise: NormaliseDuration}
	for i, c := range []struct {
		a    *Attribute
		v    cty.Value
		want float64 // -1 for nothing
	}{
		{size, cty.StringVal("1KiB"), 1024}, {size, cty.StringVal("512"), 512}, {size, cty.NumberIntVal(512), 512}, {size, cty.StringVal("1s"), -1},
		{time, cty.StringVal("1m"), 6e10}, {time, cty.StringVal("60"), -1}, {time, cty.NumberIntVal(60), -1}, {time, cty.StringVal("1KiB"), -1},
		{number, cty.NumberFloatVal(1.5), 1.5}, {number, cty.StringVal("3"), 3}, {number, cty.StringVal("1KiB"), -1},
		{text, cty.StringVal("3"), 3}, {text, cty.StringVal("1s"), -1}, {text, cty.StringVal("x"), -1}, {text, cty.True, -1},
		{number, cty.NullVal(cty.Number), -1}, {number, cty.UnknownVal(cty.Number), -1}, {number, cty.ListVal([]cty.Value{cty.NumberIntVal(1)}), -1},
		{&Attribute{Nested: &Nested{}}, cty.NumberIntVal(1), -1},
	} {
		got, ok := c.a.Quantity(c.v)
		if !ok {
			got = -1
		}
		if got != c.want {
			t.Errorf("%d: %v, not %v", i, got, c.want)
		}
	}
}
