package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/clockwork-hcl/clockwork/diag"
)

// clockworkModule is the module that a provider is built on.
const clockworkModule = "github.com/clockwork-hcl/clockwork"

//go:embed templates
var templates embed.FS

// Provider says what to write.
type Provider struct {
	// Name is the provider's, "acme".
	Name string
	// Dir is the folder to write to: it must be empty, or not be there.
	Dir string
	// Module is the path of the Go module.
	Module string
	// Go is the version of Go that the module asks for, "1.26.0".
	Go string
	// Version is that of Clockwork that the provider is built on, "0.3.0". It
	// has no meaning beside Checkout, a folder with Clockwork's own source.
	Version, Checkout string
}

// DefaultDir is the folder that a provider is written to where nobody says
// another.
func DefaultDir(name string) string { return "clockwork-provider-" + name }

// DefaultModule is the path of its module then.
func DefaultModule(name string) string { return "example.com/you/clockwork-provider-" + name }

// Requirement is the version of Clockwork that the provider is built on, as the
// go command takes it.
func (p Provider) Requirement() string { return clockworkModule + "@v" + p.Version }

// files are what is written, each from its template.
func files() [][2]string {
	return [][2]string{
		{".gitignore", "gitignore"},
		{"Makefile", "Makefile"},
		{"README.md", "README.md"},
		{"conformance.hcl", "conformance.hcl"},
		{"examples/basic/main.cw.hcl", "example.cw.hcl"},
		{"main.go", "main.go"},
		{"note.go", "note.go"},
		{"provider.go", "provider.go"},
		{"provider_test.go", "provider_test.go"},
		{"testdata/stories/apply.txtar", "apply.txtar"},
		{"testdata/stories/heal.txtar", "heal.txtar"},
	}
}

// reserved are names that a provider cannot have, because they are somebody
// else's.
func reserved() []string {
	return []string{"applecontainer", "clockwork", "core", "directory", "docker", "file", "git"}
}

// Check says what is wrong with the provider's name and module.
func (p Provider) Check() diag.Diagnostics {
	switch {
	case !regexp.MustCompile(`^[a-z][a-z0-9]{0,31}$`).MatchString(p.Name):
		return diag.Errorf("Invalid name", "%q cannot be the name of a provider: it begins the names of its types, so it must begin with a small letter, "+
			"have only small letters and digits, and be at most 32 long. Write one like acme.", p.Name)
	case slices.Contains(reserved(), p.Name):
		return diag.Errorf("Name is taken", "%q is part of Clockwork. Choose another name.", p.Name)
	case !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`).MatchString(p.Module):
		return diag.Errorf("Invalid module", "%q cannot be the path of a Go module. Write one like %s.", p.Module, DefaultModule(p.Name))
	}
	return nil
}

// Write writes everything and returns the names of the files. Nothing is
// written when something is wrong.
func (p Provider) Write() ([]string, diag.Diagnostics) {
	if ds := p.Check(); ds.HasErrors() {
		return nil, ds
	}
	if ds := empty(p.Dir); ds.HasErrors() {
		return nil, ds
	}
	mod, sum, ds := p.module()
	if ds.HasErrors() {
		return nil, ds
	}
	contents := map[string][]byte{"go.mod": mod}
	if sum != nil {
		contents["go.sum"] = sum
	}
	for _, f := range files() {
		text, err := p.render(f[1])
		if err != nil {
			return nil, diag.FromError("Cannot write the provider", err)
		}
		contents[f[0]] = text
	}
	var names []string
	for name := range contents {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		path := filepath.Join(p.Dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, contents[name], 0o644)
		}
		if err != nil {
			return nil, diag.FromError("Cannot write the provider", err)
		}
	}
	return names, nil
}

func empty(dir string) diag.Diagnostics {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return diag.FromError("Cannot write the provider", err)
	case len(entries) > 0:
		return diag.Errorf("Folder is not empty", "%s holds %s already, and nothing in it is overwritten. Name another folder with -dir.", dir, entries[0].Name())
	}
	return nil
}

// render fills in a template.
func (p Provider) render(name string) ([]byte, error) {
	text, err := templates.ReadFile("templates/" + name + ".tmpl")
	if err != nil {
		return nil, err
	}
	t, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]string{
		"Name": p.Name, "Module": p.Module, "Clockwork": clockworkModule, "Source": "example.com/you/" + p.Name,
	})
	return out.Bytes(), err
}

// module makes go.mod, and go.sum where it can be known without asking for
// modules: where Clockwork is a checkout, its own serves.
func (p Provider) module() (mod, sum []byte, ds diag.Diagnostics) {
	var w bytes.Buffer
	version := "v" + p.Version
	var requires []string
	if p.Checkout != "" {
		own, err := os.ReadFile(filepath.Join(p.Checkout, "go.mod"))
		if err != nil {
			return nil, nil, noCheckout(p.Checkout, err.Error())
		}
		if sum, err = os.ReadFile(filepath.Join(p.Checkout, "go.sum")); err != nil {
			return nil, nil, noCheckout(p.Checkout, err.Error())
		}
		var module string
		if module, p.Go, requires = readModule(string(own)); module != clockworkModule {
			return nil, nil, noCheckout(p.Checkout, fmt.Sprintf("its module is %q", module))
		}
		version = "v0.0.0"
	}
	fmt.Fprintf(&w, "module %s\n\ngo %s\n\nrequire %s %s\n\n", p.Module, p.Go, clockworkModule, version)
	fmt.Fprintf(&w, "// The clockwork that stories run, of the version above.\ntool %s\n", clockworkModule)
	if p.Checkout != "" {
		fmt.Fprintf(&w, "\nreplace %s => %s\n\nrequire (\n", clockworkModule, quoted(p.Checkout))
		for _, r := range requires {
			fmt.Fprintf(&w, "\t%s // indirect\n", r)
		}
		w.WriteString(")\n")
	}
	return w.Bytes(), sum, nil
}

func noCheckout(dir, why string) diag.Diagnostics {
	return diag.Errorf("Not a checkout of Clockwork", "%s has not Clockwork's source: %s. Name the folder that has its go.mod with -clockwork-path.", dir, why)
}

// quoted writes a path as go.mod wants it.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t\"'`()[]{},") {
		return fmt.Sprintf("%q", path)
	}
	return path
}

// readModule reads what is needed of a go.mod file.
func readModule(text string) (module, version string, requires []string) {
	within := false
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "//")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == ")":
			within = false
		case within:
			requires = append(requires, strings.Join(words, " "))
		case len(words) == 2 && words[0] == "module":
			module = words[1]
		case len(words) == 2 && words[0] == "go":
			version = words[1]
		case len(words) == 2 && words[0] == "require" && words[1] == "(":
			within = true
		case len(words) == 3 && words[0] == "require":
			requires = append(requires, words[1]+" "+words[2])
		}
	}
	return module, version, requires
}
