package views

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
)

const diagnosticSource = `variable "port" {
  default = "abc"
}

resource "file" "motd" {
	path    = "/etc/motd"	# after tabs
  content = each.key + var.port + var.password + var.later + local.obj + local.list[0] + local.gone.x
  日本語     = "全角 e` + "\u0301" + `" + nope
  lifecycle {
    precondition {
      condition = (
        each.key == "b" &&
        var.port == "abc"
      )
    }
  }
}
evil = "` + "\x1b" + `[31m" + ` + "\u202e" + `oops
last = line`

// sourceFile parses diagnosticSource.
func sourceFile(t testing.TB) Files {
	t.Helper()
	// What is wrong with it is left to the diagnostics under test.
	f, _ := hclsyntax.ParseConfig([]byte(diagnosticSource), "main.cw.hcl", hcl.InitialPos)
	return Files{"main.cw.hcl": f}
}

// at returns the range of the first occurrence of text.
func at(t testing.TB, text string) *hcl.Range {
	t.Helper()
	i := strings.Index(diagnosticSource, text)
	if i < 0 {
		t.Fatalf("%q is not in the source", text)
	}
	pos := func(byteAt int) hcl.Pos {
		before := diagnosticSource[:byteAt]
		line := strings.Count(before, "\n")
		col := displayWidth(before[strings.LastIndex(before, "\n")+1:])
		return hcl.Pos{Line: line + 1, Column: col + 1, Byte: byteAt}
	}
	return &hcl.Range{Filename: "main.cw.hcl", Start: pos(i), End: pos(i + len(text))}
}

func expression(t testing.TB, src string) hcl.Expression {
	t.Helper()
	e, diags := hclsyntax.ParseExpression([]byte(src), "main.cw.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return e
}

// evalContext has values of every kind.
func evalContext() *hcl.EvalContext {
	outer := &hcl.EvalContext{Variables: map[string]cty.Value{
		"var": cty.ObjectVal(map[string]cty.Value{
			"port":     cty.StringVal("abc"),
			"password": cty.StringVal("hunter2").Mark(marks.Sensitive),
			"later":    cty.UnknownVal(cty.String),
			"long":     cty.StringVal(strings.Repeat("long ", 100)),
			"evil":     cty.StringVal("\x1b[2J\u202e"),
			"null":     cty.NullVal(cty.String),
			"number":   cty.NumberFloatVal(1.5),
			"inside":   cty.ObjectVal(map[string]cty.Value{"password": cty.StringVal("hunter2").Mark(marks.Sensitive)}),
		}),
		"local": cty.ObjectVal(map[string]cty.Value{
			"obj":   cty.ObjectVal(map[string]cty.Value{"a": cty.True, "b": cty.Zero}),
			"list":  cty.ListVal([]cty.Value{cty.StringVal("x")}),
			"tuple": cty.TupleVal([]cty.Value{cty.True, cty.Zero}),
			"map":   cty.MapValEmpty(cty.String),
			"gone":  cty.EmptyObjectVal,
		}),
	}}
	ctx := outer.NewChild()
	ctx.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal("a")})}
	return ctx
}

// TestDiagnostics pins how diagnostics look, to people and as JSON.
func TestDiagnostics(t *testing.T) {
	const sentence = "The provider could not be reached, because nothing answered at the address that the configuration gives. Start it, or correct the address, and plan again."
	values := expression(t, `each.key + var.port + var.password + var.later + local.obj + local.list[0] + local.gone.x + var.port`)
	for _, c := range []struct {
		name string
		d    diag.Diagnostic
	}{
		{"bare", diag.Diagnostic{Summary: "Something is wrong"}},
		{"warning", diag.Diagnostic{Severity: diag.Warning, Summary: "Deprecated", Detail: "Use content instead."}},
		{"wrapped", diag.Diagnostic{Summary: "Provider not available and its name is so long that it does not fit on a single line", Detail: sentence + "\n\n" + sentence + "\n  - laid out, and a line that is much too long but must not be wrapped since it is indented\n  - by hand"}},
		{"address", diag.Diagnostic{Summary: "Cannot write", Detail: "Permission denied.", Address: `module.a["b"].file.motd`}},
		{"subject", diag.Diagnostic{Summary: "Unsupported attribute", Detail: "Remove it.", Subject: at(t, "path")}},
		{"subject_and_address", diag.Diagnostic{Summary: "Cannot write", Detail: "Permission denied.", Address: "file.motd", Subject: at(t, `"/etc/motd"`)}},
		{"values", diag.Diagnostic{Summary: "Invalid operand", Detail: "A number is needed.", Subject: at(t, "each.key + var.port + var.password"), Expression: values, EvalContext: evalContext()}},
		{"more_values", diag.Diagnostic{Summary: "Invalid operand", Subject: at(t, "each.key"),
			Expression: expression(t, `[var.long, var.evil, var.null, var.number, local.tuple, local.map, var.inside, local.list[*], var.inside.password, local.tuple[1], nothing.at.all, each]`), EvalContext: evalContext()}},
		{"wide", diag.Diagnostic{Summary: "Unknown reference", Detail: "There is no nope.", Subject: at(t, "nope")}},
		{"wide_subject", diag.Diagnostic{Summary: "Bad text", Subject: at(t, "\"全角 e\u0301\"")}},
		{"several_lines", diag.Diagnostic{Summary: "Precondition failed", Detail: "It must be b.", Subject: at(t, "(\n        each.key == \"b\" &&\n        var.port == \"abc\"\n      )")}},
		{"context", diag.Diagnostic{Summary: "Bad operand", Subject: at(t, `"b"`), Context: at(t, "(\n        each.key == \"b\" &&\n        var.port == \"abc\"\n      )")}},
		{"whole_block", diag.Diagnostic{Summary: "Bad block", Subject: at(t, diagnosticSource[strings.Index(diagnosticSource, "resource"):strings.Index(diagnosticSource, "evil")])}},
		{"empty_range", diag.Diagnostic{Summary: "Missing", Subject: func() *hcl.Range { r := at(t, "path"); r.End = r.Start; return r }()}},
		{"end_of_file", diag.Diagnostic{Summary: "Missing brace", Subject: func() *hcl.Range { r := at(t, "last = line"); r.Start = r.End; return r }()}},
		{"end_of_line", diag.Diagnostic{Summary: "Missing brace", Subject: at(t, "{\n  default")}},
		{"line_break", diag.Diagnostic{Summary: "Missing quote", Subject: at(t, "\n  content")}},
		{"break_only", diag.Diagnostic{Summary: "Missing quote", Subject: func() *hcl.Range { r := at(t, "\n  content"); r.End = r.Start; r.End.Byte++; return r }()}},
		{"no_file", diag.Diagnostic{Summary: "Elsewhere", Detail: "Look there.", Subject: &hcl.Range{Filename: "other.cw.hcl", Start: hcl.Pos{Line: 3, Column: 1, Byte: 10}, End: hcl.Pos{Line: 3, Column: 2, Byte: 11}}}},
		{"stale_file", diag.Diagnostic{Summary: "Changed", Subject: &hcl.Range{Filename: "main.cw.hcl", Start: hcl.Pos{Line: 300, Column: 1, Byte: 10000}, End: hcl.Pos{Line: 300, Column: 2, Byte: 10001}}}},
		{"control", diag.Diagnostic{Summary: "Evil \x1b[2J summary\nin lines", Detail: "Evil \x1b]0;title\x07 detail\r\n\ttabbed \u009b31m", Address: "file.\x1b[31m", Subject: at(t, "oops")}},
		{"control_filename", diag.Diagnostic{Summary: "Evil name", Subject: &hcl.Range{Filename: "a\x1b[31m\nb.cw.hcl", Start: hcl.Pos{Line: 1}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := sourceFile(t)
			var b strings.Builder
			for _, s := range []struct {
				name  string
				style Style
			}{{"boxed", plain}, {"ascii", ascii}, {"color", fancy}} {
				text := FormatDiagnostic(c.d, files, s.style)
				b.WriteString("=== " + s.name + "\n" + text)
				assertHarmless(t, text, s.style.Color)
			}
			j, err := marshal(newDiagnostic(c.d, files))
			if err != nil {
				t.Fatal(err)
			}
			assertHarmless(t, string(j), false)
			var indented strings.Builder
			enc := json.NewEncoder(&indented)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(json.RawMessage(j)); err != nil {
				t.Fatal(err)
			}
			golden(t, "diagnostics/"+c.name, b.String()+"=== json\n"+indented.String())
		})
	}
}

// assertHarmless fails when text holds anything that could drive a terminal
// but the colours that we put there.
func assertHarmless(t testing.TB, text string, color bool) {
	t.Helper()
	if color {
		for _, code := range []string{bold, dim, underline, red, green, yellow, cyan, boldRed, boldGreen, boldAmber, "0"} {
			text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
		}
	}
	for i, r := range text {
		if r != '\n' && r != '\t' && !visible(r) && r != '\u200d' {
			t.Errorf("%U shows at byte %d of %q", r, i, text)
			return
		}
	}
}

// TestDiagnosticsTogether pins what stands between diagnostics.
func TestDiagnosticsTogether(t *testing.T) {
	ds := diag.Diagnostics{{Summary: "One"}, {Severity: diag.Warning, Summary: "Two", Detail: "Careful."}, {Summary: "Three"}}
	golden(t, "diagnostics/together", formatDiagnostics(ds, nil, plain)+"=== ascii\n"+formatDiagnostics(ds, nil, ascii))
}

// TestSnippetNeverPanics gives ranges that do not fit the file.
func TestSnippetNeverPanics(t *testing.T) {
	files := sourceFile(t)
	n := len(diagnosticSource)
	for start := -1; start <= n+2; start += 7 {
		for _, end := range []int{start - 5, start, start + 1, start + 60, n, n + 10} {
			r := hcl.Range{Filename: "main.cw.hcl", Start: hcl.Pos{Line: 1, Column: 1, Byte: start}, End: hcl.Pos{Line: 1, Column: 1, Byte: end}}
			context := hcl.Range{Filename: "main.cw.hcl", Start: hcl.Pos{Line: 1, Byte: start - 3}, End: hcl.Pos{Line: 2, Byte: end + 3}}
			for _, style := range []Style{plain, ascii, fancy} {
				if out := FormatDiagnostic(diag.Diagnostic{Summary: "x", Subject: &r, Context: &context}, files, style); out == "" {
					t.Fatal("nothing printed")
				}
			}
		}
	}
}
