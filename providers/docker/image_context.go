package docker

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/zclconf/go-cty/cty"
)

// stateDir is where the core keeps its state, which changes with each apply and
// holds secrets: it is never a part of a context.
const stateDir = ".clockwork"

const ignoreFile = ".dockerignore"

// buildContext is a folder to be built.
type buildContext struct {
	dir        string // absolute
	dockerfile string // slash-separated, in dir
	never      string // absolute: what is left out whatever .dockerignore says
}

func (s scope) contextOf(build cty.Value) buildContext {
	return buildContext{
		dir:        resolve(s.project.Dir, textOf(build.GetAttr("context"))),
		dockerfile: path.Clean(filepath.ToSlash(textOf(build.GetAttr("dockerfile")))),
		never:      filepath.Join(s.project.Dir, stateDir),
	}
}

// inContext tells whether a path stays inside of the folder it begins in.
func inContext(name string) bool { return filepath.IsLocal(filepath.FromSlash(name)) }

// badContext is what is wrong with a context, and where.
type badContext struct {
	attribute string
	error
}

func (e *badContext) Unwrap() error { return e.error }

// errContextChanged says that a context is no longer what it was.
var errContextChanged = errors.New("it has changed since the plan was made, or while it was read")

// contextFailed says what is wrong with a context.
func contextFailed(err error, advice string) diagnostics {
	attribute := "context"
	var where *badContext
	if errors.As(err, &where) {
		attribute = where.attribute
	}
	path := cty.GetAttrPath("build").GetAttr(attribute)
	switch {
	case errors.Is(err, errContextChanged):
		return at(path, "Context has changed", "The folder that is built is not what it was: %s. Plan again.", reason(err))
	case errors.Is(err, fs.ErrNotExist):
		return at(path, "Context is incomplete", "What is to be built is not there: %s. %s", reason(err), advice)
	}
	return at(path, "Cannot read context", "Reading the folder that is built failed: %s. %s", reason(err), advice)
}

// lookAtContext says whether what is to be built is there.
func (s scope) lookAtContext(build cty.Value) diagnostics {
	if !known(build.GetAttr("context")) || !known(build.GetAttr("dockerfile")) {
		return nil
	}
	if err := s.contextOf(build).look(); err != nil {
		return contextFailed(err, "If another resource makes it, let this one depend on it; else correct the path.")
	}
	return nil
}

func (b buildContext) look() error {
	info, err := os.Stat(b.dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", b.dir)
	}
	if err != nil {
		return &badContext{"context", err}
	}
	info, err = os.Stat(filepath.Join(b.dir, filepath.FromSlash(b.dockerfile)))
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", b.dockerfile)
	}
	if err != nil {
		return &badContext{"dockerfile", err}
	}
	return nil
}

// sum returns the SHA-256 of all that would be sent: names, modes, links and
// contents. When a file was last written does not matter, because a fresh
// checkout is the same to build.
func (b buildContext) sum(ctx context.Context) (string, error) {
	return b.write(ctx, tar.NewWriter(io.Discard))
}

// send writes the context as a tar archive, as the engine wants it. When its
// sum is another than expected the archive is left without an end, so that
// nothing is built.
func (b buildContext) send(ctx context.Context, w io.Writer, expected string) error {
	out := tar.NewWriter(w)
	sum, err := b.write(ctx, out)
	switch {
	case err != nil:
		return err
	case sum != expected:
		return errContextChanged
	}
	return out.Close()
}

// write writes all that is not left out, and returns its sum.
func (b buildContext) write(ctx context.Context, out *tar.Writer) (string, error) {
	if err := b.look(); err != nil {
		return "", err
	}
	ignored, err := b.ignored()
	if err != nil {
		return "", err
	}
	root, err := filepath.EvalSymlinks(b.dir)
	if err != nil {
		return "", err
	}
	never := b.never
	if real, err := filepath.EvalSymlinks(never); err == nil {
		never = real
	}
	h := sha256.New()
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || name == root {
			return err
		}
		if name == never {
			return fs.SkipDir
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		skip, err := b.skips(ignored, filepath.ToSlash(rel))
		switch {
		case err != nil:
			return err
		case !skip:
			return add(out, h, name, filepath.ToSlash(rel), entry)
		case entry.IsDir() && !b.mayHold(ignored, filepath.ToSlash(rel)):
			return fs.SkipDir
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// ignored reads the .dockerignore file.
func (b buildContext) ignored() (*patternmatcher.PatternMatcher, error) {
	f, err := os.Open(filepath.Join(b.dir, ignoreFile))
	if errors.Is(err, fs.ErrNotExist) {
		return patternmatcher.New(nil)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	patterns, err := ignorefile.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ignoreFile, err)
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ignoreFile, err)
	}
	return matcher, nil
}

// skips tells whether a file is left out. The engine needs the Dockerfile and
// .dockerignore in any case.
func (b buildContext) skips(ignored *patternmatcher.PatternMatcher, rel string) (bool, error) {
	if rel == b.dockerfile || rel == ignoreFile {
		return false, nil
	}
	return ignored.MatchesOrParentMatches(rel)
}

// mayHold tells whether there may be something in a folder that is left out
// which is not: the Dockerfile, or what a later pattern brings back.
func (b buildContext) mayHold(ignored *patternmatcher.PatternMatcher, folder string) bool {
	if strings.HasPrefix(b.dockerfile, folder+"/") {
		return true
	}
	for _, p := range ignored.Patterns() {
		if p.Exclusion() && strings.HasPrefix(filepath.ToSlash(p.String())+"/", folder+"/") {
			return true
		}
	}
	return false
}

// add writes one file. It belongs to root, as it would with the docker command.
func add(out *tar.Writer, sum io.Writer, name, rel string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	link := ""
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		if link, err = os.Readlink(name); err != nil {
			return err
		}
	case !mode.IsRegular() && !mode.IsDir():
		return nil // sockets, pipes and devices cannot be sent
	}
	header, err := tar.FileInfoHeader(info, filepath.ToSlash(link))
	if err != nil {
		return err
	}
	header.Name = rel
	if info.IsDir() {
		header.Name += "/"
	}
	header.Uid, header.Gid, header.Uname, header.Gname = 0, 0, "", ""
	header.Format = tar.FormatPAX
	if _, err := fmt.Fprintf(sum, "%q %c %o %q %d\n", header.Name, header.Typeflag, header.Mode, header.Linkname, header.Size); err != nil {
		return err
	}
	if err := out.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if _, err := io.CopyN(io.MultiWriter(out, sum), f, info.Size()); errors.Is(err, io.EOF) {
		return errContextChanged
	} else if err != nil {
		return fmt.Errorf("read %s: %w", rel, err)
	}
	return nil
}
