package scaffold_test

import (
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/command/scaffold"
)

func repository(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// What is written builds and passes its tests at once, without any network, and
// is formatted.
func TestItWorksAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	p := scaffold.Provider{Name: "acme", Dir: dir, Module: "example.com/ada/clockwork-provider-acme", Checkout: repository(t)}
	names, ds := p.Write()
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "[[.") {
			t.Errorf("%s has something that was not filled in", name)
		}
		if filepath.Ext(name) == ".go" {
			if formatted, err := format.Source(text); err != nil || string(formatted) != string(text) {
				t.Errorf("%s is not formatted (%v)", name, err)
			}
		}
	}
	if raced {
		t.Skip("the rest is the same without the race detector")
	}
	for _, args := range [][]string{{"build", "-o", os.DevNull, "."}, {"vet", "./..."}, {"test", "./..."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

func TestModule(t *testing.T) {
	write := func(p scaffold.Provider) string {
		t.Helper()
		p.Name, p.Dir, p.Module = "acme", filepath.Join(t.TempDir(), "new"), "example.com/a"
		names, ds := p.Write()
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		if slices.Contains(names, "go.sum") != (p.Checkout != "") {
			t.Errorf("it writes %q", names)
		}
		mod, err := os.ReadFile(filepath.Join(p.Dir, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		return string(mod)
	}
	const released = `module example.com/a

go 1.27.1

require github.com/clockwork-hcl/clockwork v0.3.0

// The clockwork that stories run, of the version above.
tool github.com/clockwork-hcl/clockwork
`
	if got := write(scaffold.Provider{Go: "1.27.1", Version: "0.3.0"}); got != released {
		t.Errorf("of a release it is\n%s", got)
	}
	checkout := filepath.Join(t.TempDir(), "a folder")
	if err := os.Mkdir(checkout, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod": "module github.com/clockwork-hcl/clockwork // it\n\ngo 1.26.8\nrequire a.example/b v1.0.0\nrequire (\n\tc.example/d v2.0.0 // indirect\n)\n", "go.sum": "",
	} {
		if err := os.WriteFile(filepath.Join(checkout, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := write(scaffold.Provider{Go: "1.27.1", Version: "0.3.0", Checkout: checkout})
	for _, want := range []string{"\ngo 1.26.8\n", " v0.0.0\n", `=> "` + checkout + `"`, "\ta.example/b v1.0.0 // indirect\n\tc.example/d v2.0.0 // indirect\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("of a checkout it is\n%s\nwithout %s", got, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	good := scaffold.Provider{Name: "acme", Dir: filepath.Join(t.TempDir(), "new"), Module: "example.com/a", Go: "1.26", Version: "0.3.0"}
	for want, change := range map[string]func(*scaffold.Provider){
		`"Acme" cannot be the name of a provider`:       func(p *scaffold.Provider) { p.Name = "Acme" },
		`"ac-me" cannot be the name of a provider`:      func(p *scaffold.Provider) { p.Name = "ac-me" },
		`"ac_me" cannot be the name of a provider`:      func(p *scaffold.Provider) { p.Name = "ac_me" },
		`"1a" cannot be the name of a provider`:         func(p *scaffold.Provider) { p.Name = "1a" },
		`"../a" cannot be the name of a provider`:       func(p *scaffold.Provider) { p.Name = "../a" },
		`"docker" is part of Clockwork`:                 func(p *scaffold.Provider) { p.Name = "docker" },
		`"a b" cannot be the path of a Go module`:       func(p *scaffold.Provider) { p.Module = "a b" },
		`"../x" cannot be the path of a Go module`:      func(p *scaffold.Provider) { p.Module = "../x" },
		`"a\nb" cannot be the path of a Go module`:      func(p *scaffold.Provider) { p.Module = "a\nb" },
		"holds mine already, and nothing in it":         func(p *scaffold.Provider) { p.Dir = full },
		"has not Clockwork's source: open":              func(p *scaffold.Provider) { p.Checkout = full },
		`its module is "example.com/x"`:                 func(p *scaffold.Provider) { p.Checkout = other(t) },
		"Cannot write the provider":                     func(p *scaffold.Provider) { p.Dir = filepath.Join(full, "mine") },
		"Cannot write the provider: Open " + full + "/": func(p *scaffold.Provider) { p.Dir = filepath.Join(full, "mine", "more") },
	} {
		p := good
		change(&p)
		if _, ds := p.Write(); !strings.Contains(ds.Error(), want) {
			t.Errorf("it says %v, not %s", ds, want)
		}
	}
	if _, err := os.Stat(good.Dir); err == nil {
		t.Error("something was written in spite of a mistake")
	}
}

// other is a checkout of something else.
func other(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/x\n", "go.sum": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
