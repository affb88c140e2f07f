package eval

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Fits tells what a value of the type lacks to be one that could be written in a
// configuration, beside what its type says: what is required, what is read-only, the
// values that are possible, and what goes together. It is for values that were
// written nowhere. The error names attributes, and quotes no values.
func (d *Decoder) Fits(v cty.Value) error {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	vals := v.AsValueMap()
	for i := range d.attrs {
		a := &d.attrs[i]
		av, _ := vals[a.name].Unmark()
		switch {
		case av.IsNull() && a.Required:
			return fmt.Errorf("%s is required", a.name)
		case av.IsNull() || !av.IsKnown():
		case !a.settable():
			return fmt.Errorf("%s is decided by the provider", a.name)
		case a.inner != nil:
			if err := a.fitInside(av); err != nil {
				return err
			}
		case len(a.checkEnum(av, hcl.Range{}, nil, nil)) > 0:
			return fmt.Errorf("%s must be one of %s", a.name, quoted(a.Enum))
		}
	}
	return saidBy(d.checkGroups(vals, hcl.Range{}, func(string) hcl.Range { return hcl.Range{} }, nil))
}

func (a *decodeAttr) fitInside(v cty.Value) error {
	if a.Nested.Nesting == providers.NestingSingle {
		return a.inner.Fits(v)
	}
	for _, e := range v.AsValueSlice() {
		if err := a.inner.Fits(e); err != nil {
			return err
		}
	}
	return saidBy(a.checkItems(v, hcl.Range{}))
}

func saidBy(ds diag.Diagnostics) error {
	if len(ds) == 0 {
		return nil
	}
	return errors.New(ds[0].Detail)
}
