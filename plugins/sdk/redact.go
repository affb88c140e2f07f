package sdk

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// shortest is how long a secret must be to be looked for. Shorter ones are in
// many words.
const shortest = 4

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
		s := v.AsString()
		forms := []string{s, url.QueryEscape(s), url.PathEscape(s), url.UserPassword("", s).String()[1:], inJSON(s, true), inJSON(s, false)}
		for _, form := range forms {
			if len(form) >= shortest && !slices.Contains(r.secrets, form) {
				r.secrets = append(r.secrets, form)
			}
		}
		return true, nil
	})
	// The longest first, so that none is hidden by half.
	slices.SortStableFunc(r.secrets, func(a, b string) int { return len(b) - len(a) })
}

// inJSON returns a text as it stands between the quotes of JSON.
func inJSON(text string, escapeHTML bool) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	_ = e.Encode(text) // always works
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
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
