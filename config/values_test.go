package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

const oneVariable = "variable \"a\" {\n  default = \"default\"\n}\n"

// TestPrecedence adds one source after the other, each of which counts for
// more than all before.
func TestPrecedence(t *testing.T) {
	files := map[string]string{"main.cw.hcl": oneVariable, "given.cwvars": "a = \"in -var-file\"\n", "given.json": "{\"a\": \"in JSON -var-file\"}"}
	var args VariableArgs
	value := func() string {
		t.Helper()
		values, diags := load(t, files).Variables(t.Context(), args)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		return values["a"].AsString()
	}
	file := func(name, content string) func() { return func() { files[name] = content } }
	flag := func(name, content string) func() {
		return func() { args.Flags = append(args.Flags, VarFlag{name, content}) }
	}
	for _, step := range []struct {
		add  func()
		want string
	}{
		{func() {}, "default"},
		{func() {
			args.Environ = []string{"CW_VAR_a=first", "CW_VAR_a=in the environment", "a=x", "CW_VAR_=x", "TF_VAR_a=x"}
		}, "in the environment"},
		{file("clockwork.cwvars", "a = \"in the file\"\n"), "in the file"},
		{file("clockwork.cwvars.json", "{\"a\": \"in the JSON file\"}"), "in the JSON file"},
		{file("a.auto.cwvars.json", "{\"a\": \"in a\"}"), "in a"},
		{file("b.auto.cwvars", "a = \"in b\"\n"), "in b"},
		{file("c.auto.cwvars.json", "{\"a\": \"in c\"}"), "in c"},
		{file("0.auto.cwvars", "a = \"in 0\"\n"), "in c"},
		{file(".d.auto.cwvars", "a = \"hidden\"\n"), "in c"},
		{file("sub/z.auto.cwvars", "a = \"elsewhere\"\n"), "in c"},
		{file("z.cwvars", "a = \"not asked for\"\n"), "in c"},
		{flag("var", "a=given"), "given"},
		{flag("var-file", "given.cwvars"), "in -var-file"},
		{flag("var", "a=given again=yes"), "given again=yes"},
		{flag("var-file", "./given.json"), "in JSON -var-file"},
	} {
		step.add()
		if got := value(); got != step.want {
			t.Errorf("got %q, want %q", got, step.want)
		}
	}
}

func TestVarFileElsewhere(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "main.cw.hcl"), oneVariable)
	write(filepath.Join(other, "x.cwvars"), "a = \"there\"\n")
	c, diags := Load(t.Context(), dir, testOptions())
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	relative, err := filepath.Rel(c.Dir, other)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(other, "x.cwvars"), filepath.Join(relative, "x.cwvars")} {
		values, diags := c.Variables(t.Context(), VariableArgs{Flags: []VarFlag{{"var-file", name}}})
		if diags.HasErrors() || values["a"].AsString() != "there" {
			t.Errorf("%s: %#v %v", name, values["a"], diags)
		}
	}
}

func TestTextsBecomeValues(t *testing.T) {
	for _, tc := range []struct {
		block, text string
		want        cty.Value
	}{
		{"type = string", "1 + 1", cty.StringVal("1 + 1")},
		{"type = string", `"quoted"`, cty.StringVal(`"quoted"`)},
		{"type = string", "${x}", cty.StringVal("${x}")},
		{"type = string", "", cty.StringVal("")},
		{"type = string", "null", cty.StringVal("null")},
		{"", "[1]", cty.StringVal("[1]")},
		{"type = number", "12", cty.NumberIntVal(12)},
		{"type = bool", "true", cty.True},
		{"type = bool", "1", cty.True},
		{"type = any", "12", cty.NumberIntVal(12)},
		{"type = any", `["a", 1]`, cty.TupleVal([]cty.Value{cty.StringVal("a"), cty.NumberIntVal(1)})},
		{"type = any", "1 + 1", cty.NumberIntVal(2)},
		{"type = any", "null", cty.NullVal(cty.DynamicPseudoType)},
		{"type = list(string)", "[1, true]", cty.ListVal([]cty.Value{cty.StringVal("1"), cty.StringVal("true")})},
		{"type = set(number)", "[2, 1, 2]", cty.SetVal([]cty.Value{cty.NumberIntVal(1), cty.NumberIntVal(2)})},
		{"type = map(number)", `{ a = 1, "b" = "2" }`, cty.MapVal(map[string]cty.Value{"a": cty.NumberIntVal(1), "b": cty.NumberIntVal(2)})},
		{"type = list(string)", "null", cty.NullVal(cty.List(cty.String))},
		{"type = object({ a = string, b = optional(number, 7), c = optional(list(string)) })", `{ a = "x" }`, cty.ObjectVal(map[string]cty.Value{
			"a": cty.StringVal("x"), "b": cty.NumberIntVal(7), "c": cty.NullVal(cty.List(cty.String))})},
		{"type = list(string)\n  nullable = false\n  default = [\"d\"]", "null", cty.ListVal([]cty.Value{cty.StringVal("d")})},
	} {
		c := load(t, map[string]string{"main.cw.hcl": "variable \"v\" {\n  " + tc.block + "\n}\n"})
		for source, args := range map[string]VariableArgs{
			"flag":        {Flags: []VarFlag{{"var", "v=" + tc.text}}},
			"environment": {Environ: []string{"CW_VAR_v=" + tc.text}},
			"prompt":      {Prompt: func(context.Context, *Variable) (string, error) { return tc.text, nil }},
		} {
			if source == "prompt" && c.Root.Variables["v"].Default != cty.NilVal {
				continue
			}
			values, diags := c.Variables(t.Context(), args)
			if diags.HasErrors() || !values["v"].RawEquals(tc.want) {
				t.Errorf("%s, %s: %q became %#v, want %#v: %v", tc.block, source, tc.text, values["v"], tc.want, diags)
			}
		}
	}
}

func TestPrompt(t *testing.T) {
	c := load(t, map[string]string{"main.cw.hcl": oneVariable + "variable \"c\" {\n}\nvariable \"b\" {\n  type = number\n}\nvariable \"d\" {\n}\n"})
	var asked []string
	values, diags := c.Variables(t.Context(), VariableArgs{
		Flags: []VarFlag{{"var", "d=x"}},
		Prompt: func(_ context.Context, v *Variable) (string, error) {
			asked = append(asked, v.Name)
			return "7", nil
		},
	})
	if diags.HasErrors() || strings.Join(asked, " ") != "b c" || !values["b"].RawEquals(cty.NumberIntVal(7)) || !values["c"].RawEquals(cty.StringVal("7")) {
		t.Errorf("asked for %q, got %#v: %v", asked, values, diags)
	}
	_, diags = c.Variables(t.Context(), VariableArgs{Prompt: func(context.Context, *Variable) (string, error) { return "", errors.New("closed") }})
	if len(diags) != 3 {
		t.Errorf("want an error for each of three variables, got %v", diags)
	}
	asked = nil
	c.Variables(t.Context(), VariableArgs{Flags: []VarFlag{{"var", "typo=1"}}, Prompt: func(_ context.Context, v *Variable) (string, error) {
		asked = append(asked, v.Name)
		return "", nil
	}})
	if asked != nil {
		t.Errorf("asked for %q though the command line was wrong", asked)
	}
}

// TestSecretsAreMarkedAndNotSaid gives sensitive variables values of every
// wrong kind in every way.
func TestSecretsAreMarkedAndNotSaid(t *testing.T) {
	c := load(t, map[string]string{
		"main.cw.hcl": "variable \"n\" {\n  type      = number\n  sensitive = true\n  default   = 1234\n}\n" +
			"variable \"b\" {\n  type      = bool\n  sensitive = true\n  default   = true\n}\n" +
			"variable \"o\" {\n  type      = object({ k = map(number) })\n  sensitive = true\n  default   = null\n}\n",
	})
	const secret = "TOPSECRET"
	for _, text := range []string{
		secret, `{ k = { ` + secret + ` = "x" } }`, `{ k = "` + secret + `" }`, "[" + secret, `"` + secret + `\q"`, `"${` + secret + `}"`,
		secret + "(", "{ " + secret + " = 1, " + secret + " = 2 }", "1 " + secret, "True" + secret, "<<" + secret + "\nx", "{" + strings.Repeat("(", 600) + secret,
	} {
		for _, name := range []string{"n", "b", "o"} {
			file := map[string][]byte{"main.cw.hcl": c.Files["main.cw.hcl"].Bytes, "x.cwvars": []byte(name + " = " + text + "\n")}
			opts := testOptions()
			opts.Overlay = file
			inFile, _ := Load(t.Context(), "/nowhere", opts)
			for _, args := range []VariableArgs{
				{Flags: []VarFlag{{"var", name + "=" + text}}},
				{Environ: []string{"CW_VAR_" + name + "=" + text}},
				{Flags: []VarFlag{{"var-file", "x.cwvars"}}},
			} {
				values, diags := inFile.Variables(t.Context(), args)
				if said := fmt.Sprint(diags); strings.Contains(said, secret) {
					t.Errorf("%q is said: %s", text, said)
				}
				for _, d := range diags {
					if d.Subject != nil && d.Subject.Filename == "x.cwvars" && strings.HasPrefix(d.Summary, "Invalid value for") {
						t.Errorf("%q is shown: %s", text, d.Subject)
					}
				}
				for _, v := range values {
					if !marks.IsSensitive(v) {
						t.Errorf("%q: %#v is not marked", text, v)
					}
				}
			}
		}
	}
	if !marks.IsSensitive(c.Root.Variables["n"].Default) {
		t.Error("the default is not marked")
	}
}

func TestConvertVariable(t *testing.T) {
	list := &Variable{Name: "v", Type: cty.List(cty.String), Nullable: true}
	strict := &Variable{Name: "v", Type: cty.String, Default: cty.StringVal("d")}
	required := &Variable{Name: "v", Type: cty.String}
	secret := &Variable{Name: "v", Type: cty.Number, Sensitive: true, Nullable: true}
	bad := cty.NilVal
	for _, tc := range []struct {
		v         *Variable
		raw, want cty.Value
	}{
		{list, cty.TupleVal([]cty.Value{cty.True}), cty.ListVal([]cty.Value{cty.StringVal("true")})},
		{list, cty.NullVal(cty.DynamicPseudoType), cty.NullVal(cty.List(cty.String))},
		{list, cty.UnknownVal(cty.DynamicPseudoType), cty.UnknownVal(cty.List(cty.String))},
		{list, cty.StringVal("x"), bad},
		{strict, cty.NullVal(cty.String), cty.StringVal("d")},
		{strict, cty.NilVal, cty.StringVal("d")},
		{strict, cty.UnknownVal(cty.String), cty.UnknownVal(cty.String)},
		{strict, cty.StringVal("x").Mark(marks.Sensitive), cty.StringVal("x").Mark(marks.Sensitive)},
		{strict, cty.NullVal(cty.String).Mark(marks.Sensitive), cty.StringVal("d").Mark(marks.Sensitive)},
		{required, cty.NilVal, bad},
		{required, cty.NullVal(cty.String), bad},
		{secret, cty.StringVal("12"), cty.NumberIntVal(12).Mark(marks.Sensitive)},
		{secret, cty.NullVal(cty.String), cty.NullVal(cty.Number).Mark(marks.Sensitive)},
		{secret, cty.StringVal("x"), bad},
	} {
		got, diags := ConvertVariable(tc.v, tc.raw, hcl.Range{})
		if tc.want == bad {
			if !diags.HasErrors() || got.IsKnown() || !got.Type().Equals(tc.v.Type) {
				t.Errorf("%#v became %#v: %v", tc.raw, got, diags)
			}
			continue
		}
		if diags.HasErrors() || !got.RawEquals(tc.want) {
			t.Errorf("%#v became %#v, want %#v: %v", tc.raw, got, tc.want, diags)
		}
	}
	if _, diags := ConvertVariable(list, cty.StringVal("SECRET").Mark(marks.Sensitive), hcl.Range{}); strings.Contains(diags.Error(), ": ") && strings.Contains(diags.Error(), "required") {
		t.Errorf("a sensitive value is described: %s", diags)
	}
}

// TestOptionalAttributes wants the default and a converted value to have the
// same defaults of optional attributes.
func TestOptionalAttributes(t *testing.T) {
	c := load(t, map[string]string{"main.cw.hcl": "variable \"v\" {\n  type = object({\n    a = optional(string, \"x\")\n    b = optional(object({ c = optional(number, 1) }), {})\n  })\n  default = {}\n}\n"})
	v := c.Root.Variables["v"]
	want := cty.ObjectVal(map[string]cty.Value{"a": cty.StringVal("x"), "b": cty.ObjectVal(map[string]cty.Value{"c": cty.NumberIntVal(1)})})
	if !v.Default.RawEquals(want) {
		t.Errorf("default %#v", v.Default)
	}
	got, diags := ConvertVariable(v, cty.ObjectVal(map[string]cty.Value{"b": cty.NullVal(cty.DynamicPseudoType)}), v.Range)
	if diags.HasErrors() || !got.RawEquals(want) {
		t.Errorf("converted %#v: %v", got, diags)
	}
	if !v.ValueType().Equals(want.Type()) || !cty.UnknownVal(v.ValueType()).Type().Equals(want.Type()) {
		t.Errorf("type %#v", v.ValueType())
	}
}
