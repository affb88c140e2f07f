package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// maxContent bounds what is kept of a file as an attribute. A larger file is
// known by its SHA-256 only.
const maxContent = 64 << 20

// onDisk is what was found at a path.
type onDisk struct {
	info fs.FileInfo // of the thing itself, links not followed; nil when there is nothing
	sum  string      // hex; of a regular file
	size int64
	data []byte // nil when it was not asked for, or is larger than maxContent
}

func (d onDisk) exists() bool  { return d.info != nil }
func (d onDisk) regular() bool { return d.info != nil && d.info.Mode().IsRegular() }

// what names the kind of thing found.
func (d onDisk) what() string { return kindOf(d.info.Mode()) }

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "a file"
	case m.IsDir():
		return "a directory"
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// lstat is os.Lstat to which nothing at all is no error.
func lstat(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	return info, err
}

// look finds out what is at a path, and reads it if it is a regular file: as a
// whole when wantData says so and it is not too large, else piece by piece.
func look(ctx context.Context, path string, wantData bool) (onDisk, error) {
	info, err := lstat(path)
	if err != nil || info == nil || !info.Mode().IsRegular() {
		return onDisk{info: info}, err
	}
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return onDisk{}, nil
		}
		return onDisk{info: info}, err
	}
	defer f.Close()
	d := onDisk{info: info}
	if wantData && info.Size() <= maxContent {
		d.data = make([]byte, 0, info.Size()+1)
	}
	err = d.read(ctx, f)
	return d, err
}

// read reads to the end. It keeps the data if data is not nil and there is not
// too much of it.
func (d *onDisk) read(ctx context.Context, r io.Reader) error {
	if cap(d.data) > 0 { // one read, as a rule
		for len(d.data) <= maxContent {
			if len(d.data) == cap(d.data) {
				d.data = append(d.data, 0)[:len(d.data)]
			}
			n, err := r.Read(d.data[len(d.data):cap(d.data)])
			d.data = d.data[:len(d.data)+n]
			if err == io.EOF {
				d.size = int64(len(d.data))
				d.sum = sumOf(d.data)
				return nil
			}
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	sum := sha256.New()
	sum.Write(d.data) // it has grown beyond the bound since we looked
	d.size, d.data = int64(len(d.data)), nil
	n, err := copyAll(ctx, sum, r, d.info.Size())
	d.size += n
	d.sum = hex.EncodeToString(sum.Sum(nil))
	return err
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// copyAll is io.Copy that stops when ctx ends. size is about how much there is.
func copyAll(ctx context.Context, w io.Writer, r io.Reader, size int64) (int64, error) {
	buf := make([]byte, min(max(size+1, 512), 256<<10))
	var total int64
	for {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return total, err
			}
			total += int64(n)
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
