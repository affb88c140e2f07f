package state

import (
	"io"
	"io/fs"
	"os"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

// fileSystem is all that a Store does to files, in one place so that tests can
// stop it at any operation and look at what a crash leaves behind. Files are
// made with mode 0600 and folders with 0700.
type fileSystem interface {
	ReadFile(path string) ([]byte, fs.FileInfo, error)
	Open(path string) (readFile, error)
	ReadDir(path string) ([]string, error) // names, sorted
	Stat(path string) (fs.FileInfo, error)

	Mkdir(path string) error
	Create(path string) (writeFile, error)    // empty, whatever was there
	OpenWrite(path string) (writeFile, error) // one that exists
	Copy(from, to string) error
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(path string) error

	TryLock(path string) (lockFile, error) // nil, nil when somebody else has it
}

type readFile interface {
	io.ReadCloser
	Stat() (fs.FileInfo, error)
}

type writeFile interface {
	io.Writer
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

// disk is the real fileSystem.
type disk struct{}

func (disk) ReadFile(path string) ([]byte, fs.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	// One byte more than the size lets the end be seen without growing.
	data := make([]byte, 0, info.Size()+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, info, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

func (disk) Open(path string) (readFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // not f: a nil *os.File is not a nil readFile
	}
	return f, nil
}

func (disk) ReadDir(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

func (disk) Stat(path string) (fs.FileInfo, error) { return os.Stat(path) }
func (disk) Mkdir(path string) error               { return os.Mkdir(path, 0o700) }

func (disk) Create(path string) (writeFile, error) {
	return openWrite(path, os.O_CREATE|os.O_TRUNC)
}

func (disk) OpenWrite(path string) (writeFile, error) { return openWrite(path, 0) }

func openWrite(path string, flags int) (writeFile, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|flags, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (disk) Copy(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(dst, src); err != nil {
		dst.Close()
		return err
	}
	return dst.Close()
}

func (disk) Rename(from, to string) error { return os.Rename(from, to) }
func (disk) Remove(path string) error     { return os.Remove(path) }
func (disk) SyncDir(path string) error    { return journal.SyncDir(path) }
