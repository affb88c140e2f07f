package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/clockwork-hcl/clockwork"

// pkg is one folder with Go files. Build constraints are not looked at: what a
// file for another system imports counts as well.
type pkg struct {
	path  string // relative to the module, "" for its root
	files []file
}

type file struct {
	name      string // relative to the module
	test      bool
	generated bool
	lines     int
	imports   []string
	syntax    *ast.File
	fset      *token.FileSet
}

// root returns the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatalf("the module's root is not where it was expected: %v", err)
	}
	return dir
}

// readTree parses every Go file of the module, those of other modules inside
// its folder and of testdata left out.
func readTree(t *testing.T) []pkg {
	t.Helper()
	var tree []pkg
	index := map[string]int{}
	base := root(t)
	err := filepath.WalkDir(base, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(base, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if entry.IsDir() {
			if rel != "." && skipDir(name, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		dir := path.Dir(rel)
		if dir == "." {
			dir = ""
		}
		at, known := index[dir]
		if !known {
			at = len(tree)
			index[dir] = at
			tree = append(tree, pkg{path: dir})
		}
		f, err := readFile(name, rel)
		if err != nil {
			return err
		}
		tree[at].files = append(tree[at].files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func skipDir(name, base string) bool {
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(name, "go.mod"))
	return err == nil
}

func readFile(name, rel string) (file, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return file{}, err
	}
	return parseFile(rel, source)
}

func parseFile(name string, source []byte) (file, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return file{}, err
	}
	f := file{
		name:      name,
		test:      strings.HasSuffix(name, "_test.go"),
		generated: ast.IsGenerated(syntax),
		lines:     bytes.Count(source, []byte("\n")),
		syntax:    syntax,
		fset:      fset,
	}
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, imported)
	}
	return f, nil
}

// within tells whether a package is what a pattern names: a path, or a path and
// all below it when it ends in "/...".
func within(pattern, pkgPath string) bool {
	if base, deep := strings.CutSuffix(pattern, "/..."); deep {
		return pkgPath == base || strings.HasPrefix(pkgPath, base+"/")
	}
	return pkgPath == pattern
}

func withinAny(patterns []string, pkgPath string) bool {
	for _, pattern := range patterns {
		if within(pattern, pkgPath) {
			return true
		}
	}
	return false
}
