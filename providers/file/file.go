package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

// describeFile looks at a file, and says in the words of was what is there.
// What the content is known by (content, source and so on) is what was known
// before; what cannot be said of the content is null, which is a difference
// from any content.
func (p *provider) describeFile(ctx context.Context, typeName, abs string, was cty.Value) (cty.Value, diagnostics, error) {
	name, _ := chosen(typeName, was)
	d, err := look(ctx, abs, name != "source" && name != "")
	switch {
	case err != nil && ctx.Err() != nil:
		return cty.NilVal, nil, err
	case err != nil:
		return was, failure("path", "Cannot read file", "Reading", abs, err), nil
	case !d.exists():
		return cty.NullVal(was.Type()), nil, nil
	}
	state, ds := p.fileState(typeName, abs, was, d)
	return state, ds, nil
}

// fileState is what was found on disk, in the words of was.
func (p *provider) fileState(typeName, abs string, was cty.Value, d onDisk) (cty.Value, diagnostics) {
	now := objects.Edit(was)
	name, _ := chosen(typeName, was)
	// When nothing is known of the content, it may have been sensitive.
	hidden := name == "sensitive_content" || name == "" && was.GetAttr("sha256").IsNull()
	sum, size := cty.NullVal(cty.String), cty.NullVal(cty.Number)
	var ds diagnostics
	switch {
	case !d.regular():
		ds = warning("path", "No longer a file",
			"There is now %s at %s, which does not count as the file. Applying replaces a symbolic link, and nothing else.", d.what(), abs)
	case !hidden:
		sum, size = cty.StringVal(d.sum), cty.NumberIntVal(d.size)
	}
	now.Set("abs_path", cty.StringVal(abs))
	now.Set("sha256", sum)
	now.Set("size", size)
	if d.regular() {
		p.accounts.describe(now, d.info)
		if name != "source" && d.size > maxContent {
			ds = warning("path", "File too large to compare",
				"%s has %d bytes. Content above %d bytes is not read; applying writes the content that is configured.", abs, d.size, maxContent)
		}
	}
	switch name {
	case "content", "sensitive_content":
		now.Set(name, textOf(d, was.GetAttr(name)))
	case "content_base64":
		now.Set(name, base64Of(d, was.GetAttr(name)))
	}
	return now.Value(), ds
}

// putFile creates or updates.
func (c *change) putFile(ctx context.Context) providers.ApplyResponse {
	var ds diagnostics
	info, err := lstat(c.abs)
	if err != nil {
		return c.failed(failure("path", "Cannot write file", "Looking at", c.abs, err))
	}
	if info == nil {
		c.left = cty.NullVal(c.Planned.Type())
	}
	if c.Planned, ds = rendered(c.Type, c.Planned); ds.HasErrors() {
		return c.failed(ds)
	}
	mayReplace := c.Action == providers.Update || c.Planned.GetAttr("adopt").True()
	if ds := c.inTheWay(info, mayReplace); ds != nil {
		return c.failed(ds)
	}
	uid, gid, ds := c.accounts.wanted(c.Planned)
	if ds.HasErrors() {
		return c.failed(ds)
	}
	w := writing{
		path: c.abs, temp: temporary(c.abs, c.Intent),
		mode: modeOf(c.Planned.GetAttr("mode")), uid: uid, gid: gid,
		replace: mayReplace, replaced: info, check: c.asPlanned,
	}
	switch name, v := chosen(c.Type, c.Planned); name {
	case "":
		return c.failed(about("content", "No content", "Nothing says what the file holds. Set one of %s.", strings.Join(contents(), ", ")))
	case "source":
		f, info, err := openSource(c.project, v)
		if err != nil {
			return c.failed(sourceFailed(c.project, v, err))
		}
		defer f.Close()
		w.source, w.expected = f, info.Size()
	default:
		if w.data, ds = bytesOf(name, v); ds.HasErrors() {
			return c.failed(ds)
		}
	}
	if d, ok := w.isThere(ctx, c.Planned.GetAttr("sha256")); ok && c.Action == providers.Update {
		if err := w.dressInPlace(); err != nil {
			if left, _, err := c.describeFile(ctx, c.Type, c.abs, c.Prior); err == nil {
				c.left = left
			}
			return c.failed(c.writeFailed(err))
		}
		return providers.ApplyResponse{State: c.written(d), Private: c.Private}
	}
	if err := c.folders.makeParents(c.abs, modeOf(c.Planned.GetAttr("directory_mode"))); err != nil {
		return c.failed(failure("path", "Cannot make folder", "Making the folders above", c.abs, err))
	}
	written, err := w.write(ctx)
	if err != nil {
		return c.failed(c.writeFailed(err))
	}
	resp := providers.ApplyResponse{State: c.written(written), Private: c.Private}
	if err := c.folders.sync(filepath.Dir(c.abs)); err != nil {
		// It is there, but might not be after a power failure.
		resp.Diagnostics = failure("path", "Cannot sync folder", "Syncing the folder of", c.abs, err)
	}
	return resp
}

// inTheWay says why what is at the path must not be replaced.
func (c *change) inTheWay(info fs.FileInfo, mayReplace bool) diagnostics {
	switch {
	case info == nil:
		return nil
	case !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0:
		return about("path", "Path is taken",
			"There is %s at %s. A file cannot take its place: move it out of the way, or choose another path.", kindOf(info.Mode()), c.abs)
	case !mayReplace:
		return existsAlready(kindOf(info.Mode()), c.abs)
	}
	return nil
}

func existsAlready(what, abs string) diagnostics {
	return about("path", "Path exists already",
		"There is already %s at %s that this resource did not make. If nothing else manages it, take it over with adopt = true or by importing it; else choose another path, or remove it.", what, abs)
}

// errChanged says that a source is no longer what it was when the plan was
// made.
var errChanged = errors.New("it has changed since the plan was made")

// asPlanned refuses content that is not what was planned.
func (c *change) asPlanned(d onDisk) error {
	if sum := c.Planned.GetAttr("sha256"); sum.IsKnown() && !sum.IsNull() && sum.AsString() != d.sum {
		return errChanged
	}
	return nil
}

func (c *change) writeFailed(err error) diagnostics {
	var owner *ownerError
	switch {
	case errors.Is(err, errChanged):
		return about("source", "Source has changed",
			"%s is no longer what it was when the plan was made. Plan again.", resolve(c.project, c.Planned.GetAttr("source").AsString()))
	case errors.Is(err, fs.ErrExist):
		return existsAlready("something", c.abs)
	case errors.As(err, &owner):
		attribute := "owner"
		if c.Planned.GetAttr("owner").IsNull() {
			attribute = "group"
		}
		return about(attribute, "Cannot set owner", "Giving %s the owner and group that are asked for failed: %s. That takes the rights of root: run with them, or remove %q.",
			c.abs, reason(owner.error), attribute)
	}
	return failure("path", "Cannot write file", "Writing", c.abs, err)
}

// written is the planned object with what the writing has shown.
func (c *change) written(d onDisk) cty.Value {
	attrs := c.Planned.AsValueMap()
	attrs["abs_path"] = cty.StringVal(c.abs)
	attrs["sha256"], attrs["size"] = cty.StringVal(d.sum), cty.NumberIntVal(d.size)
	if name, _ := chosen(c.Type, c.Planned); name == "sensitive_content" {
		attrs["sha256"], attrs["size"] = cty.NullVal(cty.String), cty.NullVal(cty.Number)
	}
	return cty.ObjectVal(attrs)
}

// deleteFile removes the file, or a symbolic link that took its place. One that
// is gone is as good as deleted.
func (c *change) deleteFile() providers.ApplyResponse {
	gone := providers.ApplyResponse{State: cty.NullVal(c.Prior.Type())}
	info, err := lstat(c.abs)
	switch {
	case err != nil:
		return c.failed(failure("path", "Cannot remove file", "Looking at", c.abs, err))
	case info == nil:
		return gone
	case !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0:
		gone.Diagnostics = warning("path", "Left in place",
			"There is %s at %s where the file was. It was not made here, and was left as it is; remove it by hand if it is not wanted.", kindOf(info.Mode()), c.abs)
		return gone
	}
	if err := os.Remove(c.abs); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c.failed(failure("path", "Cannot remove file", "Removing", c.abs, err))
	}
	if err := c.folders.sync(filepath.Dir(c.abs)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		gone.Diagnostics = diag.Errorf("Cannot sync folder", "%s was removed, but syncing its folder failed: %s. %s", c.abs, reason(err), advice(err))
	}
	return gone
}
