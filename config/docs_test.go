package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLanguageDocument loads the snippets of docs/language.md: each that says
// nothing else is a project by itself, those that name a file are one project
// together, and a fragment is formatted.
func TestLanguageDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "language.md"))
	if err != nil {
		t.Fatal(err)
	}
	together := map[string][]byte{}
	alone := 0
	for _, m := range regexp.MustCompile("(?ms)^```(hcl|json)([^\n]*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		language, option, src := m[1], strings.TrimSpace(m[2]), []byte(m[3])
		if language == "hcl" {
			if formatted, diags := Format(src); diags.HasErrors() || string(formatted) != string(src) {
				t.Errorf("not in the canonical layout: %v\n%s", diags, formatted)
			}
		}
		if name, ok := strings.CutPrefix(option, "file="); ok {
			together[name] = src
			continue
		}
		if option == "fragment" {
			continue
		}
		alone++
		loadDocument(t, map[string][]byte{"main.cw.hcl": src})
	}
	if alone < 8 || len(together) < 3 {
		t.Errorf("only %d projects and %d files were found; is the search broken?", alone, len(together))
	}
	loadDocument(t, together)
}

func loadDocument(t *testing.T, files map[string][]byte) {
	t.Helper()
	opts := testOptions()
	opts.Overlay = files
	c, diags := Load(t.Context(), "/nowhere", opts)
	diags = append(diags, c.CheckReferences()...)
	_, ds := c.Variables(t.Context(), VariableArgs{})
	if diags = append(diags, ds...); len(diags) > 0 {
		t.Errorf("%s\n%s", files, diags)
	}
}

// TestLimitsAreAsDocumented keeps the numbers in docs/language.md true.
func TestLimitsAreAsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "language.md"))
	if err != nil {
		t.Fatal(err)
	}
	if maxNesting != 500 || maxOperators != 10_000 || maxNumberLength != 400 || maxExponentDigits != 4 || maxModuleDepth != 32 || maxModules != 10_000 {
		t.Error("a limit has changed: change the section Limits of docs/language.md, and this test")
	}
	if !strings.Contains(string(text), "can be nested 500 deep") {
		t.Error("docs/language.md does not say how deep things can be nested")
	}
}
