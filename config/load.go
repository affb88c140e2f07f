package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/diag"
)

// A module calls itself only by mistake, and a few folders that each call the
// next one twice make a great many modules.
const (
	maxModuleDepth = 32
	maxModules     = 10_000
)

// Options is what Load needs to know from outside.
type Options struct {
	// Project is the project's name; "" for the base name of its folder.
	Project string
	// Version is that of Clockwork, for required_version; "" checks nothing.
	Version string
	// TypeProviders has the local name of the provider of those resource and
	// data types whose name does not begin with it: "directory" is of "file".
	TypeProviders map[string]string
	// BuiltinProviders are known under their own name, as "clockwork/NAME",
	// without a required_providers entry.
	BuiltinProviders []string
	// Overlay, when it is not nil, is read instead of the disk: content by path
	// relative to the project's folder, with slashes.
	Overlay map[string][]byte
	// AllowEmpty takes a project's folder without configuration files for a
	// project that declares nothing.
	AllowEmpty bool
}

func (o *Options) builtin(name string) (source string, ok bool) {
	if !slices.Contains(o.BuiltinProviders, name) {
		return "", false
	}
	return "clockwork/" + name, true
}

// Load reads the project in dir and the modules that it calls. It finds all
// errors that can be found without a schema, a value or a look at what
// references name (see CheckReferences), and beside them returns as much as
// could be made sense of. The Config is never nil, nor is its Root.
func Load(ctx context.Context, dir string, opts Options) (*Config, diag.Diagnostics) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	if opts.Project == "" {
		opts.Project = filepath.Base(abs)
	}
	l := &loader{
		ctx: ctx, opts: &opts, tree: tree{dir: abs, overlay: opts.Overlay},
		folders: map[string]*folder{}, files: map[string]*hcl.File{}, hashes: map[string][sha256.Size]byte{},
	}
	root := l.module(nil, nil, ".")
	root.walk(func(m *Module) { l.diags = append(l.diags, m.link()...) })
	if err := ctx.Err(); err != nil {
		l.diags = append(l.diags, diag.Errorf("Loading was interrupted",
			"The configuration was not read to its end: %s. Run the command again.", err)...)
	}
	return &Config{
		Root: root, Dir: abs, Project: opts.Project, Files: l.files, Hash: l.hash(), tree: l.tree,
	}, l.diags.Sorted()
}

// loader is one run of Load.
type loader struct {
	ctx     context.Context
	opts    *Options
	tree    tree
	folders map[string]*folder // by name
	files   map[string]*hcl.File
	hashes  map[string][sha256.Size]byte
	modules int
	diags   diag.Diagnostics
}

// folder is what a folder declares, read once however often it is called.
type folder struct {
	module   Module
	identity string
	ok       bool // it was there and had files
}

// module makes the module in dir and, below it, those it calls.
func (l *loader) module(parent *Module, call *ModuleCall, dir string) *Module {
	l.modules++
	m := l.folder(dir).module // a copy
	m.Parent, m.Call, m.Dir, m.opts = parent, call, dir, l.opts
	m.Children = make(map[string]*Module, len(m.Calls))
	if parent != nil {
		m.Path = append(slices.Clone(parent.Path), call.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Calls)) {
		if child := l.call(&m, m.Calls[name]); child != nil {
			m.Children[name] = child
		}
	}
	return &m
}

// call makes the module that a module block calls, or complains.
func (l *loader) call(m *Module, call *ModuleCall) *Module {
	if call.Source == "" || l.ctx.Err() != nil {
		return nil // what is wrong was said before
	}
	dir := path.Join(m.Dir, call.Source)
	if cycle := l.cycle(m, dir); cycle != "" {
		l.fail(call, "Module calls itself", "The folder of this module is one that it is called from: %s. Remove one of these calls.", cycle)
		return nil
	}
	if len(m.Path) >= maxModuleDepth || l.modules >= maxModules {
		l.fail(call, "Too many modules",
			"Modules can be nested %d deep, and there can be %d of them. Call fewer modules, or use for_each.", maxModuleDepth, maxModules)
		return nil
	}
	f := l.folders[dir]
	if f == nil {
		f = l.read(dir, call)
	}
	if !f.ok {
		return nil
	}
	return l.module(m, call, dir)
}

func (l *loader) fail(call *ModuleCall, summary, detail string, args ...any) {
	l.diags = append(l.diags, diag.At(call.sourceRange, summary, detail, args...)...)
}

// cycle describes the way from a module's own folder back to it, if dir is on
// the way to m.
func (l *loader) cycle(m *Module, dir string) string {
	id := l.tree.identity(dir)
	names := []string{dir + "/"}
	for at := m; at != nil; at = at.Parent {
		names = append(names, at.Dir+"/")
		if l.folder(at.Dir).identity == id {
			slices.Reverse(names)
			return strings.Join(names, " -> ")
		}
	}
	return ""
}

// folder returns what is in a folder of which nothing is known to be wrong, or
// is the root.
func (l *loader) folder(dir string) *folder {
	if f := l.folders[dir]; f != nil {
		return f
	}
	return l.read(dir, nil)
}

// hash returns the hash of all files with their names.
func (l *loader) hash() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(l.hashes)) {
		fmt.Fprintf(h, "%q %x\n", name, l.hashes[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}
