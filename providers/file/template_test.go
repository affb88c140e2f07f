package file

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func vars(pairs ...any) cty.Value {
	out := map[string]cty.Value{}
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			out[pairs[i].(string)] = cty.StringVal(v)
		case int:
			out[pairs[i].(string)] = cty.NumberIntVal(int64(v))
		case cty.Value:
			out[pairs[i].(string)] = v
		}
	}
	return cty.ObjectVal(out)
}

func TestRender(t *testing.T) {
	list := cty.TupleVal([]cty.Value{cty.StringVal("b"), cty.StringVal("a")})
	for template, want := range map[string]string{
		"":                          "",
		"plain":                     "plain",
		"${name}":                   "x",
		"${port}":                   "80",
		"a ${name} $${name} %%{if}": "a x ${name} %{if}",
		"%{ for i, v in list }${i}${v} %{ endfor }":  "0b 1a ",
		"%{ if port > 79 ~}\nyes\n%{~ endif }":       "yes",
		"${join(\",\", sort(list))}":                 "a,b",
		"${upper(name)}${lower(\"Q\")}":              "Xq",
		"${format(\"%03d\", port)}":                  "080",
		"${jsonencode({a = port})}":                  `{"a":80}`,
		"${title(\"two words\")}":                    "Two Words",
		"${trimspace(\" x \")}":                      "x",
		"${indent(2, \"a\\nb\")}":                    "a\n  b",
		"${keys({b=1,a=2})[0]}":                      "a",
		"${values({b=1,a=2})[0]}":                    "2",
		"${split(\",\", \"p,q\")[1]}":                "q",
		"%{ for k, v in map }${k}=${v}\n%{ endfor }": "a=1\nb=2\n",
	} {
		got, ds := render(cty.StringVal(template), vars("name", "x", "port", 80, "list", list,
			"map", cty.MapVal(map[string]cty.Value{"a": cty.StringVal("1"), "b": cty.StringVal("2")})))
		if ds != nil || got.AsString() != want {
			t.Errorf("%q yields %#v, not %q (%v)", template, got, want, ds)
		}
	}
	if got, ds := render(cty.StringVal("x"), cty.NullVal(cty.DynamicPseudoType)); ds != nil || got.AsString() != "x" {
		t.Errorf("without variables: %#v, %v", got, ds)
	}
	for what, args := range map[string][2]cty.Value{
		"template":      {cty.UnknownVal(cty.String), vars()},
		"vars":          {cty.StringVal("x"), cty.DynamicVal},
		"one of vars":   {cty.StringVal("${a}"), vars("a", cty.UnknownVal(cty.String), "b", "x")},
		"null template": {cty.NullVal(cty.String), vars()},
	} {
		if got, ds := render(args[0], args[1]); ds != nil || got.IsKnown() {
			t.Errorf("with unknown %s: %#v, %v", what, got, ds)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	for template, want := range map[string][]string{
		"one\n two ${":                  {"Line 2"},
		"one\n two ${nme}":              {"Line 2, column 8", `"nme"`, `Did you mean "name"?`},
		"%{ for x in name }%{ endfor }": {"Line 1"},
		"${name.x}":                     {"Line 1, column 7"},
		"${none(name)}":                 {"Line 1, column 3", "none"},
		"${keys(name)}":                 {"Line 1", "keys()", "argument 1"},
		"${format(\"%d\", name)}":       {"Line 1", "format()"},
		"${list}":                       {"not text"},
		"x${list}":                      {"Line 1, column 4"},
		"${file(\"/etc/passwd\")}":      {"file"},
		"%{ if name }x%{ endif }":       {"Line 1"},
	} {
		config := cty.ObjectVal(map[string]cty.Value{
			"template": cty.StringVal(template),
			"vars":     vars("name", "x", "list", cty.EmptyTupleVal),
		})
		ds := checkTemplate(config)
		if ds == nil { // some errors are seen only when it is evaluated
			_, ds = render(config.GetAttr("template"), config.GetAttr("vars"))
		}
		if !ds.HasErrors() || !ds[0].Path.Equals(cty.GetAttrPath("template")) {
			t.Errorf("%q: %v", template, ds)
			continue
		}
		for _, word := range want {
			if !strings.Contains(ds[0].Detail, word) {
				t.Errorf("%q: %q is not in %q", template, word, ds[0].Detail)
			}
		}
	}
	if _, ds := render(cty.StringVal("%{ for a in l }${s}%{ endfor }"), vars("s", strings.Repeat("x", 7<<20),
		"l", cty.TupleVal(make10()))); ds == nil {
		t.Error("70 MiB are not too much")
	}
}

func make10() []cty.Value {
	var out []cty.Value
	for range 10 {
		out = append(out, cty.True)
	}
	return out
}
