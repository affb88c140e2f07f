package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// TestEveryErrorHasAFixture finds each place in this package that makes a
// diagnostic, and wants one like it in a golden file.
func TestEveryErrorHasAFixture(t *testing.T) {
	var goldens []string
	for _, dir := range fixtures(t, "errors") {
		want, err := os.ReadFile(filepath.Join(dir, "want.txt"))
		if err != nil {
			t.Fatal(err)
		}
		goldens = append(goldens, string(want))
	}
	// Only an evaluator calls it this way.
	_, diags := ConvertVariable(&Variable{Name: "x", Type: cty.String}, cty.NilVal, hcl.Range{})
	all := strings.Join(append(goldens, render(".", diags)), "\n")
	sites := 0
	for _, site := range diagnosticSites(t) {
		sites++
		if !site.pattern.MatchString(all) {
			t.Errorf("%s: no fixture has this diagnostic: %s", site.where, site.pattern)
		}
	}
	if sites < 90 {
		t.Errorf("only %d places that make diagnostics were found; is the search broken?", sites)
	}
}

type diagnosticSite struct {
	where   token.Position
	pattern *regexp.Regexp
}

func diagnosticSites(t *testing.T) []diagnosticSite {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var sites []diagnosticSite
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			var summary, detail ast.Expr
			switch n := n.(type) {
			case *ast.CallExpr:
				first := map[string]int{"At": 1, "Errorf": 0, "Warningf": 0}
				sel, ok := n.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				pkg, ok := sel.X.(*ast.Ident)
				i, known := first[sel.Sel.Name]
				if !ok || pkg.Name != "diag" || !known {
					return true
				}
				summary, detail = n.Args[i], n.Args[i+1]
			case *ast.CompositeLit:
				for _, e := range n.Elts {
					kv, ok := e.(*ast.KeyValueExpr)
					if !ok {
						return true
					}
					switch key, _ := kv.Key.(*ast.Ident); {
					case key == nil:
					case key.Name == "Summary":
						summary = kv.Value
					case key.Name == "Detail":
						detail = kv.Value
					}
				}
			}
			if summary == nil {
				return true
			}
			pattern := "(?m)^" + patternOf(t, fset, summary) + "\n" + patternOf(t, fset, detail) + "$"
			sites = append(sites, diagnosticSite{fset.Position(n.Pos()), regexp.MustCompile(pattern)})
			return true
		})
	}
	return sites
}

// patternOf makes a pattern of a format: verbs and what is not literal match
// anything.
func patternOf(t *testing.T, fset *token.FileSet, e ast.Expr) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		verb := regexp.MustCompile(`%[a-z]`)
		quoted := regexp.QuoteMeta(s)
		return verb.ReplaceAllString(quoted, ".*")
	case *ast.BinaryExpr:
		return patternOf(t, fset, e.X) + patternOf(t, fset, e.Y)
	}
	return ".*"
}
