package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// callFailed is the diagnostic for a call that brought no answer.
func callFailed(address, source string, err error) diag.Diagnostics {
	return diag.FromError("Provider did not answer", fmt.Errorf("provider %s: %s: %w", source, address, err)).WithAddress(address)
}

// callFailed is the same for a provider that was sent secrets.
func (r *Run) callFailed(address, source string, err error) diag.Diagnostics {
	return r.Hear(callFailed(address, r.Label(source), err))
}

// checkAnswer checks that what a provider says there is can be kept.
func checkAnswer(t *Type, v cty.Value) error {
	switch {
	case v == cty.NilVal:
		return errors.New("is nothing at all")
	case v.Type().TestConformance(t.Type()) != nil:
		return fmt.Errorf("is not of the type %s", t.Name)
	case v.ContainsMarked():
		return errors.New("holds marks")
	case !v.IsWhollyKnown():
		return errors.New("holds values that are not known")
	}
	return nil
}

// LacksRequired returns the name of a required attribute that an object has not,
// or "".
func LacksRequired(t *Type, v cty.Value) string {
	if v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() {
		return ""
	}
	v, _ = v.Unmark()
	for _, name := range slices.Sorted(maps.Keys(t.Object().Attributes)) {
		if t.Object().Attributes[name].Required && v.Type().HasAttribute(name) && v.GetAttr(name).IsNull() {
			return name
		}
	}
	return ""
}

// badAnswer is the diagnostic for an answer that cannot be used; err completes
// the words "returned an object that". Nil means that it was null.
func badAnswer(address, source, call string, err error) diag.Diagnostics {
	if err == nil {
		err = errors.New("is null")
	}
	return diag.Errorf("Provider answered what it may not",
		"Asked to %s %s, the provider %s returned an object that %v. This is a mistake in the provider: please report it to its authors.",
		call, address, source, err).WithAddress(address)
}

// keepMarks marks what was noted as sensitive under an older schema. Where an
// attribute is not there any more, its value may be anywhere: all is marked.
func keepMarks(v cty.Value, paths []json.RawMessage) cty.Value {
	for _, raw := range paths {
		p, err := decodePath(raw)
		if err != nil || len(p) == 0 {
			return markAll(v)
		}
		if step, ok := p[0].(cty.GetAttrStep); !ok || !v.Type().HasAttribute(step.Name) {
			return markAll(v)
		}
	}
	return markStored(v, paths)
}

func markAll(v cty.Value) cty.Value {
	vals := v.AsValueMap()
	for name, attr := range vals {
		if !attr.IsNull() {
			vals[name] = attr.Mark(marks.Sensitive)
		}
	}
	return cty.ObjectVal(vals)
}
