package strictjson

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for text, want := range map[string]string{
		`{}`:                                "",
		` [1, "a", null, {"a": {"a": 1}}] `: "",
		`"text"`:                            "",
		`{"a": "a", "b": "a"}`:              "",
		`[{"a":1},{"a":2}]`:                 "",
		deep(MaxDepth):                      "",
		deep(MaxDepth + 1):                  "it is nested more than 32 deep",
		deep(100_000):                       "it is nested more than 32 deep",
		strings.Repeat(`{"a":`, 100_000):    "it is nested more than 32 deep",
		``:                                  "it ends too early",
		`{`:                                 "it ends too early",
		`{"a"`:                              "it ends too early",
		`[1,`:                               "it ends too early",
		`{} {}`:                             "there is something after its end",
		`1 2`:                               "there is something after its end",
		`{"a": 1, "a": 2}`:                  `an object has the key "a" twice`,
		`{"a": 1, "A": 2}`:                  `an object has the key "A" twice`,
		`[1e-9999999]`:                      "a number has more digits, or a larger exponent, than anything needs",
		`{"a": 1E+1000}`:                    "a number has more digits, or a larger exponent, than anything needs",
		`[1e999, -1.5e-10]`:                 "",
		`{"ſ": 1, "S": 2}`:                  `an object has the key "S" twice`,
		`{"a": 1, "\u0061": 2}`:             `an object has the key "a" twice`,
		`{"b": {"x": [], "y": 1, "x": 2}}`:  `an object has the key "x" twice`,
		"{\"a\": \"\xff\"}":                 "it is not valid UTF-8",
		`{"a": hunter2}`:                    "it is not JSON from byte 7 on",
		`}`:                                 "it is not JSON from byte 1 on",
		`{"a": 01}`:                         "it is not JSON from byte 8 on",
	} {
		got := ""
		if err := Check([]byte(text)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.40s: %q, not %q", text, got, want)
		}
	}
}
