package vet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
)

// freeFactor is how many times more, or less, than the user's own value a limit may
// be where the policy sets no bounds.
const freeFactor = 2

// valuesAreInBounds: what the policy bounds is within, measured by what the user
// wrote and not by what lies over that. A limit without bounds stays near to
// what the user wrote, or a person decides.
func valuesAreInBounds(_ context.Context, v *vetting) (Outcome, error) {
	out := Allow
	var why error
	for _, c := range v.changes {
		bound, bounded := v.Policy.AI.Bounds[c.Attribute()]
		switch {
		case bounded && c.value.IsNull():
			return Deny, fmt.Errorf("%s has bounds, so it cannot be removed", c)
		case bounded:
			if err := within(c.at.Attribute, c.value, bound); err != nil {
				return Deny, fmt.Errorf("%s %w", c, err)
			}
		case c.tier(v.typ) == providers.TierFree && !near(c.at.Attribute, c.value, c.at.Value):
			out, why = NeedsApproval, fmt.Errorf("%s has no bounds, and is far from what is configured", c)
		}
	}
	return out, why
}

// within says why a value is not within bounds.
func within(a *providers.Attribute, v cty.Value, b plan.Bound) error {
	q, ok := quantity(a, v)
	if !ok {
		return errors.New("cannot be compared with its bounds")
	}
	for _, side := range []struct {
		limit   cty.Value
		outside func(limit float64) bool
	}{{b.Min, func(limit float64) bool { return q < limit }}, {b.Max, func(limit float64) bool { return q > limit }}} {
		if side.limit.IsNull() {
			continue
		}
		if limit, ok := quantity(a, side.limit); !ok {
			return errors.New("cannot be compared with its bounds")
		} else if side.outside(limit) {
			return errors.New("is out of bounds")
		}
	}
	if q < 0 && b.Min.IsNull() {
		return errors.New("is negative, which lifts a limit")
	}
	return nil
}

// quantity is how much a value of an attribute is: a number, bytes, or nanoseconds,
// as the attribute is compared.
func quantity(a *providers.Attribute, v cty.Value) (float64, bool) {
	if v.IsNull() || !v.IsKnown() {
		return 0, false
	}
	if n, err := convert.Convert(v, cty.Number); err == nil {
		f, _ := n.AsBigFloat().Float64()
		return f, true
	}
	if v.Type() != cty.String {
		return 0, false
	}
	if a.Normalise == providers.NormaliseDuration {
		d, err := time.ParseDuration(v.AsString())
		return float64(d), err == nil
	}
	n, err := providers.ParseBytes(v.AsString())
	return float64(n), err == nil
}

// near tells whether a value that can be measured is not far from what the user
// wrote. What cannot be measured is not near.
func near(a *providers.Attribute, v, own cty.Value) bool {
	x, okX := quantity(a, v)
	y, okY := quantity(a, own)
	return okX && okY && x > 0 && y > 0 && x <= freeFactor*y && y <= freeFactor*x
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	da, db := json.NewDecoder(bytes.NewReader(a)), json.NewDecoder(bytes.NewReader(b))
	return da.Decode(&x) == nil && db.Decode(&y) == nil && reflect.DeepEqual(x, y)
}
