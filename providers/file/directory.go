package file

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

// adopted is the private note on a directory that was there before: it is
// removed only when it is empty, whatever "force" says.
const adopted = `{"adopted":true}`

func isAdopted(private []byte) bool { return bytes.Equal(private, []byte(adopted)) }

func (p *provider) describeDirectory(abs string, was cty.Value) (cty.Value, diagnostics) {
	info, err := lstat(abs)
	switch {
	case err != nil:
		return was, failure("path", "Cannot read directory", "Looking at", abs, err)
	case info == nil:
		return cty.NullVal(was.Type()), nil
	}
	now := objects.Edit(was)
	now.Set("abs_path", cty.StringVal(abs))
	if !info.IsDir() {
		now.Set("mode", cty.NullVal(cty.String)) // which is a difference from any mode
		return now.Value(), warning("path", "No longer a directory",
			"There is now %s at %s. Move it out of the way, then apply again.", kindOf(info.Mode()), abs)
	}
	p.accounts.describe(now, info)
	return now.Value(), nil
}

// putDirectory creates or updates.
func (c *change) putDirectory() providers.ApplyResponse {
	info, err := lstat(c.abs)
	if err != nil {
		return c.failed(failure("path", "Cannot make directory", "Looking at", c.abs, err))
	}
	uid, gid, ds := c.accounts.wanted(c.Planned)
	switch {
	case ds.HasErrors():
		return c.failed(ds)
	case info == nil:
		// One that was removed since the plan was made is made again.
		c.left = cty.NullVal(c.Planned.Type())
		return c.makeDirectory(uid, gid)
	case !info.IsDir():
		return c.failed(about("path", "Path is taken",
			"There is %s at %s. A directory cannot take its place: move it out of the way, or choose another path.", kindOf(info.Mode()), c.abs))
	case c.Action == providers.Create && c.Planned.GetAttr("adopt").False():
		return c.failed(existsAlready("a directory", c.abs))
	}
	if ds := c.dress(c.abs, uid, gid); ds.HasErrors() {
		if c.Action == providers.Update {
			c.left, _ = c.describeDirectory(c.abs, c.Prior)
		}
		return c.failed(ds)
	}
	if c.Action == providers.Create {
		c.Private = []byte(adopted)
	}
	return c.directoryIsThere(nil)
}

func (c *change) directoryIsThere(ds diagnostics) providers.ApplyResponse {
	attrs := c.Planned.AsValueMap()
	attrs["abs_path"] = cty.StringVal(c.abs)
	return providers.ApplyResponse{State: cty.ObjectVal(attrs), Private: c.Private, Diagnostics: ds}
}

// dress gives what is at path the owner and mode that are planned.
func (c *change) dress(path string, uid, gid int) diagnostics {
	if uid >= 0 || gid >= 0 {
		if err := os.Chown(path, uid, gid); err != nil {
			return c.writeFailed(&ownerError{err})
		}
	}
	if err := os.Chmod(path, toFileMode(modeOf(c.Planned.GetAttr("mode")))); err != nil {
		return failure("mode", "Cannot set mode", "Setting the mode of", c.abs, err)
	}
	return nil
}

// makeDirectory makes the directory under another name and renames it, so that
// it is never seen with another mode or owner.
func (c *change) makeDirectory(uid, gid int) providers.ApplyResponse {
	if err := c.folders.makeParents(c.abs, modeOf(c.Planned.GetAttr("directory_mode"))); err != nil {
		return c.failed(failure("path", "Cannot make folder", "Making the folders above", c.abs, err))
	}
	temp := temporary(c.abs, c.Intent)
	if err := os.Mkdir(temp, 0o700); err != nil && !errors.Is(err, fs.ErrExist) { // unless by this very attempt, interrupted
		return c.failed(failure("path", "Cannot make directory", "Making", c.abs, err))
	}
	ds := c.dress(temp, uid, gid)
	if ds == nil {
		switch err := renameNew(temp, c.abs); {
		case errors.Is(err, fs.ErrExist):
			ds = existsAlready("something", c.abs)
		case err != nil:
			ds = failure("path", "Cannot make directory", "Making", c.abs, err)
		}
	}
	if ds != nil {
		os.Remove(temp)
		return c.failed(ds)
	}
	if err := c.folders.sync(filepath.Dir(c.abs)); err != nil {
		ds = failure("path", "Cannot sync folder", "Syncing the folder of", c.abs, err)
	}
	return c.directoryIsThere(ds)
}

// named is how many entries a message names.
const named = 5

// deleteDirectory removes an empty directory, or with force a full one.
func (c *change) deleteDirectory() providers.ApplyResponse {
	gone := providers.ApplyResponse{State: cty.NullVal(c.Prior.Type())}
	info, err := lstat(c.abs)
	switch {
	case err != nil:
		return c.failed(failure("path", "Cannot remove directory", "Looking at", c.abs, err))
	case info == nil:
		return gone
	case !info.IsDir():
		gone.Diagnostics = warning("path", "Left in place",
			"There is %s at %s where the directory was. It was not made here, and was left as it is; remove it by hand if it is not wanted.", kindOf(info.Mode()), c.abs)
		return gone
	}
	entries, err := firstEntries(c.abs)
	if err != nil {
		return c.failed(failure("path", "Cannot remove directory", "Looking into", c.abs, err))
	}
	switch {
	case len(entries) == 0:
		err = os.Remove(c.abs)
	case isAdopted(c.Private):
		gone.Diagnostics = diag.Warningf("Adopted directory left in place",
			"%s was there before it was managed here, and is not empty (it holds %s). It is no longer managed; remove it by hand if it is not wanted.", c.abs, list(entries))
		return gone
	case c.Prior.GetAttr("force").True():
		err = os.RemoveAll(c.abs)
	default:
		return c.failed(about("path", "Directory is not empty",
			"%s holds %s. Remove what is in it first, or set force = true and apply to have it removed with all that is in it.", c.abs, list(entries)))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c.failed(failure("path", "Cannot remove directory", "Removing", c.abs, err))
	}
	if err := c.folders.sync(filepath.Dir(c.abs)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		gone.Diagnostics = diag.Errorf("Cannot sync folder", "%s was removed, but syncing its folder failed: %s. %s", c.abs, reason(err), advice(err))
	}
	return gone
}

// firstEntries returns the names of a few of the entries in a folder, one more
// than a message names if there are so many.
func firstEntries(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(named + 1)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	slices.Sort(names)
	return names, err
}

func list(entries []string) string {
	quoted := make([]string, 0, named)
	for _, e := range entries[:min(len(entries), named)] {
		quoted = append(quoted, `"`+e+`"`)
	}
	text := strings.Join(quoted, ", ")
	if len(entries) > named {
		text += " and more"
	}
	return text
}
