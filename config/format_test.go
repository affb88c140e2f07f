package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"empty":           {"", ""},
		"alignment":       {"a {\nx=1\nlonger   =  2 # two\n y = 3 // three\n}\n", "a {\n  x      = 1\n  longer = 2 # two\n  y      = 3 // three\n}\n"},
		"labels":          {"resource file a {\n}\nresource \"file\" b {}\n", "resource \"file\" \"a\" {\n}\nresource \"file\" \"b\" {}\n"},
		"one expression":  {"a = \"${var.x}\"\nb = \"${ f(1,2) }\"\n", "a = var.x\nb = f(1, 2)\n"},
		"more than one":   {"a = \"${var.x}${var.y}\"\nb = \" ${var.x}\"\n", "a = \"${var.x}${var.y}\"\nb = \" ${var.x}\"\n"},
		"nested":          {"a = \"${\"${\"${x}\"}\"}\"\n", "a = x\n"},
		"keys stay":       {"a = { \"${x}\" = 1 }\n", "a = { \"${x}\" = 1 }\n"},
		"two lines":       {"a = \"${\n  x +\n  y\n}\"\n", "a = (\n  x +\n  y\n)\n"},
		"comment inside":  {"a = \"${x /* why */}\"\n", "a = (x /* why */)\n"},
		"line comment":    {"a = \"${x # why\n}\"\n", "a = (x # why\n)\n"},
		"heredoc":         {"a = <<EOT\n  ${x}\nEOT\n", "a = <<EOT\n  ${x}\nEOT\n"},
		"heredoc of one":  {"a = <<EOT\n${x}\nEOT\n", "a = <<EOT\n${x}\nEOT\n"},
		"heredoc inside":  {"a = \"${<<E\nx\nE\n}\"\n", "a = (<<E\nx\nE\n)\n"},
		"nested blocks":   {"a {\nb c {\nd=\"${e}\"\n}\n}\n", "a {\n  b \"c\" {\n    d = e\n  }\n}\n"},
		"byte order mark": {"\xef\xbb\xbfa=1\n", "a = 1\n"},
		"comment between": {"a /* c */ b {\n}\n", "a /* c */ \"b\" {\n}\n"},
		"blank lines":     {"a = 1\n\n\nb = 2\n", "a = 1\n\n\nb = 2\n"},
		"no last newline": {"a=1", "a = 1"},
		"line ends":       {"a=1\r\nb  =2\r\n", "a = 1\r\nb = 2\r\n"},
	} {
		got, diags := Format([]byte(tc.in))
		if diags.HasErrors() || string(got) != tc.want {
			t.Errorf("%s: got %q, want %q: %v", name, got, tc.want, diags)
		}
	}
}

func TestFormatRefuses(t *testing.T) {
	for _, src := range []string{"a {\n", "a = \"\xff\"\n", "a = " + strings.Repeat("(", 1<<20)} {
		got, diags := Format([]byte(src))
		if !diags.HasErrors() || string(got) != src {
			t.Errorf("%.20q: %v", src, diags)
		}
	}
}

// TestValidFixturesMeanTheSameFormatted formats real projects.
func TestValidFixturesMeanTheSameFormatted(t *testing.T) {
	files, err := filepath.Glob("testdata/valid/*/*.cw.hcl")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(string(src), "broken") {
			continue
		}
		out, diags := Format(src)
		if diags.HasErrors() {
			t.Errorf("%s: %v", name, diags)
			continue
		}
		if before, after := strings.Join(meaning(t, src), "\n"), strings.Join(meaning(t, out), "\n"); before != after {
			t.Errorf("%s means something else", name)
		}
	}
}
