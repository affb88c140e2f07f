package command

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2/maybe"
	"github.com/hashicorp/hcl/v2"
	"github.com/mitchellh/cli"
	"github.com/posener/complete"
	"github.com/rogpeppe/go-internal/diff"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
)

// Fmt is `clockwork fmt`.
func Fmt(env *Env) cli.Command {
	f := &formatter{env: env, write: true, list: true}
	c := &base{
		env:      env,
		name:     "fmt",
		usage:    "[options] [PATH...]",
		synopsis: "Lay out configuration files in the one style",
		about: `
Rewrites the configuration (*.cw.hcl) and variable files (*.cwvars) of the
current folder, or of the files and folders named, in the one style that
all of them share, and prints the names of those it changed. Only white space
changes. With - as the path it reads standard input and prints the result.`,
		examples: []example{
			{"clockwork fmt -recursive", "Format a project with its modules"},
			{"clockwork fmt -check -diff", "In CI: fail if something is not formatted, and show what"},
			{"clockwork fmt - <main.cw.hcl", "As a filter, from an editor"},
		},
		most:    anyNumber,
		predict: complete.PredictFiles("*"),
		run:     func(ctx context.Context, words []string) int { return f.run(words) },
	}
	s := &c.options
	s.Bool(&f.check, "check", "Change nothing; end with exit code 1 if something is not formatted.")
	s.Bool(&f.diff, "diff", "Show what changes, as a diff.")
	s.Bool(&f.recursive, "recursive", "Go into folders below as well.")
	s.Bool(&f.write, "write", "Do not write the files.")
	s.Bool(&f.list, "list", "Do not print the names of files.")
	return c
}

type formatter struct {
	env                                 *Env
	check, diff, recursive, write, list bool

	problems diag.Diagnostics
	sources  views.Files // of files with problems, for snippets
	changed  bool
}

func (f *formatter) run(words []string) int {
	f.sources = views.Files{}
	switch {
	case slices.Equal(words, []string{"-"}):
		f.filter()
	case len(words) == 0:
		f.folder(".")
	default:
		for _, path := range words {
			f.path(path)
		}
	}
	f.env.view(arguments.Output{}, func() views.Files { return f.sources }).Diagnostics(f.problems)
	if f.problems.HasErrors() || f.check && f.changed {
		return exitError
	}
	return f.env.done()
}

func (f *formatter) failed(path string, err error) {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	f.problems = append(f.problems, diag.Errorf("Cannot format a file", "%s: %v.", path, err)...)
}

// path formats what was named: a folder or a file.
func (f *formatter) path(path string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		f.failed(path, err)
	case info.IsDir():
		f.folder(path)
	case !formattable(path):
		f.problems = append(f.problems, diag.Errorf("Not a file to format",
			"%s is neither a .cw.hcl nor a .cwvars file. Name files of these kinds, or folders.", path)...)
	default:
		f.file(path, info.Mode().Perm())
	}
}

func (f *formatter) folder(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		f.failed(dir, err)
		return
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			if f.recursive {
				f.folder(path)
			}
		case formattable(path):
			if info, err := os.Stat(path); err != nil {
				f.failed(path, err)
			} else if info.Mode().IsRegular() {
				f.file(path, info.Mode().Perm())
			}
		}
	}
}

func formattable(path string) bool {
	return strings.HasSuffix(path, ".cw.hcl") || strings.HasSuffix(path, ".cwvars")
}

func (f *formatter) file(path string, perm fs.FileMode) {
	src, err := os.ReadFile(path)
	if err != nil {
		f.failed(path, err)
		return
	}
	out, ok := f.format(path, src)
	if !ok || bytes.Equal(src, out) {
		return
	}
	f.changed = true
	term := f.env.term()
	if f.list {
		term.Print(filepath.ToSlash(path) + "\n")
	}
	if f.diff {
		term.Print(string(diff.Diff("old/"+filepath.ToSlash(path), src, "new/"+filepath.ToSlash(path), out)))
	}
	if f.write && !f.check {
		if err := replaceFile(path, out, perm); err != nil {
			f.failed(path, err)
		}
	}
}

// filter formats standard input.
func (f *formatter) filter() {
	src, err := io.ReadAll(f.env.Stdin)
	if err != nil {
		f.failed("<stdin>", err)
		return
	}
	out, ok := f.format("<stdin>", src)
	if !ok {
		return
	}
	f.changed = !bytes.Equal(src, out)
	term := f.env.term()
	switch {
	case f.diff:
		term.Print(string(diff.Diff("old", src, "new", out)))
	case !f.check:
		term.Print(string(out))
	}
}

func (f *formatter) format(name string, src []byte) ([]byte, bool) {
	out, ds := config.Format(src)
	if len(ds) > 0 {
		f.sources[name] = &hcl.File{Bytes: src}
		for _, d := range ds {
			if d.Subject != nil {
				d.Subject.Filename = name
			}
			f.problems = append(f.problems, d)
		}
	}
	return out, !ds.HasErrors()
}

// replaceFile writes a file that exists anew, at once or not at all; a link to
// it stays a link.
func replaceFile(path string, content []byte, perm fs.FileMode) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	if err := maybe.WriteFile(path, content, perm); err != nil {
		return err
	}
	return os.Chmod(path, perm) // whatever the umask says
}
