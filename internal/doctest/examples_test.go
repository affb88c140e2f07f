package doctest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamples validates every project below examples, and wants it formatted.
// A folder without a configuration is a program, which has tests of its own.
func TestExamples(t *testing.T) {
	examples := filepath.Join(repository(t), "examples")
	entries, err := os.ReadDir(examples)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		configs, err := filepath.Glob(filepath.Join(examples, entry.Name(), "*.cw.hcl"))
		if err != nil {
			t.Fatal(err)
		}
		if len(configs) == 0 {
			continue
		}
		t.Run(entry.Name(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(examples, entry.Name()))); err != nil {
				t.Fatal(err)
			}
			for _, line := range []string{"clockwork validate", "clockwork fmt -check -diff -recursive"} {
				if output, code := shell(t, dir, line); code != 0 {
					t.Errorf("%s: exit code %d:\n%s", line, code, output)
				}
			}
		})
	}
}

// guides returns the README.md of every example that has one.
func guides(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(repository(t), "examples", "*", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestGuides plays the README.md of each example in a copy of its folder.
func TestGuides(t *testing.T) {
	for _, name := range guides(t) {
		t.Run(filepath.Base(filepath.Dir(name)), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Dir(name))); err != nil {
				t.Fatal(err)
			}
			play(t, dir, string(text))
		})
	}
}

// TestDemo plays what `make demo` plays.
func TestDemo(t *testing.T) {
	t.Parallel()
	script := filepath.Join(repository(t), "examples", "quickstart", "demo.sh")
	output, code := shell(t, t.TempDir(), "'"+script+"'")
	if code != 0 || !strings.HasSuffix(output, "The demo is over: all went as it should.\n") {
		t.Errorf("exit code %d:\n%s", code, output)
	}
}
