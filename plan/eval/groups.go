package eval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

// checkGroups checks which attributes of an object may be set together. whole
// is where the object is written, and at where one of its attributes is. missing
// takes what may be completed; it may be nil.
func (d *Decoder) checkGroups(vals map[string]cty.Value, whole hcl.Range, at func(name string) hcl.Range, missing *gaps) diag.Diagnostics {
	var diags diag.Diagnostics
	check := func(group []string, least, most bool) {
		var set []string
		unsure := false
		for _, name := range group {
			v := vals[name]
			switch {
			case v.IsNull():
			case !v.IsKnown():
				unsure = true
			default:
				set = append(set, name)
			}
		}
		if most && len(set) > 1 {
			diags = append(diags, diag.At(at(set[1]), "Conflicting arguments",
				"Only one of %s can be set, but %s are. Remove all but one.", quoted(group), quoted(set))...)
		}
		if least && len(set) == 0 && !unsure {
			what := "One of %s must be set. Set one of them here."
			if !most {
				what = "At least one of %s must be set. Set it here."
			}
			says := diag.At(whole, "Missing required argument", what, quoted(group))
			if !missing.takeOne(d, group, says) {
				diags = append(diags, says...)
			}
		}
	}
	for _, g := range d.obj.ExactlyOneOf {
		check(g, true, true)
	}
	for _, g := range d.obj.AtMostOneOf {
		check(g, false, true)
	}
	for _, g := range d.obj.AtLeastOneOf {
		check(g, true, false)
	}
	return diags
}
