package funcs

import (
	"time"

	"github.com/hashicorp/go-cty-funcs/crypto"
	"github.com/hashicorp/go-cty-funcs/uuid"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// addTimes adds the functions of time, and those whose result is different at
// each call.
func addTimes(t table, opts Options) {
	t.add("formatdate", guard(stdlib.FormatDateFunc))
	t.add("timeadd", guardNotNull(stdlib.TimeAddFunc))
	t.add("timecmp", newFunc(cty.Number, timeCmp, stringParam("timestamp_a"), stringParam("timestamp_b")))

	planTime := cty.UnknownVal(cty.String)
	if !opts.PlanTime.IsZero() {
		planTime = cty.StringVal(opts.PlanTime.UTC().Format(time.RFC3339))
	}
	t.add("plantimestamp", newFunc(cty.String, func([]cty.Value) (cty.Value, error) {
		return planTime, nil
	}))

	for name, f := range map[string]function.Function{
		"bcrypt":    crypto.BcryptFunc,
		"timestamp": timestamp,
		"uuid":      uuid.V4Func,
	} {
		if opts.Pure {
			f = function.Unpredictable(f)
		}
		t.add(name, guardNotNull(f))
	}
}

var timestamp = function.New(&function.Spec{
	Type: function.StaticReturnType(cty.String),
	Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
		return cty.StringVal(time.Now().UTC().Format(time.RFC3339)), nil
	},
})

func timeCmp(args []cty.Value) (cty.Value, error) {
	a, err := parseTime(args, 0)
	if err != nil {
		return cty.NilVal, err
	}
	b, err := parseTime(args, 1)
	if err != nil {
		return cty.NilVal, err
	}
	return cty.NumberIntVal(int64(a.Compare(b))), nil
}

// parseTime parses argument i in the way of the other functions of time, which
// is a little stricter than Go's.
func parseTime(args []cty.Value, i int) (time.Time, error) {
	if _, err := stdlib.TimeAdd(args[i], cty.StringVal("0s")); err != nil {
		return time.Time{}, function.NewArgError(i, err)
	}
	return time.Parse(time.RFC3339, args[i].AsString())
}
