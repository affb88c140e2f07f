package plan

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/conceal"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Conceal notes what is sensitive in values that a provider is about to be
// sent, so that nobody sees it when the provider repeats it.
func (r *Run) Conceal(values ...cty.Value) {
	var found secrets
	for _, v := range values {
		found.find(v)
	}
	if len(found.texts) == 0 {
		return
	}
	r.told.Add(found.texts...)
	if c, ok := r.Providers.(providers.Concealer); ok {
		c.Conceal(found.texts...) // for its log
	}
}

// Hear returns what a provider reports without the secrets that it was sent.
func (r *Run) Hear(ds diag.Diagnostics) diag.Diagnostics { return hear(&r.told, ds) }

// HearText does the same with a text.
func (r *Run) HearText(text string) string { return r.told.Hide(text) }

func hear(told *conceal.Set, ds diag.Diagnostics) diag.Diagnostics {
	ds = slices.Clone(ds)
	for i := range ds {
		d := &ds[i]
		d.Summary, d.Detail, d.Address = told.Hide(d.Summary), told.Hide(d.Detail), told.Hide(d.Address)
	}
	return ds
}

// Label is what messages call a provider.
func (r *Run) Label(source string) string {
	if l, ok := r.Providers.(providers.Labeler); ok {
		return l.Label(source)
	}
	return source
}
