package funcs

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func addStrings(t table) {
	t.add("chomp", guard(stdlib.ChompFunc))
	t.add("endswith", newFunc(cty.Bool, endsWith, stringParam("str"), stringParam("suffix")))
	t.add("format", guard(stdlib.FormatFunc))
	t.add("formatlist", guard(stdlib.FormatListFunc))
	t.add("indent", guard(stdlib.IndentFunc))
	t.add("join", guard(stdlib.JoinFunc))
	t.add("lower", guard(stdlib.LowerFunc))
	t.add("regex", guard(stdlib.RegexFunc))
	t.add("regexall", guard(stdlib.RegexAllFunc))
	t.add("replace", newFunc(cty.String, replace, stringParam("str"), stringParam("substr"), stringParam("replace")))
	t.add("sort", guard(stdlib.SortFunc))
	t.add("split", guard(stdlib.SplitFunc))
	t.add("startswith", startsWithFunc())
	t.add("strcontains", newFunc(cty.Bool, strContains, stringParam("str"), stringParam("substr")))
	t.add("strrev", guard(stdlib.ReverseFunc))
	t.add("substr", guard(stdlib.SubstrFunc))
	t.add("title", guard(stdlib.TitleFunc))
	t.add("trim", guard(stdlib.TrimFunc))
	t.add("trimprefix", guard(stdlib.TrimPrefixFunc))
	t.add("trimspace", guard(stdlib.TrimSpaceFunc))
	t.add("trimsuffix", guard(stdlib.TrimSuffixFunc))
	t.add("upper", guard(stdlib.UpperFunc))
}

func endsWith(args []cty.Value) (cty.Value, error) {
	return cty.BoolVal(strings.HasSuffix(args[0].AsString(), args[1].AsString())), nil
}

func strContains(args []cty.Value) (cty.Value, error) {
	return cty.BoolVal(strings.Contains(args[0].AsString(), args[1].AsString())), nil
}

// startsWithFunc can often tell already when only the beginning of the string
// is known, as with "web-${random_id.a.hex}".
func startsWithFunc() function.Function {
	str := stringParam("str")
	str.AllowUnknown = true
	return guard(function.New(&function.Spec{
		Params:       []function.Parameter{str, stringParam("prefix")},
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			prefix := args[1].AsString()
			if args[0].IsKnown() {
				return cty.BoolVal(strings.HasPrefix(args[0].AsString(), prefix)), nil
			}
			known := args[0].Range().StringPrefix()
			switch {
			case strings.HasPrefix(known, prefix):
				return cty.True, nil
			case strings.HasPrefix(prefix, known):
				return cty.UnknownVal(cty.Bool), nil
			default:
				return cty.False, nil
			}
		},
	}))
}

// replace takes a substring between slashes for a regular expression.
func replace(args []cty.Value) (cty.Value, error) {
	str, substr, with := args[0].AsString(), args[1].AsString(), args[2].AsString()
	if len(substr) < 2 || substr[0] != '/' || substr[len(substr)-1] != '/' {
		return cty.StringVal(strings.ReplaceAll(str, substr, with)), nil
	}
	re, err := regexp.Compile(substr[1 : len(substr)-1])
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(1, "this is not a valid regular expression: %s", err)
	}
	return cty.StringVal(re.ReplaceAllString(str, with)), nil
}
