package config

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/diag"
)

// The files that are read for values without being asked for.
const (
	valuesFile     = "clockwork.cwvars"
	valuesFileJSON = "clockwork.cwvars.json"
	autoExt        = ".auto.cwvars"
	autoExtJSON    = ".auto.cwvars.json"
)

// inputs gathers the values that are given to variables, in the order in which
// a later one counts.
type inputs struct {
	config *Config
	given  map[string]variableInput // by variable
	diags  diag.Diagnostics
}

func (in *inputs) fail(diags diag.Diagnostics) { in.diags = append(in.diags, diags...) }

func (in *inputs) environment(environ []string) {
	for _, entry := range environ {
		key, value, _ := strings.Cut(entry, "=")
		name, ours := strings.CutPrefix(key, envPrefix)
		if ours && in.config.Root.Variables[name] != nil {
			in.given[name] = variableInput{text: value, origin: "the environment variable " + key}
		}
	}
}

// files reads those in the project's folder.
func (in *inputs) files() {
	t := in.config.tree
	names, err := t.list(".")
	if err != nil {
		return // Load has said so
	}
	var auto []string
	found := map[string]bool{}
	for _, name := range names {
		found[name] = true
		if !strings.HasPrefix(name, ".") && (strings.HasSuffix(name, autoExt) || strings.HasSuffix(name, autoExtJSON)) {
			auto = append(auto, name)
		}
	}
	for _, name := range []string{valuesFile, valuesFileJSON} {
		if found[name] {
			in.file(name)
		}
	}
	for _, name := range auto { // list has sorted them
		in.file(name)
	}
}

func (in *inputs) file(name string) {
	src, err := in.config.tree.read(name)
	if err != nil {
		in.fail(diag.Errorf("Variables file not readable",
			"The file %s cannot be read: %s. Make it readable, or remove it.", name, reason(err)))
		return
	}
	in.content(name, src)
}

func (in *inputs) content(name string, src []byte) {
	body, diags := parseFile(name, src)
	in.fail(diags)
	if body == nil {
		return
	}
	attrs, diags := justAttributes(body, "a file of variable values")
	in.fail(diags)
	for _, attr := range inOrder(attrs) {
		if in.config.Root.Variables[attr.Name] == nil {
			in.undeclared(attr)
			continue
		}
		rng := attr.Expr.Range()
		in.given[attr.Name] = variableInput{expr: attr.Expr, origin: place(attr.NameRange), rng: &rng}
	}
}

// undeclared only warns, so that one file can serve several projects.
func (in *inputs) undeclared(attr *hcl.Attribute) {
	in.fail(diag.Diagnostics{{
		Severity: diag.Warning,
		Summary:  "Value for undeclared variable",
		Detail: "The root module has no variable \"" + attr.Name + "\"." + didYouMean(attr.Name, in.config.Root.Variables) +
			" Declare it with a variable block, or remove this value.",
		Subject: &attr.NameRange,
	}})
}

func (in *inputs) flag(flag VarFlag) {
	if flag.Name == "var-file" {
		in.flagFile(flag.Value)
		return
	}
	name, value, ok := strings.Cut(flag.Value, "=")
	switch {
	case !ok:
		in.fail(diag.Errorf("Invalid -var option",
			"The option -var needs a variable's name, an equals sign and a value. Write -var 'NAME=VALUE'."))
	case in.config.Root.Variables[name] != nil:
		in.given[name] = variableInput{text: value, origin: "the option -var " + name}
	case strings.TrimSpace(name) != name:
		in.fail(diag.Errorf("Invalid -var option",
			"There is a space before the equals sign, or before the name, in -var '%s=...'. Write -var '%s=VALUE'.", name, strings.TrimSpace(name)))
	default:
		in.fail(diag.Errorf("Value for undeclared variable",
			"The root module has no variable %q.%s Declare it with a variable block, or leave out the option -var.",
			name, didYouMean(name, in.config.Root.Variables)))
	}
}

// flagFile reads a file that is named on the command line.
func (in *inputs) flagFile(name string) {
	slashed := filepath.ToSlash(name)
	if !filepath.IsAbs(name) {
		slashed = path.Clean(slashed)
	}
	src, err := in.config.tree.read(slashed)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		in.fail(diag.Errorf("Variables file not found",
			"There is no file %s, which the option -var-file names. Create it, or correct the path.", name))
	case err != nil:
		in.fail(diag.Errorf("Variables file not readable",
			"The file %s, which the option -var-file names, cannot be read: %s. Make it readable, or name another.", name, reason(err)))
	default:
		in.content(name, src)
	}
}
