package config

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

func manyBlocks(n int) []byte {
	var b bytes.Buffer
	b.WriteString("variable \"name\" {\n  default = \"world\"\n}\n\n")
	for i := range n {
		fmt.Fprintf(&b, "resource \"file\" \"f%d\" {\n  path    = \"out/f%d.txt\"\n  content = \"hello ${var.name} %d\"\n  mode    = \"0644\"\n}\n\n", i, i, i)
	}
	return b.Bytes()
}

// manyMeta has something for this package in every block.
func manyMeta(n int) []byte {
	var b bytes.Buffer
	b.WriteString("resource \"file\" \"base\" {\n  path = \"x\"\n}\n")
	for i := range n {
		fmt.Fprintf(&b, "resource \"file\" \"f%d\" {\n  path       = \"out/f%d.txt\"\n  depends_on = [file.base]\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n", i, i)
	}
	return b.Bytes()
}

func benchmarkLoad(b *testing.B, blocks int, overlay map[string][]byte) {
	opts := testOptions()
	opts.Overlay = overlay
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := Load(b.Context(), "/nowhere", opts); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(blocks), "µs/block")
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("one-file/%d", n), func(b *testing.B) {
			benchmarkLoad(b, n, map[string][]byte{"main.cw.hcl": manyBlocks(n)})
		})
	}
	b.Run("many-files/10000", func(b *testing.B) {
		overlay := map[string][]byte{}
		for i := range 100 {
			src := bytes.ReplaceAll(manyBlocks(100), []byte(`"file" "f`), fmt.Appendf(nil, `"file" "g%d-f`, i))
			overlay[fmt.Sprintf("%d.cw.hcl", i)] = bytes.Replace(src, []byte(`variable "name"`), fmt.Appendf(nil, `variable "name%d"`, i), 1)
		}
		benchmarkLoad(b, 10_000, overlay)
	})
	b.Run("meta/10000", func(b *testing.B) {
		benchmarkLoad(b, 10_000, map[string][]byte{"main.cw.hcl": manyMeta(10_000)})
	})
}

// BenchmarkParse is what hcl alone takes, with the whole file at once.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			src := manyBlocks(n)
			b.ReportAllocs()
			for b.Loop() {
				hclsyntax.ParseConfig(src, "main.cw.hcl", hcl.InitialPos)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/block")
		})
	}
}

// BenchmarkDecode is what this package adds to the parser's work, on one
// processor.
func BenchmarkDecode(b *testing.B) {
	for name, src := range map[string][]byte{"plain": manyBlocks(10_000), "meta": manyMeta(10_000)} {
		b.Run(name, func(b *testing.B) {
			file, hdiags := hclsyntax.ParseConfig(src, "main.cw.hcl", hcl.InitialPos)
			if hdiags.HasErrors() {
				b.Fatal(hdiags)
			}
			opts := testOptions()
			b.ReportAllocs()
			for b.Loop() {
				outlineConfig(src, pieceSize)
				var c contents
				c.decode(file.Body, &opts)
				m, _ := c.module()
				m.opts = &opts
				m.link()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10_000, "µs/block")
		})
	}
}

func BenchmarkCheckReferences(b *testing.B) {
	opts := testOptions()
	opts.Overlay = map[string][]byte{"main.cw.hcl": manyBlocks(10_000)}
	c, _ := Load(b.Context(), "/nowhere", opts)
	b.ReportAllocs()
	for b.Loop() {
		c.CheckReferences()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10_000, "µs/block")
}

func BenchmarkFormat(b *testing.B) {
	src := manyBlocks(1_000)
	b.ReportAllocs()
	for b.Loop() {
		Format(src)
	}
}

// TestLoadIsLinear wants ten times the blocks to take about ten times the
// memory; time is too unsteady here, and is for the benchmarks.
func TestLoadIsLinear(t *testing.T) {
	allocated := func(n int) uint64 {
		opts := testOptions()
		opts.Overlay = map[string][]byte{"main.cw.hcl": manyBlocks(n)}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, diags := Load(t.Context(), "/nowhere", opts); diags.HasErrors() {
			t.Fatal(diags)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	small, large := allocated(300), allocated(3000)
	if large > 12*small {
		t.Errorf("300 blocks take %d bytes, 3000 take %d", small, large)
	}
}
