package funcs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// BenchmarkFunctions is the cost of the table of one module: to be far below a
// millisecond.
func BenchmarkFunctions(b *testing.B) {
	for b.Loop() {
		Functions(Options{BaseDir: "/project", Pure: true})
	}
}

// BenchmarkFirstTable is the cost of the first table of a process.
func BenchmarkFirstTable(b *testing.B) {
	for b.Loop() {
		makeFixed()
		Functions(Options{BaseDir: "/project", Pure: true})
	}
}

// benchmarkCall is the cost of one call, as for one of thousands of instances.
func benchmarkCall(b *testing.B, src string) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.tmpl"), []byte("Hello ${name},\n%{ for x in list ~}\n- ${upper(x)}\n%{ endfor ~}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	expr, diags := hclsyntax.ParseExpression([]byte(src), "bench", hcl.InitialPos)
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	ctx := &hcl.EvalContext{
		Functions: Functions(Options{BaseDir: dir}),
		Variables: map[string]cty.Value{"greeting": cty.StringVal("Hello ${name}")},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := expr.Value(ctx); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}

func BenchmarkUpper(b *testing.B) { benchmarkCall(b, `upper("a")`) }
func BenchmarkFile(b *testing.B)  { benchmarkCall(b, `file("page.tmpl")`) }
func BenchmarkTemplateFile(b *testing.B) {
	benchmarkCall(b, `templatefile("page.tmpl", { name = "Ann", list = ["a", "b"] })`)
}
func BenchmarkTemplateString(b *testing.B) {
	benchmarkCall(b, `templatestring(greeting, { name = "Ann" })`)
}
