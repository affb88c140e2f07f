package archtest

import (
	"go/ast"
	"go/token"
	"path"
	"strings"
	"testing"
)

// maxLines bounds a file: one concept fits.
const maxLines = 500

// longFiles are the files that may be longer, each with the reason.
func longFiles() map[string]string {
	return map[string]string{}
}

func TestFilesAreSmall(t *testing.T) {
	long := longFiles()
	for _, p := range readTree(t) {
		for _, f := range p.files {
			if f.test || f.generated {
				continue
			}
			_, known := long[f.name]
			switch {
			case f.lines > maxLines && !known:
				t.Errorf("%s has %d lines, more than %d: split it by concept, or give a reason in longFiles",
					f.name, f.lines, maxLines)
			case f.lines <= maxLines && known:
				t.Errorf("%s has only %d lines: take it out of longFiles", f.name, f.lines)
			}
			delete(long, f.name)
		}
	}
	for name := range long {
		t.Errorf("longFiles names %s, which does not exist", name)
	}
}

func TestNoInit(t *testing.T) {
	for _, p := range readTree(t) {
		for _, f := range p.files {
			if f.generated {
				continue
			}
			for _, position := range inits(f) {
				t.Errorf("%s: func init: start-up code belongs in main, where it is seen", position)
			}
		}
	}
}

func TestInitIsFound(t *testing.T) {
	f, err := parseFile("x.go", []byte("package x\nfunc init() {}\ntype t int\nfunc (t) init() {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := inits(f); len(got) != 1 || got[0].Line != 2 {
		t.Errorf("found init functions at %v, want one in line 2", got)
	}
}

func inits(f file) []token.Position {
	var found []token.Position
	for _, declaration := range f.syntax.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil && function.Name.Name == "init" {
			found = append(found, f.fset.Position(function.Pos()))
		}
	}
	return found
}

// TestEveryPackageHasADoc wants a package comment in doc.go, or for a program in
// any file; that of a package outside internal says what it may import.
func TestEveryPackageHasADoc(t *testing.T) {
	for _, p := range readTree(t) {
		program := false
		comment, inFile := "", ""
		for _, f := range p.files {
			if f.syntax.Name.Name == "main" {
				program = true
			}
			if f.syntax.Doc == nil || f.test {
				continue
			}
			if comment != "" {
				t.Errorf("%s and %s both have a package comment: keep the one in doc.go", inFile, f.name)
			}
			comment, inFile = f.syntax.Doc.Text(), f.name
		}
		switch {
		case comment == "":
			t.Errorf("package %q has no package comment: write a doc.go that says what it is for and what it may not import", p.path)
		case program:
		case path.Base(inFile) != "doc.go":
			t.Errorf("%s has the package comment, which belongs in doc.go", inFile)
		case !within("internal/...", p.path) && !strings.Contains(comment, "import"):
			t.Errorf("%s does not say what the package may, or may not, import", inFile)
		}
	}
}
