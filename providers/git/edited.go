package git

import "github.com/zclconf/go-cty/cty"

func known(v cty.Value) bool { return v.IsKnown() && !v.IsNull() }

// text is a string attribute; "" when it is null or not known.
func text(object cty.Value, name string) string {
	if v := object.GetAttr(name); known(v) {
		return v.AsString()
	}
	return ""
}

// flag is a bool attribute that is set.
func flag(object cty.Value, name string) bool {
	v := object.GetAttr(name)
	return known(v) && v.True()
}

// textOrNull is "" as null.
func textOrNull(s string) cty.Value {
	if s == "" {
		return cty.NullVal(cty.String)
	}
	return cty.StringVal(s)
}

func texts(list []string) cty.Value {
	if len(list) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	values := make([]cty.Value, len(list))
	for i, s := range list {
		values[i] = cty.StringVal(s)
	}
	return cty.ListVal(values)
}

// discards tells whether the local changes of an object may be lost.
func discards(object cty.Value) bool { return text(object, "clean") == cleanDiscard }
