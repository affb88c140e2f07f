package funcs

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// decidedByCall is the return type of functions whose implementation settles
// the type of its result, so that nothing has to be computed twice.
var decidedByCall = function.StaticReturnType(cty.DynamicPseudoType)

// errNoResult is what is left of a panic in a function: a stack trace tells a
// user nothing, and may hold values.
var errNoResult = errors.New("there is no result for these arguments")

// errCutOff is what the end of a text in the middle of a value is told as.
var errCutOff = errors.New("the text ends where there should be more")

// hiddenReason is shown in place of a message that cannot be told to be free of
// sensitive values.
const hiddenReason = "the reason could reveal a sensitive value, so it is not shown; try the call with a value that is not sensitive"

// guard returns f with what it may lack: an unknown result keeps the marks of
// the arguments, and an error shows no sensitive value.
func guard(f function.Function) function.Function {
	return guardWith(f, nil, nil)
}

// guardNotNull is guard for a function that does not say itself that its
// result is never null.
func guardNotNull(f function.Function) function.Function {
	return guardWith(f, notNull, nil)
}

// guardWith guards f, refines its results, and passes them to fix with the
// arguments; refine and fix may be nil.
func guardWith(f function.Function, refine func(*cty.RefinementBuilder) *cty.RefinementBuilder, fix func(v cty.Value, args []cty.Value) cty.Value) function.Function {
	own, ownVar := f.Params(), f.VarParam()
	spec := &function.Spec{
		Description:  f.Description(),
		Params:       f.Params(),
		VarParam:     f.VarParam(),
		Type:         decidedByCall,
		RefineResult: refine,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := f.Call(args)
			if err != nil {
				return cty.NilVal, presentable(err, f, args)
			}
			if !v.IsKnown() && !reachesImpl(own, ownVar, args) {
				v = withMarksOf(v, args)
			}
			if fix != nil {
				v = fix(v, args)
			}
			return v, nil
		},
	}
	for i := range spec.Params {
		allowAll(&spec.Params[i])
	}
	if spec.VarParam != nil {
		allowAll(spec.VarParam)
	}
	return function.New(spec)
}

// allowAll leaves to the guarded function what to do with unusual values. A
// null stays refused, where it is, before the guarded function is called.
func allowAll(p *function.Parameter) {
	p.AllowUnknown, p.AllowDynamicType, p.AllowMarked = true, true, true
}

// reachesImpl tells whether a function with these parameters is run with these
// arguments. If it is not, because one is unknown, then cty leaves the marks of
// those parameters out of the unknown result that allow marks.
func reachesImpl(params []function.Parameter, varParam *function.Parameter, args []cty.Value) bool {
	for i, arg := range args {
		p := varParam
		if i < len(params) {
			p = &params[i]
		}
		if !arg.IsKnown() && !p.AllowUnknown || arg.Type() == cty.DynamicPseudoType && !p.AllowDynamicType {
			return false
		}
	}
	return true
}

// withMarksOf returns v with the marks of all args and everything inside them.
func withMarksOf(v cty.Value, args []cty.Value) cty.Value {
	for _, arg := range args {
		if _, ms := arg.UnmarkDeep(); len(ms) > 0 {
			v = v.WithMarks(ms)
		}
	}
	return v
}

// newFunc is guard(function.New(...)) for the functions of this package that
// have a fixed type of result which is never null.
func newFunc(ret cty.Type, impl func(args []cty.Value) (cty.Value, error), params ...function.Parameter) function.Function {
	return guard(function.New(&function.Spec{
		Params:       params,
		Type:         function.StaticReturnType(ret),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return impl(args)
		},
	}))
}

func stringParam(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.String}
}

func numberParam(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.Number}
}

func anyParam(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.DynamicPseudoType}
}

func notNull(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() }

// presentable returns err in the form that may be shown to a user.
func presentable(err error, f function.Function, args []cty.Value) error {
	if _, ok := err.(function.PanicError); ok {
		return errNoResult
	}
	if errors.Is(err, io.EOF) {
		return errCutOff
	}

	// The call is repeated with the sensitive arguments unknown. If it fails in
	// the same words, then these do not come from a sensitive value.
	public := make([]cty.Value, len(args))
	secret := false
	for i, arg := range args {
		public[i] = arg
		if marks.HoldsSensitive(arg) {
			public[i] = cty.UnknownVal(arg.Type())
			secret = true
		}
	}
	verr, hasValues := err.(valueError)
	if !secret {
		if hasValues {
			return verr.shown
		}
		return err
	}
	if hasValues {
		return verr.hidden
	}
	if _, again := f.Call(public); again != nil && again.Error() == err.Error() {
		return err
	}
	if aerr, ok := err.(function.ArgError); ok {
		return function.NewArgErrorf(aerr.Index, "%s", hiddenReason)
	}
	return errors.New(hiddenReason)
}

// valueError is an error whose message shows values. Only functions that are
// guarded may return one.
type valueError struct {
	shown, hidden error
}

// Error returns the form that shows no value.
func (e valueError) Error() string { return e.hidden.Error() }

// argValueErrorf returns an error of argument i whose message shows values: all
// of vals are taken as sensitive if any argument is.
func argValueErrorf(i int, format string, vals ...any) error {
	masks := make([]any, len(vals))
	for j := range masks {
		masks[j] = mask{}
	}
	return valueError{
		shown:  function.NewArgErrorf(i, format, vals...),
		hidden: function.NewArgErrorf(i, format, masks...),
	}
}

// mask stands for a sensitive value in a message, whatever the verb.
type mask struct{}

func (mask) Format(s fmt.State, _ rune) { fmt.Fprint(s, "(sensitive value)") }

// quoted is s as messages show it: in quotes, and not longer than is useful.
func quoted(s string) string {
	const most = 60
	if short := []rune(s); len(short) > most {
		return strconv.Quote(string(short[:most])) + "..."
	}
	return strconv.Quote(s)
}
