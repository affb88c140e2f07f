package file

import (
	"path/filepath"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// ownFolder is where the project's state is.
const ownFolder = ".clockwork"

// checkSpelling says what is wrong with a path wherever the project is.
func checkSpelling(attribute, path string) diagnostics {
	switch {
	case path == "":
		return about(attribute, "Empty path", "A path must not be empty. Say where it is.")
	case strings.ContainsRune(path, 0):
		return about(attribute, "Invalid path", "A path cannot hold a NUL character. Remove it.")
	case path == "~" || strings.HasPrefix(path, "~/"):
		return about(attribute, "Home folder not expanded",
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

// place finds out where a resource is, and refuses the places that are not
// for resources.
func place(project, path string) (string, diagnostics) {
	if ds := checkSpelling("path", path); ds != nil {
		return "", ds
	}
	abs := resolve(project, path)
	switch own := filepath.Join(project, ownFolder); {
	case within(own, abs):
		return "", about("path", "Path is Clockwork's own",
			"%s is where Clockwork keeps what it knows of the project. Choose a path outside of %s.", abs, own)
	case within(abs, own):
		return "", about("path", "Path is the project's folder",
			"%s is the project's folder, or above it, and cannot be managed by it. Choose another path.", abs)
	}
	return abs, nil
}

// placeOf is place for an object.
func placeOf(project string, object cty.Value) (string, diagnostics) {
	return place(project, object.GetAttr("path").AsString())
}

// within tells whether path is dir or inside it. Both are clean.
func within(dir, path string) bool {
	rest, ok := strings.CutPrefix(path, dir)
	return ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(dir, string(filepath.Separator)))
}
