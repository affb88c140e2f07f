package sdk

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/conceal"
	"github.com/clockwork-hcl/clockwork/providers"
)

// redactor takes secrets out of what a provider says: a second line of defence,
// behind the type Secret.
type redactor struct {
	secrets []string
}

// add notes the secrets in an object.
func (r *redactor) add(obj *providers.Object, v cty.Value) {
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		return
	}
	for name, a := range obj.Attributes {
		in := v.GetAttr(name)
		switch {
		case in.IsNull() || !in.IsKnown():
		case a.Sensitive:
			r.all(in)
		case a.Nested == nil:
		case a.Nested.Nesting == providers.NestingSingle:
			r.add(&a.Nested.Object, in)
		default:
			for it := in.ElementIterator(); it.Next(); {
				_, e := it.Element()
				r.add(&a.Nested.Object, e)
			}
		}
	}
}

// all notes every text in a value, also as it stands in an address and in JSON.
func (r *redactor) all(v cty.Value) {
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
			return true, nil
		}
		for _, form := range conceal.Forms(v.AsString()) {
			if !slices.Contains(r.secrets, form) {
				r.secrets = append(r.secrets, form)
			}
		}
		return true, nil
	})
	// The longest first, so that none is hidden by half.
	slices.SortStableFunc(r.secrets, func(a, b string) int { return len(b) - len(a) })
}

func (r *redactor) hide(text string) string {
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return text
}

func (r *redactor) diagnostics(ds diag.Diagnostics) diag.Diagnostics {
	for i := range ds {
		ds[i].Summary, ds[i].Detail = r.hide(ds[i].Summary), r.hide(ds[i].Detail)
	}
	return ds
}
