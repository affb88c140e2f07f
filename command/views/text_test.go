package views

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                   "plain",
		"naïve 日本 👍":              "naïve 日本 👍",
		"\x1b[31m":                `\u001b[31m`,
		"a\nb\tc\rd":              `a\nb\tc\rd`,
		"\u009b1m":                `\u009b1m`,
		"\x9b1m":                  `\x9b1m`,
		"\xff\xfe":                `\xff\xfe`,
		"\u202eevil\u2066":        `\u202eevil\u2066`,
		"zero\u200bwidth":         `zero\u200bwidth`,
		"nb\u00a0sp":              `nb\u00a0sp`,
		"\U000e0041":              `\U000e0041`,
		"wide\u3000space":         "wide\u3000space",
		"👩\u200d🚀 👨🏽\u200d🌾":      "👩\u200d🚀 👨🏽\u200d🌾",
		"ad\u200dmin":             `ad\u200dmin`,
		"❤\ufe0f\u200d🔥":          "❤\ufe0f\u200d🔥",
		"\u2028\u2029":            `\u2028\u2029`,
		"del\x7f":                 `del\u007f`,
		"quote \" and \\":         "quote \" and \\",
		"\ue000":                  `\ue000`,
		"trailing joiner 👩\u200d": `trailing joiner 👩\u200d`,
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got := cleanLines("a\r\nb\n\tc\x1b"); got != "a\nb\n    c\\u001b" {
		t.Errorf("cleanLines: %q", got)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a\x1b[2J\u202e\xff\n\t")
	f.Fuzz(func(t *testing.T, s string) {
		for _, keep := range []keepRunes{keepNone, keepNewlines, keepTabs, inQuotes} {
			out := escape(s, keep)
			if !utf8.ValidString(out) {
				t.Fatalf("%q is not UTF-8", out)
			}
			for _, r := range out {
				if !visible(r) && r != '\u200d' && (r != '\n' || keep&keepNewlines == 0) && (r != '\t' || keep&keepTabs == 0) {
					t.Fatalf("%U is left in %q", r, out)
				}
			}
		}
		// A quoted string of valid text is the string, to HCL.
		if !utf8.ValidString(s) || strings.Contains(s, "${") || strings.Contains(s, "%{") {
			return
		}
		expr, diags := hclsyntax.ParseExpression([]byte(quote(s)), "", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%q: %v", quote(s), diags)
		}
		v, diags := expr.Value(nil)
		if diags.HasErrors() || !v.RawEquals(cty.StringVal(s)) {
			t.Fatalf("%q reads back as %#v, not %q", quote(s), v, s)
		}
	})
}

func TestEscapeJSON(t *testing.T) {
	in := map[string]string{"k": "a\u009b\u202e\U000e0041\u200b日本 \x1b <&>"}
	out, err := marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	assertHarmless(t, string(out), false)
	var back map[string]string
	if err := json.Unmarshal(out, &back); err != nil || back["k"] != in["k"] {
		t.Errorf("%s reads back as %q (%v)", out, back["k"], err)
	}
	if !strings.Contains(string(out), "日本") || !strings.Contains(string(out), "<&>") {
		t.Errorf("escaped more than was needed: %s", out)
	}
}

func TestDisplayWidth(t *testing.T) {
	for in, want := range map[string]int{
		"": 0, "abc": 3, "日本": 4, "e\u0301": 1, "👍": 2, "👩\u200d🚀": 2, "❤\ufe0f": 2, "ｶﾅ": 2, "ﬁ": 1, "\u3000": 2, "한글": 4,
	} {
		if got := displayWidth(in); got != want {
			t.Errorf("displayWidth(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		in   string
		max  int
		want string
	}{{"short", 10, "short"}, {"exactly10!", 10, "exactly10!"}, {"more than ten", 10, "more th..."}, {"日本語日本語", 10, "日本語..."}, {"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", 5, "e\u0301e\u0301..."}} {
		if got := shorten(c.in, c.max); got != c.want || displayWidth(got) > c.max {
			t.Errorf("shorten(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	got := strings.Join(wrap("one two three\n\n  laid out by hand and long\nfour 日本語 five abcdefghijklmnop six", 10), "|")
	if want := "one two|three||  laid out by hand and long|four|日本語|five|abcdefghijklmnop|six"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFormatValue(t *testing.T) {
	for src, want := range map[string]string{
		`"a\nb\n"`: "<<-EOT\n  a\n  b\nEOT", `"a\n"`: `"a\n"`, `""`: `""`, `1.50`: "1.5", `true`: "true", `null`: "null", `[]`: "[]", `{}`: "{}",
		`list([])`: "tolist([])", `map({})`: "tomap({})", `set(["b", "a"])`: "toset([\n  \"a\",\n  \"b\",\n])",
		`{a=[1, {b=null}], "x y"="z"}`: "{\n  \"a\" = [\n    1,\n    {\n      \"b\" = null\n    },\n  ]\n  \"x y\" = \"z\"\n}",
		`[sensitive("x"), unknown]`:    "[\n  (sensitive value),\n  (known after apply),\n]",
		`["one\n\ntwo\n"]`:             "[\n  <<-EOT\n    one\n\n    two\n  EOT,\n]",
	} {
		if got := FormatValue(value(t, src)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", src, got, want)
		}
	}
	for _, ty := range []cty.Type{cty.String, cty.Number, cty.Bool, cty.List(cty.String)} {
		want := map[cty.Type]string{cty.String: "tostring(null)", cty.Number: "tonumber(null)", cty.Bool: "tobool(null)"}[ty]
		if want == "" {
			want = "null"
		}
		if got := FormatValue(cty.NullVal(ty)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestNumbersThatAreTooLong(t *testing.T) {
	for in, want := range map[string]string{"1e100000000": "0x.", "-1e-100000000": "-0x.", "1e1000": "1e+1000", "1e20": "100000000000000000000"} {
		n, err := cty.ParseNumberVal(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := scalarText(n); len(got) > 60 || !strings.HasPrefix(got, want) {
			t.Errorf("%s is written %.60s", in, got)
		}
		if _, err := marshal(redacted(n, scope{})); err != nil {
			t.Error(err)
		}
	}
	if got := redacted(cty.PositiveInfinity, scope{}); got != nil {
		t.Errorf("infinity is %v", got)
	}
}

func TestDeepJSONIsText(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	if _, ok := fromJSON(deep, scope{}); ok {
		t.Error("deep JSON was laid out")
	}
	if _, ok := fromJSON(`[`+strings.Repeat(`1,`, maxJSON)+`1]`, scope{}); ok {
		t.Error("long JSON was laid out")
	}
	if _, ok := fromJSON(`{"a":1}`, jsonScope()); ok {
		t.Error("JSON inside of JSON was laid out")
	}
}
