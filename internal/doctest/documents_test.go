package doctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// documents returns README.md and all of docs, relative to the repository.
func documents(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(repository(t), "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob(filepath.Join(repository(t), "docs", "*", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, below...)
	readme := filepath.Join(repository(t), "README.md")
	if _, err := os.Stat(readme); err == nil {
		names = append(names, readme)
	}
	if len(names) == 0 {
		t.Fatal("there are no documents")
	}
	return names
}

func TestDocuments(t *testing.T) {
	for _, name := range documents(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if strings.Contains(string(text), "~/src/clockwork") {
				checkout(t, dir)
			}
			play(t, dir, string(text))
		})
	}
}

// checkout puts this tree where documents say that a checkout is.
func checkout(t *testing.T, home string) {
	t.Helper()
	if raced {
		t.Skip("what is built on a checkout is built without the race detector")
	}
	if err := os.Mkdir(filepath.Join(home, "src"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(repository(t), filepath.Join(home, "src", "clockwork")); err != nil {
		t.Fatal(err)
	}
}

// play checks the fences of one document, in order, in a folder of their own.
func play(t *testing.T, dir, document string) {
	all, err := fences(document)
	if err != nil {
		t.Fatal(err)
	}
	// A document that fails half-way may leave the service.
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(dir, ".service", "control.sock")); err == nil {
			shell(t, dir, "clockwork service stop")
		}
	})
	for _, f := range all {
		if name, named := f.option("file"); named {
			if !filepath.IsLocal(name) {
				t.Fatalf("line %d: file %q is outside the folder of the document", f.line, name)
			}
			write(t, filepath.Join(dir, name), f.text)
		}
		switch f.language {
		case "hcl":
			checkHCL(t, f)
		case "console":
			checkConsole(t, dir, f)
		}
	}
}

func checkHCL(t *testing.T, f fence) {
	t.Helper()
	_, diags := hclsyntax.ParseConfig([]byte(f.text), "fence", hcl.Pos{Line: f.line, Column: 1})
	if diags.HasErrors() {
		t.Errorf("not HCL: %s", diags)
		return
	}
	if _, named := f.option("file"); named || slices.Contains(f.options, "fragment") {
		return
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.cw.hcl"), f.text)
	if output, code := shell(t, dir, "clockwork validate"); code != 0 {
		t.Errorf("line %d: not a valid project (if it is not meant to be one, write ```hcl fragment):\n%s", f.line, output)
	}
}

func checkConsole(t *testing.T, dir string, f fence) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skipf("console sessions need sh: %v", err)
	}
	all, err := sessions(f)
	if err != nil {
		t.Fatal(err)
	}
	var patience time.Duration
	if text, given := f.option("within"); given {
		if patience, err = time.ParseDuration(text); err != nil {
			t.Fatalf("line %d: within=%s is not a duration", f.line, text)
		}
	}
	for i, s := range all {
		want := 0
		if text, given := f.option("exit"); given && i == len(all)-1 {
			if want, err = strconv.Atoi(text); err != nil {
				t.Fatalf("line %d: exit=%s is not a number", f.line, text)
			}
		}
		output, code := shell(t, dir, s.command)
		for end := time.Now().Add(patience); (code != want || !matches(s.output, output)) && time.Now().Before(end); {
			time.Sleep(100 * time.Millisecond)
			output, code = shell(t, dir, s.command)
		}
		if code != want {
			t.Errorf("line %d: %s: exit code %d, not %d", s.line, s.command, code, want)
		}
		if !matches(s.output, output) {
			t.Errorf("line %d: %s: printed\n%s\nnot what the document says:\n%s", s.line, s.command, output, s.output)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLinksLeadSomewhere follows the links between files of the repository.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, name := range append(documents(t), guides(t)...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range links(string(text)) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s: %v", filepath.Base(name), target, err)
			}
		}
	}
}

func TestLinks(t *testing.T) {
	got := links("[a](b.md) ![c](d/e.png) [f](https://g.example/h) [i](#j) [k](l.md#m)")
	if want := []string{"b.md", "d/e.png", "l.md"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// links returns the files that a document links to.
func links(markdown string) []string {
	var targets []string
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, match := range link.FindAllStringSubmatch(markdown, -1) {
		target, _, _ := strings.Cut(match[1], "#")
		if target != "" && !strings.Contains(target, "://") && !strings.HasPrefix(target, "mailto:") {
			targets = append(targets, target)
		}
	}
	return targets
}
