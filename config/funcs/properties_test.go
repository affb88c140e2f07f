package funcs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// examples calls visit for every call in functions.txt that is a call of the
// row's function with nothing around it, with the values of the arguments.
// Those of the functions that take expressions, not values, are left out.
func examples(t *testing.T, visit func(r row, f function.Function, args []cty.Value)) {
	t.Helper()
	ctx := newContext(t)
	for _, r := range readRows(t) {
		call, ok := parse(t, r.expr).(*hclsyntax.FunctionCallExpr)
		if !ok || call.Name != r.function || call.ExpandFinal {
			continue
		}
		f := ctx.Functions[call.Name]
		if args, ok := arguments(ctx, f, call.Args); ok {
			visit(r, f, args)
		}
	}
}

// arguments evaluates arguments as a call does; it returns false when the
// call would fail before it reaches the function.
func arguments(ctx *hcl.EvalContext, f function.Function, exprs []hclsyntax.Expression) ([]cty.Value, bool) {
	params, varParam := f.Params(), f.VarParam()
	if len(exprs) < len(params) || len(exprs) > len(params) && varParam == nil {
		return nil, false
	}
	var args []cty.Value
	for i, expr := range exprs {
		p := varParam
		if i < len(params) {
			p = &params[i]
		}
		if p.Type == customdecode.ExpressionClosureType {
			return nil, false
		}
		v, diags := expr.Value(ctx)
		if diags.HasErrors() {
			return nil, false
		}
		v, err := convert.Convert(v, p.Type)
		if err != nil {
			return nil, false
		}
		args = append(args, v)
	}
	return args, true
}

// with returns args with one of them replaced.
func with(args []cty.Value, i int, v cty.Value) []cty.Value {
	changed := append([]cty.Value(nil), args...)
	changed[i] = v
	return changed
}

// TestSensitiveInSensitiveOut marks each argument of each example in turn.
func TestSensitiveInSensitiveOut(t *testing.T) {
	forgets := map[string]bool{"issensitive": true, "nonsensitive": true}
	examples(t, func(r row, f function.Function, args []cty.Value) {
		if r.kind == "error" || forgets[r.function] {
			return
		}
		for i := range args {
			v, err := f.Call(with(args, i, args[i].Mark(marks.Sensitive)))
			if err != nil {
				t.Errorf("%s: argument %d sensitive: %s", r.expr, i, err)
				continue
			}
			if r.function == "lookup" && i == 2 || r.function == "merge" && args[i].IsNull() {
				continue // what is not used does not matter
			}
			if !marks.IsSensitive(v) {
				t.Errorf("%s: argument %d is sensitive, but the result is %#v", r.expr, i, v)
			}
		}
	})
}

// TestUnknownKeepsSensitivity makes one argument unknown and another sensitive.
func TestUnknownKeepsSensitivity(t *testing.T) {
	examples(t, func(r row, f function.Function, args []cty.Value) {
		if r.kind == "error" {
			return
		}
		for i := range args {
			for j := range args {
				if i == j || args[j].IsNull() {
					continue
				}
				v, err := f.Call(with(with(args, i, cty.UnknownVal(args[i].Type())), j, args[j].Mark(marks.Sensitive)))
				if err != nil {
					continue // an error that needs no value is as good now as later
				}
				if r.function == "lookup" && j == 2 && v.IsKnown() {
					continue // what is not used does not matter
				}
				if !marks.IsSensitive(v) {
					t.Errorf("%s: argument %d is unknown and %d sensitive, but the result is %#v", r.expr, i, j, v)
				}
			}
		}
	})
}

// TestUnknownForetellsRightly makes each argument of each example unknown: what
// is known of the result then must hold for the example, as the argument might
// turn out to be that of the example.
func TestUnknownForetellsRightly(t *testing.T) {
	changing := map[string]bool{"bcrypt": true}
	examples(t, func(r row, f function.Function, args []cty.Value) {
		if r.kind == "error" || changing[r.function] {
			return
		}
		real, err := f.Call(args)
		if err != nil {
			t.Errorf("%s: %s", r.expr, err)
			return
		}
		for i, arg := range args {
			arg, ms := arg.Unmark()
			for _, unknown := range []cty.Value{cty.UnknownVal(arg.Type()), anything(f, i)} {
				v, err := f.Call(with(args, i, unknown.WithMarks(ms)))
				if err != nil {
					t.Errorf("%s: argument %d unknown: %s", r.expr, i, err)
					continue
				}
				if errs := real.Type().TestConformance(v.Type()); len(errs) > 0 {
					t.Errorf("%s: argument %d unknown: the type is foretold as %#v, but is %#v", r.expr, i, v.Type(), real.Type())
				}
				if v.IsWhollyKnown() && !same(v, real) {
					t.Errorf("%s: argument %d unknown: the result is foretold as %#v, but is %#v", r.expr, i, v, real)
				}
			}
		}
	})
}

// anything is what argument i of a call is when nothing is known of it.
func anything(f function.Function, i int) cty.Value {
	p := f.VarParam()
	if i < len(f.Params()) {
		p = &f.Params()[i]
	}
	v, err := convert.Convert(cty.DynamicVal, p.Type)
	if err != nil {
		panic(err) // an unknown value converts to every type
	}
	return v
}

// TestErrorsHideSensitiveValues repeats each example of an error with sensitive
// arguments, and looks for their content in the message.
func TestErrorsHideSensitiveValues(t *testing.T) {
	examples(t, func(r row, f function.Function, args []cty.Value) {
		if r.kind != "error" {
			return
		}
		for _, mark := range []func(cty.Value) cty.Value{
			func(v cty.Value) cty.Value { return v.Mark(marks.Sensitive) },
			markLeaves,
		} {
			marked := make([]cty.Value, len(args))
			for i, arg := range args {
				marked[i] = mark(arg)
			}
			_, err := f.Call(marked)
			if err == nil {
				t.Errorf("%s: no error once the arguments are sensitive", r.expr)
				continue
			}
			for _, secret := range contents(args) {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: the message shows %q: %s", r.expr, secret, err)
				}
			}
		}
	})
}

// markLeaves marks everything inside v that has no inside of its own.
func markLeaves(v cty.Value) cty.Value {
	v, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.Type().IsPrimitiveType() && !v.IsNull() {
			return v.Mark(marks.Sensitive), nil
		}
		return v, nil
	})
	if err != nil {
		panic(err) // the function above returns none
	}
	return v
}

// contents is the strings and numbers in vals, except for such short ones as
// turn up by chance.
func contents(vals []cty.Value) []string {
	var found []string
	for _, val := range vals {
		val, _ = val.UnmarkDeep()
		for _, v := range cty.DeepValues(val) {
			if !v.IsKnown() || v.IsNull() || !v.Type().IsPrimitiveType() {
				continue
			}
			s, err := convert.Convert(v, cty.String)
			if err == nil && len(s.AsString()) > 1 {
				found = append(found, s.AsString(), fmt.Sprintf("%q", s.AsString()))
			}
		}
	}
	return found
}
