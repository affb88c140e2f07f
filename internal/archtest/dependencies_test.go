package archtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestEveryDependencyHasAReason keeps docs/dependencies.md in step with the
// source: a module that a file of ours imports, or that has one of the tools,
// has a row, and a row is of such a module.
func TestEveryDependencyHasAReason(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	program := readModule(t, root(t))
	tools := readModule(t, filepath.Join(root(t), "tools"))
	var used []string
	for _, p := range readTree(t) {
		for _, f := range p.files {
			used = append(used, program.of(f.imports)...)
		}
	}
	for _, name := range goFiles(t, filepath.Join(root(t), "tools", "protogen")) {
		f, err := readFile(name, filepath.Base(name))
		if err != nil {
			t.Fatal(err)
		}
		used = append(used, tools.of(f.imports)...)
	}
	for _, tool := range tools.Tool {
		used = append(used, tools.of([]string{tool.Path})...)
	}
	slices.Sort(used)
	used = slices.Compact(used)

	documented := documentedModules(string(text))
	for _, module := range used {
		if !slices.Contains(documented, module) {
			t.Errorf("docs/dependencies.md does not say what %s is for, and why this one", module)
		}
	}
	for _, module := range documented {
		if !slices.Contains(used, module) {
			t.Errorf("docs/dependencies.md has a row for %s, which nothing uses directly", module)
		}
	}
}

func TestDocumentedModules(t *testing.T) {
	got := documentedModules("| `a.example/b` | x |\nsee `c.example/d`\n| `e.example/f/v2` |\n")
	if want := []string{"a.example/b", "e.example/f/v2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestModuleOfAPackage(t *testing.T) {
	m := module{Require: []required{{"a.example/b"}, {"a.example/b/c"}, {"a.example/bb"}}}
	got := m.of([]string{"a.example/b/x", "a.example/b/c", "a.example/b/c/y", "fmt", "a.example/bbb"})
	if want := []string{"a.example/b", "a.example/b/c", "a.example/b/c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// documentedModules returns the modules that begin a row of a table.
func documentedModules(markdown string) []string {
	var modules []string
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")
	for _, match := range row.FindAllStringSubmatch(markdown, -1) {
		modules = append(modules, match[1])
	}
	return modules
}

// module is what matters here of a go.mod file.
type module struct {
	Require []required
	Tool    []struct{ Path string }
}

type required struct{ Path string }

func readModule(t *testing.T, dir string) module {
	t.Helper()
	command := exec.Command("go", "mod", "edit", "-json")
	command.Dir = dir
	output, err := command.Output()
	if err != nil {
		t.Fatalf("read %s/go.mod: %v", dir, err)
	}
	var m module
	if err := json.Unmarshal(output, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// of returns the required modules that packages come from: of each, the one
// with the longest path. Packages of the standard library, and ours, are of
// none.
func (m module) of(packages []string) []string {
	var modules []string
	for _, p := range packages {
		best := ""
		for _, r := range m.Require {
			if within(r.Path+"/...", p) && len(r.Path) > len(best) {
				best = r.Path
			}
		}
		if best != "" {
			modules = append(modules, best)
		}
	}
	return modules
}

func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no Go files in %s (%v)", dir, err)
	}
	return names
}
