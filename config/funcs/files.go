package funcs

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// addFiles adds the functions of files and of their names.
func addFiles(t table, baseDir string) {
	dir := folder(baseDir)
	pathParam := stringParam("path")

	t.add("abspath", newFunc(cty.String, dir.absPath, pathParam))
	t.add("basename", newFunc(cty.String, baseName, pathParam))
	t.add("dirname", newFunc(cty.String, dirName, pathParam))
	t.add("file", newFunc(cty.String, dir.file, pathParam))
	t.add("filebase64", newFunc(cty.String, dir.fileBase64, pathParam))
	t.add("fileexists", newFunc(cty.Bool, dir.fileExists, pathParam))
	t.add("fileset", newFunc(cty.Set(cty.String), dir.fileSet, pathParam, stringParam("pattern")))
	t.add("pathexpand", newFunc(cty.String, pathExpand, pathParam))

	for name, h := range map[string]func([]cty.Value) (cty.Value, error){
		"filebase64sha256": dir.fileHash(sha256.New, base64.StdEncoding.EncodeToString),
		"filebase64sha512": dir.fileHash(sha512.New, base64.StdEncoding.EncodeToString),
		"filemd5":          dir.fileHash(md5.New, hex.EncodeToString),
		"filesha1":         dir.fileHash(sha1.New, hex.EncodeToString),
		"filesha256":       dir.fileHash(sha256.New, hex.EncodeToString),
		"filesha512":       dir.fileHash(sha512.New, hex.EncodeToString),
	} {
		t.add(name, newFunc(cty.String, h, pathParam))
	}
}

// folder is the folder that relative paths resolve against.
type folder string

// resolve returns where the path that is the first argument leads.
func (dir folder) resolve(args []cty.Value) (string, error) {
	p, err := expandHome(args[0].AsString())
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(p) {
		p = filepath.Join(string(dir), p)
	}
	return filepath.Clean(p), nil
}

// open opens the file that is the first argument. The caller closes it.
func (dir folder) open(args []cty.Value) (*os.File, error) {
	p, err := dir.resolve(args)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(p)
	if err != nil {
		return nil, fileError(args, err)
	}
	return f, nil
}

func (dir folder) read(args []cty.Value) ([]byte, error) {
	p, err := dir.resolve(args)
	if err != nil {
		return nil, err
	}
	src, err := os.ReadFile(p)
	if err != nil {
		return nil, fileError(args, err)
	}
	return src, nil
}

// fileError says what is wrong with the file that is the first argument.
func fileError(args []cty.Value, err error) error {
	given := quoted(args[0].AsString())
	if errors.Is(err, fs.ErrNotExist) {
		return argValueErrorf(0, "there is no file %s; files are read before any resource has made one, so if a resource of this project makes it, use an attribute of that resource instead", given)
	}
	var perr *fs.PathError
	if errors.As(err, &perr) {
		err = perr.Err
	}
	return argValueErrorf(0, "%s cannot be read: %s", given, err)
}

func (dir folder) file(args []cty.Value) (cty.Value, error) {
	src, err := dir.read(args)
	if err != nil {
		return cty.NilVal, err
	}
	if !utf8.Valid(src) {
		return cty.NilVal, notText(args)
	}
	return cty.StringVal(string(src)), nil
}

func notText(args []cty.Value) error {
	return argValueErrorf(0, "%s is not text in UTF-8; use filebase64 for its content, or filesha256 and the like to tell when it changes", quoted(args[0].AsString()))
}

func (dir folder) fileBase64(args []cty.Value) (cty.Value, error) {
	src, err := dir.read(args)
	if err != nil {
		return cty.NilVal, err
	}
	return cty.StringVal(base64.StdEncoding.EncodeToString(src)), nil
}

func (dir folder) fileHash(newHash func() hash.Hash, encode func([]byte) string) func([]cty.Value) (cty.Value, error) {
	return func(args []cty.Value) (cty.Value, error) {
		f, err := dir.open(args)
		if err != nil {
			return cty.NilVal, err
		}
		defer f.Close()
		h := newHash()
		if _, err := io.Copy(h, f); err != nil {
			return cty.NilVal, fileError(args, err)
		}
		return cty.StringVal(encode(h.Sum(nil))), nil
	}
}

func (dir folder) fileExists(args []cty.Value) (cty.Value, error) {
	p, err := dir.resolve(args)
	if err != nil {
		return cty.NilVal, err
	}
	info, err := os.Stat(p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return cty.False, nil
	case err != nil:
		return cty.NilVal, fileError(args, err)
	case info.IsDir():
		return cty.NilVal, argValueErrorf(0, "%s is a folder, not a file", quoted(args[0].AsString()))
	case !info.Mode().IsRegular():
		return cty.NilVal, argValueErrorf(0, "%s is not a regular file", quoted(args[0].AsString()))
	}
	return cty.True, nil
}

// fileSet returns the regular files below a folder whose path from there
// matches a pattern.
func (dir folder) fileSet(args []cty.Value) (cty.Value, error) {
	root, err := dir.resolve(args)
	if err != nil {
		return cty.NilVal, err
	}
	pattern := path.Clean(filepath.ToSlash(args[1].AsString()))
	if !doublestar.ValidatePattern(pattern) {
		return cty.NilVal, argValueErrorf(1, "%s is not a valid pattern", quoted(args[1].AsString()))
	}
	// What comes before the first special character may lead out of the folder,
	// which a file system rooted there would not allow.
	base, pattern := doublestar.SplitPattern(pattern)
	matches, err := doublestar.Glob(os.DirFS(filepath.Join(root, base)), pattern, doublestar.WithFilesOnly())
	if err != nil {
		return cty.NilVal, fileError(args, err)
	}
	var found []cty.Value
	for _, match := range matches {
		info, err := os.Stat(filepath.Join(root, base, match))
		if err != nil || !info.Mode().IsRegular() {
			continue // gone again, or a device or socket
		}
		found = append(found, cty.StringVal(path.Join(base, match)))
	}
	if len(found) == 0 {
		return cty.SetValEmpty(cty.String), nil
	}
	return cty.SetVal(found), nil
}

func baseName(args []cty.Value) (cty.Value, error) {
	return cty.StringVal(filepath.Base(args[0].AsString())), nil
}

func dirName(args []cty.Value) (cty.Value, error) {
	return cty.StringVal(filepath.Dir(args[0].AsString())), nil
}

func pathExpand(args []cty.Value) (cty.Value, error) {
	p, err := expandHome(args[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	return cty.StringVal(p), nil
}

func (dir folder) absPath(args []cty.Value) (cty.Value, error) {
	p := args[0].AsString()
	if !filepath.IsAbs(p) {
		p = filepath.Join(string(dir), p)
	}
	p, err := filepath.Abs(p)
	if err != nil {
		return cty.NilVal, err
	}
	return cty.StringVal(filepath.ToSlash(p)), nil
}

// expandHome replaces a leading ~ of the first argument by the user's home.
func expandHome(p string) (string, error) {
	if !strings.HasPrefix(p, "~") {
		return p, nil
	}
	rest := p[1:]
	if rest != "" && !os.IsPathSeparator(rest[0]) {
		return "", argValueErrorf(0, "%s names the home of another user, which is not supported; write the whole path", quoted(p))
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", function.NewArgErrorf(0, "the home that ~ stands for is not known: %s", err)
	}
	return filepath.Join(home, rest), nil
}
