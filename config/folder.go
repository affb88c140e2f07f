package config

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"path"
	"runtime"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/parallel"
)

// read reads a folder; call is the block that calls it, nil for the root.
func (l *loader) read(dir string, call *ModuleCall) *folder {
	f := &folder{identity: l.tree.identity(dir)}
	l.folders[dir] = f
	names, err := l.tree.list(dir)
	if err != nil {
		l.diags = append(l.diags, l.noFolder(dir, call, err)...)
	}
	var files []*file
	for _, base := range names {
		if isConfigFile(base) {
			files = append(files, &file{name: path.Join(dir, base)})
		}
	}
	allowed := call == nil && l.opts.AllowEmpty
	if err == nil && len(files) == 0 && !allowed {
		l.diags = append(l.diags, l.noFiles(dir, call)...)
	}
	f.ok = len(files) > 0 || allowed
	l.load(files)
	var all contents
	for _, file := range files {
		l.diags = append(l.diags, file.diags...)
		if file.src == nil {
			continue
		}
		l.hashes[file.name] = file.hash
		var parsed []*hcl.File
		for _, part := range file.parts {
			l.diags = append(l.diags, part.diags...)
			parsed = append(parsed, part.files...)
			all.add(&part.contents)
		}
		l.files[file.name] = joined(file.src, parsed)
	}
	var diags diag.Diagnostics
	f.module, diags = all.module()
	l.diags = append(l.diags, diags...)
	return f
}

func (l *loader) noFolder(dir string, call *ModuleCall, err error) diag.Diagnostics {
	if call == nil {
		return diag.Errorf("No project folder",
			"The folder %s cannot be read: %s. Give the folder of a project.", l.tree.dir, reason(err))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return diag.At(call.sourceRange, "Module not found",
			"There is no folder %s. Create it, or correct the source.", dir)
	}
	return diag.At(call.sourceRange, "Module not readable",
		"The folder %s cannot be read: %s. Make it readable, or correct the source.", dir, reason(err))
}

func (l *loader) noFiles(dir string, call *ModuleCall) diag.Diagnostics {
	if call == nil {
		return diag.Errorf("No configuration files",
			"There is no file in %s whose name ends in %s or %s. Create main%s with a resource block in it, or go to the folder of your project.",
			l.tree.dir, nativeExt, jsonExt, nativeExt)
	}
	return diag.At(call.sourceRange, "Module without configuration files",
		"There is no file in the folder %s whose name ends in %s or %s. Create one, or correct the source.", dir, nativeExt, jsonExt)
}

// file is one file of a module on its way through loading.
type file struct {
	name  string
	src   []byte // nil if it could not be read
	hash  [sha256.Size]byte
	parts []*part
	diags diag.Diagnostics
}

// part is one piece of a file.
type part struct {
	piece
	contents
	files []*hcl.File
	diags diag.Diagnostics
}

// load reads, parses and decodes files, with all processors.
func (l *loader) load(files []*file) {
	parallel.Each(runtime.GOMAXPROCS(0), len(files), func(i int) { files[i].read(l) })
	var parts []*part
	for _, f := range files {
		parts = append(parts, f.parts...)
	}
	parallel.Each(runtime.GOMAXPROCS(0), len(parts), func(i int) {
		if l.ctx.Err() == nil {
			parts[i].load(l.opts)
		}
	})
}

func (f *file) read(l *loader) {
	src, err := l.tree.read(f.name)
	if err != nil {
		f.diags = diag.Errorf("Configuration file not readable",
			"The file %s cannot be read: %s. Make it readable, or remove it.", f.name, reason(err))
		return
	}
	f.hash = sha256.Sum256(src)
	if src, f.diags = text(f.name, src); f.diags.HasErrors() {
		return
	}
	f.src = src
	pieces, diags := pieces(f.name, src)
	f.diags = append(f.diags, diags...)
	for _, p := range pieces {
		f.parts = append(f.parts, &part{piece: p})
	}
}

func (p *part) load(opts *Options) {
	p.files, p.diags = p.parse()
	for _, f := range p.files {
		p.diags = append(p.diags, p.decode(f.Body, opts)...)
	}
}
