package git

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// takeBack puts the working tree and the remote of an update that failed in
// order. If that fails too, the note stays for the next attempt.
func takeBack(ctx context.Context, t tree, url string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if url != "" {
		_ = t.set(ctx, "remote.origin.url", url)
	}
	_ = mend(ctx, t)
}

// mend ends what an update that was cut short has begun: it puts the working
// tree in order, unless there are changes in it that are nobody's but the
// user's.
func mend(ctx context.Context, t tree) error {
	n, began, err := readNote(t.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil || !n.Updating:
		return nil // a note that cannot be read is not one of ours
	}
	if err := removeLocks(t.dir, began); err != nil {
		return err
	}
	from, err := t.differing(ctx, "HEAD")
	if err != nil {
		return err
	}
	if len(from) > 0 {
		to, err := t.differing(ctx, n.Private.Commit)
		if err != nil {
			return err
		}
		for name := range from {
			if !to[name] {
				continue // it is as it was to be
			}
			if half, err := t.isHalfWritten(ctx, name, n.Private.Commit); !half || err != nil {
				return err // it is somebody's
			}
		}
		if err := t.checkOut(ctx, n.Private.target, true); err != nil {
			return err
		}
	}
	n.Updating, n.Intent = false, n.Intent+" (mended)"
	return n.write(t.dir)
}

// isHalfWritten tells whether a file is the beginning of what it is in a commit,
// or not there at all: what git was writing when it was killed.
func (t tree) isHalfWritten(ctx context.Context, name, commit string) (bool, error) {
	path := filepath.Join(t.dir, filepath.FromSlash(name))
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	c := &comparer{file: bufio.NewReader(f), same: true}
	_, err = run(ctx, call{dir: t.dir, args: []string{"cat-file", "--filters", commit + ":" + name}, stdout: c})
	var no *failed
	if errors.As(err, &no) {
		return false, nil // it is not in the commit
	}
	_, end := c.file.ReadByte()
	return c.same && end == io.EOF, err
}

// comparer compares a file with what is written to it, as far as the file goes.
type comparer struct {
	file *bufio.Reader
	same bool
}

func (c *comparer) Write(p []byte) (int, error) {
	was := make([]byte, len(p))
	n, _ := io.ReadFull(c.file, was)
	c.same = c.same && bytes.Equal(was[:n], p[:n])
	return len(p), nil
}

// differing are the names of the files that differ from a commit.
func (t tree) differing(ctx context.Context, commit string) (map[string]bool, error) {
	out, err := t.git(ctx, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=all", commit, "--")
	names := map[string]bool{}
	for name := range strings.SplitSeq(out, "\x00") {
		if name != "" {
			names[name] = true
		}
	}
	return names, err
}
