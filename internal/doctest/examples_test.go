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

// TestDemo plays what `make demo` plays.
func TestDemo(t *testing.T) {
	t.Parallel()
	script := filepath.Join(repository(t), "examples", "quickstart", "demo.sh")
	output, code := shell(t, t.TempDir(), "'"+script+"'")
	if code != 0 || !strings.HasSuffix(output, "The demo is over: all went as it should.\n") {
		t.Errorf("exit code %d:\n%s", code, output)
	}
}

// TestGuideIsTheExample holds that the guide writes the provider that is in
// examples: every file of that is in the guide as it is.
func TestGuideIsTheExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository(t), "docs", "writing-a-provider.md"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := fences(string(text))
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for _, f := range all {
		if name, named := f.option("file"); named {
			written[strings.TrimPrefix(name, "clockwork-provider-properties/")] = f.text
		}
	}
	example := filepath.Join(repository(t), "examples", "provider-go")
	names, err := filepath.Glob(filepath.Join(example, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("there is no example (%v)", err)
	}
	names = append(names, filepath.Join(example, "conformance.hcl"), filepath.Join(example, "testdata", "stories", "heal.txtar"))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inside, err := filepath.Rel(example, name)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := written[filepath.ToSlash(inside)]; !ok || got != string(text) {
			t.Errorf("the guide does not have %s as it is in the example", inside)
		}
	}
}
