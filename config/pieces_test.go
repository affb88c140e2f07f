package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcled"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// addFixtures seeds a fuzzer with the files of the fixtures.
func addFixtures(f *testing.F) {
	f.Helper()
	err := filepath.WalkDir("testdata", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, filepath.Join("testdata", "fuzz")) {
			return err
		}
		src, err := os.ReadFile(name)
		if err == nil && len(src) < 4000 && d.Name() != "want.txt" {
			f.Add(src)
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
}

// FuzzPieces wants a file that is cut wherever it can be to mean the same as
// when it is parsed whole, positions included, and errors to be found in both.
func FuzzPieces(f *testing.F) {
	addFixtures(f)
	for _, src := range []string{
		"a = <<EOT\n}\n${x}\nEOT\nb = 1\n",
		"a = <<-EOT\n  %{ if x }\n EOT \nb {\n}\n",
		"a = \"$${x\"\nb = \"%%{\"\nc = \"$\"\nd = \"${\"}\"}\"\n",
		"# {\n// (\n/* [\n*/ a = 1\nb = 2 # \"\n",
		"a = (\n1\n)\nb = [\n1,\n]\n\nc = {\n  d = 1\n}\n",
		"a = \"${\n1}\"\nb = \"${{\na=1}}\"\n",
		"a = \"\\\"\"\nb = \"\\\\\"\nc = 1 << 2\n",
		"a = \"${~ x ~}\"\r\nb = 1\r\n",
		"a = <<EOT\n$\n%\n$${\n%%{\nEOT\nb = 1\n",
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if !utf8.Valid(src) || bytes.Contains(src, []byte("\xef\xbb\xbf")) {
			return // refused, or cut off, before
		}
		o := outlineConfig(src, 1)
		if o.excess != 0 {
			return
		}
		whole, hdiags := hclsyntax.ParseConfig(src, "f", hcl.InitialPos)
		var parts []*hcl.File
		failed := false
		for _, p := range cut("f", src, hcl.InitialPos, o.cuts) {
			file, hdiags := hclsyntax.ParseConfig(p.src, p.name, p.start)
			failed = failed || hdiags.HasErrors()
			parts = append(parts, file)
		}
		cutUp := joined(src, parts).Body.(*hclsyntax.Body)
		twice := len(cutUp.Attributes) != len(whole.Body.(*hclsyntax.Body).Attributes)
		if hdiags.HasErrors() != failed && !twice && !strings.Contains(hdiags.Error(), "redefined") {
			t.Fatalf("whole: %v, cut at %v: failed %v", hdiags, o.cuts, failed)
		}
		if hdiags.HasErrors() {
			return
		}
		if !reflect.DeepEqual(cutUp.Blocks, whole.Body.(*hclsyntax.Body).Blocks) && len(cutUp.Blocks) > 0 {
			t.Fatalf("other blocks when cut at %v", o.cuts)
		}
		if !reflect.DeepEqual(cutUp.Attributes, whole.Body.(*hclsyntax.Body).Attributes) {
			t.Fatalf("other attributes when cut at %v", o.cuts)
		}
	})
}

func TestPiecesOfOneFile(t *testing.T) {
	one := "resource \"file\" \"a\" {\n  content = <<EOT\n}\n${\"x\"}\nEOT\n}\n\n"
	src := []byte(strings.Repeat(one, 3*pieceSize/len(one)))
	parts, diags := pieces("main.cw.hcl", src)
	if diags.HasErrors() || len(parts) != 3 {
		t.Fatalf("got %d pieces, want 3: %v", len(parts), diags)
	}
	for _, p := range parts[1:] {
		if !bytes.HasPrefix(p.src, []byte("resource")) && !bytes.HasPrefix(p.src, []byte("\nresource")) {
			t.Errorf("a piece begins with %.20q", p.src)
		}
		if line := bytes.Count(src[:p.start.Byte], []byte("\n")) + 1; p.start.Line != line || p.start.Column != 1 {
			t.Errorf("a piece begins at %v, want line %d", p.start, line)
		}
	}
}

func TestNavigation(t *testing.T) {
	src := []byte("locals {\n}\n\nresource \"file\" \"a\" {\n  path = 1\n}\n\nlocals {\n}\n")
	part, hdiags := hclsyntax.ParseConfig(src, "f", hcl.InitialPos)
	if hdiags.HasErrors() {
		t.Fatal(hdiags)
	}
	file := joined(src, []*hcl.File{part})
	for offset := range src {
		if got, want := hcled.ContextString(file, offset), hcled.ContextString(part, offset); got != want {
			t.Errorf("at %d: %q, want %q", offset, got, want)
		}
		if got, want := hcled.ContextDefRange(file, offset), hcled.ContextDefRange(part, offset); got.Start.Byte != want.Start.Byte {
			t.Errorf("at %d: %v, want %v", offset, got, want)
		}
	}
}

// TestDeepSourceIsRefusedFast gives the loader what would overflow the stack of
// a parser that recurses, or take minutes.
func TestDeepSourceIsRefusedFast(t *testing.T) {
	const n = 1 << 20
	for name, src := range map[string]string{
		"parentheses":   "locals {\n  a = " + strings.Repeat("(", n),
		"brackets":      "locals {\n  a = " + strings.Repeat("[", n),
		"objects":       "locals {\n  a = " + strings.Repeat("{a=", n),
		"blocks":        strings.Repeat("a {\n", n),
		"interpolation": "locals {\n  a = " + strings.Repeat(`"${`, n),
		"directives":    "locals {\n  a = \"" + strings.Repeat("%{ if x }", n),
		"heredocs":      "locals {\n  a = " + strings.Repeat("<<E\n${", n),
		"negations":     "locals {\n  a = " + strings.Repeat("-", n) + "1\n}",
		"conditions":    "locals {\n  a = " + strings.Repeat("a ? b : ", n) + "1\n}",
		"sums":          "locals {\n  a = " + strings.Repeat("1 +\t", n) + "1\n}",
		"indexes":       "locals {\n  a = b" + strings.Repeat("[c]", n) + "\n}",
		"calls":         "locals {\n  a = " + strings.Repeat("f(", n) + "\n}",
		"splats":        "locals {\n  a = b" + strings.Repeat("[*]", n) + "\n}",
		"mixed":         "locals {\n  a = " + strings.Repeat("([{a=-", n),
		"exponent":      "locals {\n  a = \"${1e999999999}\"\n}",
		"digits":        "locals {\n  a = " + strings.Repeat("9", n) + "\n}",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			opts := testOptions()
			opts.Overlay = map[string][]byte{"main.cw.hcl": []byte(src)}
			_, diags := Load(t.Context(), "/nowhere", opts)
			if len(diags) != 1 || diags[0].Subject == nil {
				t.Errorf("got %v, want one error", diags)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestNestingWithinTheLimits loads and formats what is just allowed.
func TestNestingWithinTheLimits(t *testing.T) {
	const n = maxNesting/2 - 10
	for name, src := range map[string]string{
		"parentheses": "locals {\n  a = " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) + "\n}\n",
		"templates":   "locals {\n  a = " + strings.Repeat(`"x${`, n) + "1" + strings.Repeat(`}"`, n) + "\n}\n",
		"sums":        "locals {\n  a = 1" + strings.Repeat(" + 1", maxOperators-10) + "\n}\n",
		"conditions":  "locals {\n  a = " + strings.Repeat("true ? 1 : ", maxOperators-10) + "1\n}\n",
		"not":         "locals {\n  a = " + strings.Repeat("!", maxOperators-10) + "true\n}\n",
		"type":        "variable \"a\" {\n  type    = " + strings.Repeat("list(", n) + "string" + strings.Repeat(")", n) + "\n  default = []\n}\n",
		"default":     "variable \"a\" {\n  type    = any\n  default = " + strings.Repeat("[", n) + strings.Repeat("]", n) + "\n}\n",
		"typed default": "variable \"a\" {\n  type    = " + strings.Repeat("list(", n) + "string" + strings.Repeat(")", n) +
			"\n  default = " + strings.Repeat("[", n) + strings.Repeat("]", n) + "\n}\n",
		"optional": "variable \"a\" {\n  type    = " + strings.Repeat("object({ a = optional(", n/3) + "string" + strings.Repeat(", {}) })", n/3) +
			"\n  default = {}\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			opts := testOptions()
			opts.Overlay = map[string][]byte{"main.cw.hcl": []byte(src)}
			c, diags := Load(t.Context(), "/nowhere", opts)
			diags = append(diags, c.CheckReferences()...)
			for _, l := range c.Root.Locals {
				if _, hdiags := l.Expr.Value(nil); hdiags.HasErrors() {
					t.Error(hdiags)
				}
			}
			if name != "optional" && diags.HasErrors() {
				t.Error(diags[:1])
			}
			if _, diags := Format([]byte(src)); diags.HasErrors() {
				t.Error(diags)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}
