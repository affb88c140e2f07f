package config

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwork-hcl/clockwork/diag"
)

var update = flag.Bool("update", false, "write the golden files")

func testOptions() Options {
	return Options{
		Project: "test",
		Version: "0.1.0",
		TypeProviders: map[string]string{
			"file": "file", "directory": "file", "file_template": "file",
		},
		BuiltinProviders: []string{"file", "docker", "git", "applecontainer"},
	}
}

// fixture is a project in testdata, with what its args.txt says.
type fixture struct {
	dir  string
	opts Options
	args VariableArgs
}

// readFixture reads args.txt, which has lines such as "dir SUB", "version X",
// "env K=V", "-var K=V" and "-var-file F", and "interrupted".
func readFixture(t *testing.T, dir string) (f fixture, interrupted bool) {
	t.Helper()
	f = fixture{dir: dir, opts: testOptions()}
	lines, err := os.ReadFile(filepath.Join(dir, "args.txt"))
	if os.IsNotExist(err) {
		return f, false
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		word, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		switch word {
		case "dir":
			f.dir = filepath.Join(dir, rest)
		case "version":
			f.opts.Version = rest
		case "env":
			f.args.Environ = append(f.args.Environ, rest)
		case "-var", "-var-file":
			f.args.Flags = append(f.args.Flags, VarFlag{Name: word[1:], Value: rest})
		case "ask-fails":
			f.args.Prompt = func(context.Context, *Variable) (string, error) { return "", fmt.Errorf("%s", rest) }
		case "interrupted":
			interrupted = true
		default:
			t.Fatalf("args.txt: what is %q?", line)
		}
	}
	return f, interrupted
}

// check runs all checks of the package, each if the one before it found nothing.
func (f fixture) check(ctx context.Context) diag.Diagnostics {
	c, diags := Load(ctx, f.dir, f.opts)
	if !diags.HasErrors() {
		diags = append(diags, c.CheckReferences()...)
	}
	if !diags.HasErrors() {
		_, ds := c.Variables(ctx, f.args)
		diags = append(diags, ds...)
	}
	return diags
}

func render(dir string, diags diag.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		where := "-"
		if d.Subject != nil {
			where = d.Subject.String()
		}
		fmt.Fprintf(&b, "%s: %s\n%s\n%s\n\n", d.Severity, where, d.Summary, d.Detail)
	}
	abs, _ := filepath.Abs(dir)
	return strings.ReplaceAll(b.String(), abs, "DIR")
}

func fixtures(t *testing.T, kind string) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join("testdata", kind, "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no fixtures in testdata/%s: %v", kind, err)
	}
	return dirs
}

// golden compares got with want.txt, or writes it.
func golden(t *testing.T, dir, got string) {
	t.Helper()
	file := filepath.Join(dir, "want.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("other than in %s (-want +got):\n%s", file, diff)
	}
}

func TestErrors(t *testing.T) {
	for _, dir := range fixtures(t, "errors") {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			f, interrupted := readFixture(t, dir)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if interrupted {
				cancel()
			}
			diags := f.check(ctx)
			if !diags.HasErrors() && !strings.HasPrefix(filepath.Base(dir), "warn_") {
				t.Error("no error was found")
			}
			golden(t, dir, render(dir, diags))
		})
	}
}

// TestErrorsPointAtSource wants a range in source that was read, inside of it.
func TestErrorsPointAtSource(t *testing.T) {
	for _, dir := range fixtures(t, "errors") {
		f, _ := readFixture(t, dir)
		for _, d := range f.check(t.Context()) {
			if d.Summary == "" || d.Detail == "" || strings.HasSuffix(d.Summary, ".") || !strings.ContainsAny(d.Detail[len(d.Detail)-1:], ".?)") {
				t.Errorf("%s: badly written: %q, %q", dir, d.Summary, d.Detail)
			}
			if d.Subject == nil {
				continue
			}
			src, err := os.ReadFile(filepath.Join(f.dir, d.Subject.Filename))
			if err != nil {
				t.Errorf("%s: %s: %v", dir, d.Summary, err)
				continue
			}
			src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
			if start, end := d.Subject.Start.Byte, d.Subject.End.Byte; start > end || end > len(src) {
				t.Errorf("%s: %s: %s is outside of the file", dir, d.Summary, d.Subject)
			}
			if lines := bytes.Count(src[:d.Subject.Start.Byte], []byte("\n")) + 1; lines != d.Subject.Start.Line {
				t.Errorf("%s: %s: %s: the offset is in line %d", dir, d.Summary, d.Subject, lines)
			}
		}
	}
}

func TestValid(t *testing.T) {
	for _, dir := range fixtures(t, "valid") {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			f, _ := readFixture(t, dir)
			if diags := f.check(t.Context()); len(diags) > 0 {
				t.Errorf("there is nothing wrong with this:\n%s", render(dir, diags))
			}
		})
	}
}
