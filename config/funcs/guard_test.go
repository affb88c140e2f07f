package funcs

import (
	"errors"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// failing is a guarded function of one string that fails in a given way.
func failing(fail func(s string) error) function.Function {
	return newFunc(cty.String, func(args []cty.Value) (cty.Value, error) {
		return cty.NilVal, fail(args[0].AsString())
	}, stringParam("s"))
}

func TestErrorsOfGuardedFunctions(t *testing.T) {
	public := cty.StringVal("hunter2")
	secret := public.Mark(marks.Sensitive)
	other := public.Mark(marks.Mark("another"))
	shows := func(s string) error { return argValueErrorf(0, "%q is bad", s) }
	leaks := func(s string) error { return function.NewArgErrorf(0, "bad: %s", s) }
	plain := func(string) error { return errors.New("always bad") }
	for _, test := range []struct {
		name string
		fail func(string) error
		arg  cty.Value
		want string
	}{
		{"value shown", shows, public, `"hunter2" is bad`},
		{"value masked", shows, secret, `(sensitive value) is bad`},
		{"value with another mark", shows, other, `"hunter2" is bad`},
		{"message with value shown", leaks, public, `bad: hunter2`},
		{"message with value hidden", leaks, secret, hiddenReason},
		{"plain message hidden too, as the function is not run without the value", plain, secret, hiddenReason},
		{"panic", func(s string) error { panic(s) }, public, errNoResult.Error()},
		{"panic with a secret", func(s string) error { panic(s) }, secret, errNoResult.Error()},
	} {
		_, err := failing(test.fail).Call([]cty.Value{test.arg})
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// TestWrongTypeIsToldOfSensitiveValue has an error that is the same whatever
// the value is, and which therefore may be shown.
func TestWrongTypeIsToldOfSensitiveValue(t *testing.T) {
	_, err := Functions(Options{})["keys"].Call([]cty.Value{cty.StringVal("a").Mark(marks.Sensitive)})
	if want := "must have map or object type"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestValueErrorHidesByDefault(t *testing.T) {
	if got := argValueErrorf(0, "%q and %d", "hunter2", 12).Error(); got != "(sensitive value) and (sensitive value)" {
		t.Errorf("got %s", got)
	}
}

func TestQuotedIsShort(t *testing.T) {
	if got := quoted("a\n"); got != `"a\n"` {
		t.Errorf("got %s", got)
	}
	if got := quoted(strings.Repeat("é", 1000)); got != `"`+strings.Repeat("é", 60)+`"...` {
		t.Errorf("got %s", got)
	}
}

// TestMarksOfOthersStay has a mark that is not about sensitivity.
func TestMarksOfOthersStay(t *testing.T) {
	const other = marks.Mark("another")
	v := cty.StringVal("a").Mark(other)
	table := Functions(Options{})
	for _, name := range []string{"upper", "tostring", "nonsensitive", "sha1", "coalesce"} {
		got, err := table[name].Call([]cty.Value{v.Mark(marks.Sensitive)})
		if err != nil || !got.HasMark(other) {
			t.Errorf("%s: %#v, %v", name, got, err)
		}
	}
	if got, err := table["issensitive"].Call([]cty.Value{v}); err != nil || !got.RawEquals(cty.False) {
		t.Errorf("issensitive: %#v, %v", got, err)
	}
}
