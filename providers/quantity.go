package providers

import (
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Quantity is how much a value of an attribute is, to be compared with another of the
// same attribute: a number, bytes, or nanoseconds. False means that it is nothing that
// can be measured. An attribute that holds several is measured by each of them.
func (a *Attribute) Quantity(v cty.Value) (float64, bool) {
	if a.Nested != nil || v.IsNull() || !v.IsKnown() || !v.Type().IsPrimitiveType() {
		return 0, false
	}
	switch a.Normalise {
	case NormaliseDuration:
		if v.Type() != cty.String {
			return 0, false
		}
		d, err := time.ParseDuration(v.AsString())
		return float64(d), err == nil
	case NormaliseBytes:
		if v.Type() == cty.String {
			n, err := parseBytes(v.AsString())
			return float64(n), err == nil
		}
	}
	n, err := convert.Convert(v, cty.Number)
	if err != nil {
		return 0, false
	}
	f, _ := n.AsBigFloat().Float64()
	return f, true
}
