package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// FuzzLoad loads, checks and evaluates what it can of arbitrary files: it never
// panics, it ends soon, and it says the same each time.
func FuzzLoad(f *testing.F) {
	err := filepath.WalkDir("testdata", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, filepath.Join("testdata", "fuzz")) {
			return err
		}
		src, err := os.ReadFile(name)
		if err != nil || len(src) > 8000 {
			return nil // a link to nowhere
		}
		switch {
		case strings.HasSuffix(name, nativeExt):
			f.Add(src, []byte("{}"), []byte(""))
		case strings.HasSuffix(name, jsonExt):
			f.Add([]byte(""), src, []byte(""))
		case strings.HasSuffix(name, ".cwvars"):
			main, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "main.cw.hcl"))
			f.Add(main, []byte("{}"), src)
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, native, json, values []byte) {
		opts := testOptions()
		opts.Overlay = map[string][]byte{
			"main.cw.hcl": native, "more.cw.hcl.json": json, "clockwork.cwvars": values,
			"sub/main.cw.hcl": []byte("variable \"name\" {\n}\n\noutput \"path\" {\n  value = var.name\n}\n"),
		}
		start := time.Now()
		run := func() string {
			c, diags := Load(t.Context(), "/nowhere", opts)
			diags = append(diags, c.CheckReferences()...)
			_, ds := c.Variables(t.Context(), VariableArgs{
				Environ: []string{"CW_VAR_a=" + string(values)},
				Flags:   []VarFlag{{"var", string(values)}, {"var-file", "clockwork.cwvars"}},
			})
			diags = append(diags, ds...)
			for _, d := range diags {
				if d.Summary == "" || d.Detail == "" {
					t.Errorf("a diagnostic without words: %#v", d)
				}
			}
			return c.Hash + "\n" + render("/nowhere", diags)
		}
		first := run()
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
		if diff := cmp.Diff(first, run()); diff != "" {
			t.Errorf("not the same the second time:\n%s", diff)
		}
	})
}

// FuzzFormat wants formatting to change nothing but the layout, and nothing at
// all the second time.
func FuzzFormat(f *testing.F) {
	addFixtures(f)
	for _, src := range []string{
		"a=\"${x}\"\nb = \"${\n x +\n y }\"\n",
		"block label \"two\" three {\n a=1 # one\n bbb = 2 // two\n}\n",
		"a = \"${\"${\"${x}\"}\"}\"\n",
		"a = \"${~ x ~}\"\nb = \"${x /* y */}\"\nc = \"${x # y\n}\"\n",
		"a = <<EOT\n${x}\nEOT\nb = \"${<<E\nx\nE\n}\"\n",
		"a = [for x in [1]: -x if x != - 1 ]\nb = a ? -1 : !c\n",
		"a /* c */ b {\n}\n",
		"\ta = {\n\t\tb: 1, \"c\" = 2\n (d) = 3 }\r\n",
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		out, diags := Format(src)
		if diags.HasErrors() {
			if !bytes.Equal(out, src) {
				t.Errorf("source with errors was changed:\n%s", out)
			}
			return
		}
		again, diags := Format(out)
		if diags.HasErrors() {
			t.Fatalf("%q became %q: %v", src, out, diags)
		}
		if !bytes.Equal(again, out) {
			t.Errorf("formatting again changes more:\nfirst  %q\nsecond %q\nthird  %q", src, out, again)
		}
		if before, after := meaning(t, src), meaning(t, out); !reflect.DeepEqual(before, after) {
			t.Errorf("it does not mean the same:\n%q\n%q\n%s", src, out, cmp.Diff(before, after))
		}
		if strings.Count(string(out), "#")+strings.Count(string(out), "//") < strings.Count(string(src), "#")+strings.Count(string(src), "//") {
			t.Errorf("a comment is lost:\n%q\n%q", src, out)
		}
	})
}

// meaning is a file without its layout: all tokens but line ends, where
// anything that is only another way to write something is written one way.
func meaning(t *testing.T, src []byte) []string {
	t.Helper()
	file, hdiags := hclsyntax.ParseConfig(src, "", hcl.InitialPos)
	if hdiags.HasErrors() {
		t.Fatalf("%q: %v", src, hdiags)
	}
	return describe(nil, "", file.Body.(*hclsyntax.Body))
}

func describe(out []string, prefix string, body *hclsyntax.Body) []string {
	names := make([]string, 0, len(body.Attributes))
	for _, attr := range inOrder(attributesOf(body)) {
		names = append(names, attr.Name)
	}
	for _, name := range names {
		out = append(out, prefix+name+" = "+expressionText(body.Attributes[name].Expr))
	}
	for _, b := range body.Blocks {
		header := prefix + b.Type
		for _, label := range b.Labels {
			header += " \"" + label + "\""
		}
		out = append(out, header)
		out = describe(out, prefix+"  ", b.Body)
	}
	return out
}

func attributesOf(body *hclsyntax.Body) hcl.Attributes {
	attrs, _ := (&hclsyntax.Body{Attributes: body.Attributes}).JustAttributes()
	return attrs
}

// expressionText describes an expression's tree, without ranges, and without
// templates that only wrap one expression.
func expressionText(e hclsyntax.Expression) string {
	var b strings.Builder
	describeValue(&b, reflect.ValueOf(e), 0)
	return b.String()
}

func describeValue(b *strings.Builder, v reflect.Value, depth int) {
	if !v.IsValid() || depth > 200 {
		b.WriteString("?")
		return
	}
	if v.CanInterface() {
		switch x := v.Interface().(type) {
		case hcl.Range:
			return
		case *hclsyntax.TemplateWrapExpr:
			if x != nil {
				describeValue(b, reflect.ValueOf(x.Wrapped), depth+1)
				return
			}
		case *hclsyntax.ParenthesesExpr:
			if x != nil {
				describeValue(b, reflect.ValueOf(x.Expression), depth+1)
				return
			}
		case *hclsyntax.LiteralValueExpr:
			if x != nil {
				b.WriteString(x.Val.GoString())
				return
			}
		case *hclsyntax.Operation:
			for name, op := range map[string]*hclsyntax.Operation{
				"||": hclsyntax.OpLogicalOr, "&&": hclsyntax.OpLogicalAnd, "!": hclsyntax.OpLogicalNot,
				"==": hclsyntax.OpEqual, "!=": hclsyntax.OpNotEqual, ">": hclsyntax.OpGreaterThan,
				">=": hclsyntax.OpGreaterThanOrEqual, "<": hclsyntax.OpLessThan, "<=": hclsyntax.OpLessThanOrEqual,
				"+": hclsyntax.OpAdd, "-": hclsyntax.OpSubtract, "*": hclsyntax.OpMultiply, "/": hclsyntax.OpDivide,
				"%": hclsyntax.OpModulo, "neg": hclsyntax.OpNegate,
			} {
				if op == x {
					b.WriteString(name)
				}
			}
			return
		case hcl.TraverseIndex:
			b.WriteString("[" + x.Key.GoString() + "]")
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		describeValue(b, v.Elem(), depth+1)
	case reflect.Struct:
		b.WriteString(v.Type().Name() + "{")
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				b.WriteString(v.Type().Field(i).Name + ":")
				describeValue(b, v.Field(i), depth+1)
				b.WriteString(" ")
			}
		}
		b.WriteString("}")
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			describeValue(b, v.Index(i), depth+1)
			b.WriteString(", ")
		}
		b.WriteString("]")
	case reflect.String:
		b.WriteString(v.String())
	case reflect.Bool:
		if v.Bool() {
			b.WriteString("true")
		}
	}
}
