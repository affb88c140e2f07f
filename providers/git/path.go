package git

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/zclconf/go-cty/cty"
)

// ownFolder is where the project's state is.
const ownFolder = ".clockwork"

// checkPath says what is wrong with a path wherever the project is.
func checkPath(path string) diagnostics {
	switch {
	case path == "":
		return about("path", "Empty path", "A path must not be empty. Say where the checkout is to be.")
	case strings.ContainsRune(path, 0):
		return about("path", "Invalid path", "A path cannot hold a NUL character. Remove it.")
	case path == "~" || strings.HasPrefix(path, "~/"):
		return about("path", "Home folder not expanded",
			`A "~" has no meaning in a path here. Write the whole path, use pathexpand(), or begin with "./~" if that is its name.`)
	}
	return nil
}

// resolve makes a path absolute.
func resolve(project, path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(project, path)
	}
	return filepath.Clean(path)
}

// place finds out where a checkout is, and refuses the places that are not for
// checkouts.
func place(project, path string) (string, diagnostics) {
	if ds := checkPath(path); ds != nil {
		return "", ds
	}
	abs := resolve(project, path)
	switch own := filepath.Join(project, ownFolder); {
	case within(own, abs) || within(own, realPath(abs)):
		return "", about("path", "Path is Clockwork's own",
			"%s is where Clockwork keeps what it knows of the project. Choose a path outside of %s.", abs, own)
	case within(abs, own) || within(realPath(abs), own):
		return "", about("path", "Path is the project's folder",
			"%s is the project's folder, or above it, and cannot be managed by it. Choose another path.", abs)
	}
	return abs, nil
}

func placeOf(project string, object cty.Value) (string, diagnostics) {
	return place(project, text(object, "path"))
}

// realPath is where a path leads to when the links above it are followed.
func realPath(path string) string {
	rest := filepath.Base(path)
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		if dir == filepath.Dir(dir) {
			return path
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}

// within tells whether path is dir or inside it. Both are clean.
func within(dir, path string) bool {
	rest, ok := strings.CutPrefix(path, dir)
	return ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(dir, string(filepath.Separator)))
}

// beside is the name next to path under which the attempt that has the given
// intent works.
func beside(path, intent string) string {
	sum := sha256.Sum256([]byte(intent + "\x00" + filepath.Base(path)))
	return filepath.Join(filepath.Dir(path), ".clockwork-"+hex.EncodeToString(sum[:10])+".tmp")
}

// What may be at a path.
const (
	nothing     = ""
	aCheckout   = "a git checkout"
	anEmptyOne  = "an empty directory"
	aDirectory  = "a directory"
	aLinkedTree = "a linked work tree or a submodule"
)

// find names what is at a path. Links are not followed.
func find(path string) (string, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return nothing, nil
	case err != nil:
		return "", err
	case info.Mode()&fs.ModeSymlink != 0:
		return "a symbolic link", nil
	case info.Mode().IsRegular():
		return "a file", nil
	case !info.IsDir():
		return "a device, pipe or socket", nil
	}
	switch inside, err := os.Lstat(filepath.Join(path, ".git")); {
	case err == nil && inside.IsDir():
		return aCheckout, nil
	case err == nil:
		return aLinkedTree, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	d, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer d.Close()
	if names, _ := d.Readdirnames(1); len(names) == 0 {
		return anEmptyOne, nil
	}
	return aDirectory, nil
}
