package config

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/diag"
)

// The endings of the files that make up a module.
const (
	nativeExt = ".cw.hcl"
	jsonExt   = ".cw.hcl.json"
)

// tree is where files come from: a folder on disk, or an overlay that stands
// for one. All names are relative to the project's folder, cleaned and with
// slashes.
type tree struct {
	dir     string
	overlay map[string][]byte // nil to read from disk
}

// errNotFolder is what list returns for a file.
var errNotFolder = errors.New("it is not a folder")

// list returns the base names of the files in a folder, sorted.
func (t tree) list(dir string) ([]string, error) {
	if t.overlay != nil {
		return t.listOverlay(dir)
	}
	disk := t.path(dir)
	info, err := os.Stat(disk)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, errNotFolder
	}
	entries, err := os.ReadDir(disk)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		if e.Type()&fs.ModeSymlink != 0 {
			if info, err := os.Stat(filepath.Join(disk, e.Name())); err == nil && info.IsDir() {
				continue
			}
		}
		names = append(names, e.Name())
	}
	return names, nil
}

func (t tree) listOverlay(dir string) ([]string, error) {
	var names []string
	found := dir == "."
	for name := range t.overlay {
		name = path.Clean(name)
		if path.Dir(name) == dir {
			names = append(names, path.Base(name))
			found = true
		} else if strings.HasPrefix(name, dir+"/") {
			found = true
		}
	}
	if !found {
		return nil, fs.ErrNotExist
	}
	slices.Sort(names)
	return names, nil
}

// read returns the content of a file.
func (t tree) read(name string) ([]byte, error) {
	if t.overlay == nil {
		return os.ReadFile(t.path(name))
	}
	if src, ok := t.overlay[name]; ok {
		return src, nil
	}
	for given, src := range t.overlay {
		if path.Clean(given) == name {
			return src, nil
		}
	}
	return nil, fs.ErrNotExist
}

// path returns where a name is on disk.
func (t tree) path(name string) string {
	if filepath.IsAbs(filepath.FromSlash(name)) {
		return filepath.FromSlash(name)
	}
	return filepath.Join(t.dir, filepath.FromSlash(name))
}

// identity returns a text that is the same for two names of one folder, links
// notwithstanding.
func (t tree) identity(dir string) string {
	if t.overlay != nil {
		return dir
	}
	if real, err := filepath.EvalSymlinks(t.path(dir)); err == nil {
		return real
	}
	return t.path(dir)
}

// isConfigFile tells whether a file of this base name belongs to a module.
// Hidden files and what editors leave behind do not.
func isConfigFile(base string) bool {
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "#") || strings.HasSuffix(base, "~") {
		return false
	}
	return strings.HasSuffix(base, nativeExt) || strings.HasSuffix(base, jsonExt)
}

// text checks that src is UTF-8 and takes a byte order mark off.
func text(name string, src []byte) ([]byte, diag.Diagnostics) {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if utf8.Valid(src) {
		return src, nil
	}
	pos := hcl.InitialPos
	for rest := src; ; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size <= 1 {
			break
		}
		pos.Byte += size
		pos.Column++
		if r == '\n' {
			pos.Line, pos.Column = pos.Line+1, 1
		}
		rest = rest[size:]
	}
	end := pos
	end.Byte++
	end.Column++
	return nil, diag.At(hcl.Range{Filename: name, Start: pos, End: end}, "Invalid character encoding",
		"The file %s is not UTF-8 from here on. Save it as UTF-8 in your editor.", name)
}

// reason is why a file could not be read, without the path that the message
// names already.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
