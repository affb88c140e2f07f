package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zclconf/go-cty/cty"
)

// temporary is the name under which path is prepared by the attempt that has
// the given intent. It is short, whatever the name of the file.
func temporary(path, intent string) string {
	sum := sha256.Sum256([]byte(intent + "\x00" + filepath.Base(path)))
	return filepath.Join(filepath.Dir(path), ".clockwork-"+hex.EncodeToString(sum[:10])+".tmp")
}

// writing is one file to be written.
type writing struct {
	path     string
	temp     string
	mode     uint32
	uid, gid int                // -1: as they come
	replace  bool               // what is at path may be replaced
	replaced fs.FileInfo        // what is there, if anything
	data     []byte             // what to write, unless there is
	source   io.Reader          // to read it from
	expected int64              // how large source is
	check    func(onDisk) error // may still refuse, before anything shows
}

// write makes the file atomically, but for the sync of the folder, which the
// caller asks for. Until it returns without an error, nothing has changed at
// path.
func (w *writing) write(ctx context.Context) (written onDisk, err error) {
	f, err := os.OpenFile(w.temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // this very attempt, interrupted
		if err = os.Remove(w.temp); err == nil {
			f, err = os.OpenFile(w.temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		}
	}
	if err != nil {
		return written, err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(w.temp)
		}
	}()
	if written, err = w.fill(ctx, f); err != nil {
		return written, err
	}
	if w.check != nil {
		if err = w.check(written); err != nil {
			return written, err
		}
	}
	keepOwner(f, w.replaced)
	if err = w.dress(f); err != nil {
		return written, err
	}
	if err = f.Close(); err != nil {
		return written, err
	}
	if err = ctx.Err(); err != nil {
		return written, err
	}
	if w.replace {
		err = os.Rename(w.temp, w.path)
	} else {
		err = renameNew(w.temp, w.path)
	}
	return written, err
}

func (w *writing) fill(ctx context.Context, f io.Writer) (onDisk, error) {
	if w.source == nil {
		n, err := f.Write(w.data)
		return onDisk{size: int64(n), sum: sumOf(w.data)}, err
	}
	sum := sha256.New()
	n, err := copyAll(ctx, io.MultiWriter(f, sum), w.source, w.expected)
	return onDisk{size: n, sum: hex.EncodeToString(sum.Sum(nil))}, err
}

// dress gives f its owner and mode, and syncs it.
func (w *writing) dress(f *os.File) error {
	// The owner first: changing it drops the setuid bits.
	if w.uid >= 0 || w.gid >= 0 {
		if err := f.Chown(w.uid, w.gid); err != nil {
			return &ownerError{err}
		}
	}
	if err := f.Chmod(toFileMode(w.mode)); err != nil {
		return err
	}
	return f.Sync()
}

// isThere tells whether path holds what is to be written. planned is its
// SHA-256, as far as it is known.
func (w *writing) isThere(ctx context.Context, planned cty.Value) (onDisk, bool) {
	if w.replaced == nil || !w.replaced.Mode().IsRegular() {
		return onDisk{}, false
	}
	sum := ""
	switch {
	case w.source == nil && w.replaced.Size() == int64(len(w.data)):
		sum = sumOf(w.data)
	case w.source != nil && known(planned):
		sum = planned.AsString()
	default:
		return onDisk{}, false
	}
	d, err := look(ctx, w.path, false)
	return d, err == nil && d.sum == sum
}

// dressInPlace is for a file whose content is right: it stays the same file.
func (w *writing) dressInPlace() error {
	f, err := os.Open(w.path)
	if err != nil {
		return err
	}
	defer f.Close()
	return w.dress(f)
}

// ownerError is that of giving a file its owner.
type ownerError struct{ error }

func (e *ownerError) Unwrap() error { return e.error }

// renameIfNew is renameNew where the system cannot do both at once.
func renameIfNew(from, to string) error {
	info, err := lstat(to)
	if err != nil {
		return err
	}
	if info != nil {
		return fmt.Errorf("rename to %s: %w", to, fs.ErrExist)
	}
	return os.Rename(from, to)
}
