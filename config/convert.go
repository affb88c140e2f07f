package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// ConvertVariable makes of a value that is given to a variable the value that
// the variable has: of its type, with the defaults of optional attributes, and
// marked if it is sensitive. A null for a variable that is not nullable gives
// its default, and so does cty.NilVal, which stands for no value at all. The
// value may be unknown, and is beside errors, which are at rng.
func ConvertVariable(v *Variable, raw cty.Value, rng hcl.Range) (cty.Value, diag.Diagnostics) {
	switch {
	case raw == cty.NilVal && v.Default == cty.NilVal:
		return v.unknown(), diag.At(rng, "No value for required variable",
			"The variable %q has no default, so it needs a value. Give it one.", v.Name)
	case raw == cty.NilVal:
		return v.mark(v.Default), nil
	case raw.IsNull() && !v.Nullable && v.Default != cty.NilVal:
		return v.mark(v.Default).WithSameMarks(raw), nil
	case raw.IsNull() && !v.Nullable:
		return v.unknown(), diag.At(rng, "Invalid value for variable",
			"The variable %q is not nullable and has no default, so null cannot be its value. Give it another one.", v.Name)
	}
	value, err := v.convert(raw)
	if err != nil {
		return v.unknown(), diag.At(rng, "Invalid value for variable",
			"The value given for the variable %q does not fit its type, %s%s. Give it a value of that type.",
			v.Name, typeexpr.TypeString(v.ValueType()), v.because(raw, err))
	}
	return v.mark(value), nil
}

func (v *Variable) convert(raw cty.Value) (cty.Value, error) {
	return convert.Convert(v.Defaults.Apply(raw), v.Type)
}

func (v *Variable) mark(value cty.Value) cty.Value {
	if v.Sensitive {
		return value.Mark(marks.Sensitive)
	}
	return value
}

func (v *Variable) unknown() cty.Value { return v.mark(cty.UnknownVal(v.ValueType())) }

// because says why a value does not fit, unless that could give some of it
// away.
func (v *Variable) because(raw cty.Value, err error) string {
	if v.Sensitive || marks.HoldsSensitive(raw) {
		return ""
	}
	where := ""
	var pathErr cty.PathError
	if errors.As(err, &pathErr) {
		where = pathText(pathErr.Path)
	}
	return fmt.Sprintf(": %s%s", where, strings.TrimSuffix(err.Error(), "."))
}

// pathText writes a path as it would be written behind a name, or "".
func pathText(path cty.Path) string {
	if len(path) == 0 {
		return ""
	}
	var s strings.Builder
	for _, step := range path {
		switch step := step.(type) {
		case cty.GetAttrStep:
			s.WriteString("." + step.Name)
		case cty.IndexStep:
			key, err := addr.KeyFromValue(step.Key)
			if err != nil {
				s.WriteString("[...]") // an element of a set
				continue
			}
			s.WriteString(key.String())
		}
	}
	return strings.TrimPrefix(s.String(), ".") + ": "
}
