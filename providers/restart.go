package providers

import "github.com/zclconf/go-cty/cty"

// Restarted is what is planned of an object that is restarted: what there is,
// and unknown what a restart may change, which is what the provider alone sets
// and what is neither stable nor made from other attributes. Marks are kept.
func Restarted(obj *Object, prior cty.Value) cty.Value {
	prior, marks := prior.Unmark()
	if prior.IsNull() {
		return prior.WithMarks(marks)
	}
	vals := prior.AsValueMap()
	for name, a := range obj.Attributes {
		if a.Computed && !a.Optional && !a.Stable && a.DependsOn == nil {
			vals[name] = cty.UnknownVal(a.ValueType()).WithMarks(vals[name].Marks())
		}
	}
	return cty.ObjectVal(vals).WithMarks(marks)
}
