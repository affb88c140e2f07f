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

// TestEveryDependencyHasAReason keeps docs/dependencies.md and the go.mod files
// in step: a direct requirement or a tool has a row, and a row is of one.
func TestEveryDependencyHasAReason(t *testing.T) {
	document := filepath.Join(root(t), "docs", "dependencies.md")
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	named := documented(string(text))
	wanted := append(requirements(t, root(t)), requirements(t, filepath.Join(root(t), "tools"))...)
	for _, module := range wanted {
		if !slices.Contains(named, module) {
			t.Errorf("docs/dependencies.md does not say what %s is for, and why this one", module)
		}
	}
	for _, module := range named {
		if !slices.Contains(wanted, module) {
			t.Errorf("docs/dependencies.md has a row for %s, which go.mod does not require directly", module)
		}
	}
}

func TestDocumentedModules(t *testing.T) {
	got := documented("| `a.example/b` | x |\nsee `c.example/d`\n| `e.example/f/v2` |\n")
	if want := []string{"a.example/b", "e.example/f/v2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// documented returns the modules that begin a row of a table.
func documented(markdown string) []string {
	var modules []string
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")
	for _, match := range row.FindAllStringSubmatch(markdown, -1) {
		modules = append(modules, match[1])
	}
	return modules
}

// requirements returns what the module in dir requires directly: the
// requirements not marked indirect, and the modules of its tools.
func requirements(t *testing.T, dir string) []string {
	t.Helper()
	command := exec.Command("go", "mod", "edit", "-json")
	command.Dir = dir
	output, err := command.Output()
	if err != nil {
		t.Fatalf("read %s/go.mod: %v", dir, err)
	}
	var mod struct {
		Module  struct{ Path string }
		Require []struct {
			Path     string
			Indirect bool
		}
		Tool []struct{ Path string }
	}
	if err := json.Unmarshal(output, &mod); err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, required := range mod.Require {
		isTool := slices.ContainsFunc(mod.Tool, func(tool struct{ Path string }) bool {
			return within(required.Path+"/...", tool.Path)
		})
		if !required.Indirect || isTool {
			modules = append(modules, required.Path)
		}
	}
	return modules
}
