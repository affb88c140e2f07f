package docker

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

func uploadPath(path, attribute string) cty.Path {
	return cty.GetAttrPath("upload").IndexString(path).GetAttr(attribute)
}

// sums works out the SHA-256 of each source, so that a change in it is one of
// the container. A source that is not there yet may still come to be.
func (s scope) sums(upload cty.Value) (cty.Value, diagnostics) {
	if !known(upload) || upload.LengthInt() == 0 {
		return upload, nil
	}
	var ds diagnostics
	files := upload.AsValueMap()
	for path, f := range files {
		if !f.IsKnown() {
			continue
		}
		source := f.GetAttr("source")
		switch {
		case source.IsNull():
			files[path] = setIn(f, "source_sha256", cty.NullVal(cty.String))
		case source.IsKnown():
			sum, err := s.sumOf(source.AsString())
			switch {
			case err == nil:
				files[path] = setIn(f, "source_sha256", cty.StringVal(sum))
			case errors.Is(err, fs.ErrNotExist):
				more := at(uploadPath(path, "source"), "No source yet",
					"There is no file %s. Something must make it before the container is made.", resolve(s.project.Dir, source.AsString()))
				ds = append(ds, asWarnings(more)...)
				files[path] = setIn(f, "source_sha256", cty.UnknownVal(cty.String))
			default:
				ds = append(ds, sourceFailed(path, err)...)
			}
		}
	}
	return cty.MapVal(files), ds
}

func sourceFailed(path string, err error) diagnostics {
	return at(uploadPath(path, "source"), "Cannot read source", "Reading the source failed: %s. Correct this, then try again.", reason(err))
}

func (s scope) sumOf(source string) (string, error) {
	f, _, err := s.open(source)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// open opens a source, which must be a file, and says how large it is.
func (s scope) open(source string) (*os.File, int64, error) {
	f, err := os.Open(resolve(s.project.Dir, source))
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a file")
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// changedFiles are the paths of sources that hold something else than before.
// A change in what the user wrote forces a replacement by itself.
func changedFiles(prior, planned cty.Value) []cty.Path {
	var out []cty.Path
	olds := map[string]cty.Value{}
	for path, f := range elements(prior) {
		olds[path] = f
	}
	for path, f := range elements(planned) {
		old := olds[path]
		if old == cty.NilVal || !f.IsKnown() {
			continue
		}
		if !f.GetAttr("source_sha256").RawEquals(old.GetAttr("source_sha256")) {
			out = append(out, uploadPath(path, "source_sha256"))
		}
	}
	return out
}

// upload puts the files into the container, all in one archive.
func (m *making) upload(ctx context.Context) diagnostics {
	v := m.Planned.GetAttr("upload")
	if !known(v) || v.LengthInt() == 0 {
		return nil
	}
	r, w := io.Pipe()
	sums := map[string]string{}
	written := make(chan diagnostics, 1)
	go func() {
		ds := m.archive(w, v, sums)
		if ds.HasErrors() {
			w.CloseWithError(errors.New("the archive ends early"))
		} else {
			w.Close()
		}
		written <- ds
	}()
	err := m.client.CopyToContainer(ctx, m.id, "/", r, container.CopyToContainerOptions{})
	r.CloseWithError(errors.New("the engine takes no more"))
	if ds := <-written; ds.HasErrors() && !isTaking(err, ds) {
		return ds
	}
	if err != nil {
		return m.failure("Files not uploaded", fmt.Sprintf("Uploading files to the container %q", m.name), err, "")
	}
	// What could not be read when it was planned is known now.
	files := v.AsValueMap()
	for path, f := range files {
		if was := f.GetAttr("source_sha256"); !was.IsKnown() {
			files[path] = setIn(f, "source_sha256", orNull(sums[path]))
		} else if sum := sums[path]; sum != "" && was.AsString() != sum {
			return at(uploadPath(path, "source"), "Source has changed",
				"The source is not what it was when the plan was made, so nobody has seen what would be uploaded. Plan again.")
		}
	}
	m.Planned = setIn(m.Planned, "upload", cty.MapVal(files))
	return nil
}

// isTaking tells whether the archive failed only because the engine would not
// take it.
func isTaking(err error, ds diagnostics) bool {
	return err != nil && len(ds) > 0 && ds[0].Summary == notTaken
}

const notTaken = "Files not uploaded"

// archive writes the files as a tar archive. It notes the sums of sources.
func (m *making) archive(to io.Writer, upload cty.Value, sums map[string]string) diagnostics {
	w := tar.NewWriter(to)
	for path, f := range elements(upload) {
		mode, _ := strconv.ParseInt(strings.TrimPrefix(textOf(f.GetAttr("mode")), "0o"), 8, 32)
		h := &tar.Header{Typeflag: tar.TypeReg, Name: strings.TrimPrefix(path, "/"), Mode: mode,
			Uid: int(intOf(f.GetAttr("uid"))), Gid: int(intOf(f.GetAttr("gid")))}
		source := textOf(f.GetAttr("source"))
		if source == "" {
			content := contentOf(f)
			h.Size = int64(len(content))
			if err := writeEntry(w, h, strings.NewReader(content)); err != nil {
				return diag.Errorf(notTaken, "%s.", err)
			}
			continue
		}
		file, size, err := m.open(source)
		if err != nil {
			return sourceFailed(path, err)
		}
		h.Size = size
		sum := sha256.New()
		err = writeEntry(w, h, io.TeeReader(io.LimitReader(file, size), sum))
		file.Close()
		if err != nil {
			return diag.Errorf(notTaken, "%s.", err)
		}
		sums[path] = hex.EncodeToString(sum.Sum(nil))
	}
	if err := w.Close(); err != nil {
		return diag.Errorf(notTaken, "%s.", err)
	}
	return nil
}

func writeEntry(w *tar.Writer, h *tar.Header, content io.Reader) error {
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.Copy(w, content)
	return err
}

// contentOf is what a file that has no source holds.
func contentOf(f cty.Value) string {
	for _, name := range []string{"content", "sensitive_content"} {
		if v := f.GetAttr(name); known(v) {
			return v.AsString()
		}
	}
	b, _ := base64.StdEncoding.DecodeString(textOf(f.GetAttr("content_base64")))
	return string(b)
}

// hasUploads tells whether files were to be put into a container.
func hasUploads(planned cty.Value) bool {
	v := planned.GetAttr("upload")
	return !planned.IsNull() && known(v) && v.LengthInt() > 0
}
