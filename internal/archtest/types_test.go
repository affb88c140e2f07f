package archtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checked is one package of ours, type-checked as it is built for this system,
// without its tests.
type checked struct {
	path  string // relative to the module, "" for its root
	fset  *token.FileSet
	files []*ast.File
	types *types.Package
	info  *types.Info
}

// checkTree type-checks all packages of the module. What they import is read
// from the compiler's export data.
func checkTree(t *testing.T) []checked {
	t.Helper()
	command := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles,Module", "./...")
	command.Dir = root(t)
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	type listed struct {
		ImportPath, Dir, Export string
		GoFiles                 []string
		Module                  *struct{ Main bool }
	}
	exports := map[string]string{}
	var ours []listed
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var one listed
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[one.ImportPath] = one.Export
		if one.Module != nil && one.Module.Main && len(one.GoFiles) > 0 {
			ours = append(ours, one)
		}
	}

	fset := token.NewFileSet()
	fromExports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(exports[path])
	})
	var tree []checked
	for _, one := range ours {
		var files []*ast.File
		for _, name := range one.GoFiles {
			syntax, err := parser.ParseFile(fset, filepath.Join(one.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, syntax)
		}
		c, err := check(one.ImportPath, fset, files, fromExports)
		if err != nil {
			t.Fatal(err)
		}
		tree = append(tree, c)
	}
	return tree
}

func check(importPath string, fset *token.FileSet, files []*ast.File, from types.Importer) (checked, error) {
	c := checked{
		path:  strings.TrimPrefix(strings.TrimPrefix(importPath, modulePath), "/"),
		fset:  fset,
		files: files,
		info: &types.Info{
			Defs:       map[*ast.Ident]types.Object{},
			Uses:       map[*ast.Ident]types.Object{},
			Types:      map[ast.Expr]types.TypeAndValue{},
			Selections: map[*ast.SelectorExpr]*types.Selection{},
		},
	}
	config := types.Config{Importer: from}
	var err error
	c.types, err = config.Check(importPath, fset, files, c.info)
	return c, err
}
