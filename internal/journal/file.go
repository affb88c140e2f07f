package journal

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
)

// Handle is what a File does to the file on disk. An *os.File is one.
type Handle interface {
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

// File is a file that is appended to, by many at once.
type File struct {
	mu      sync.Mutex
	handle  Handle
	size    int64
	durable int64     // the size up to which it is known to be
	syncing bool      // somebody is, without the mutex
	synced  sync.Cond // told when that ends

	// broken is why nothing may be appended any more: what is on disk behind
	// durable is not known.
	broken error
}

// NewFile returns the File behind h, which has size good bytes.
func NewFile(h Handle, size int64) *File {
	f := &File{handle: h, size: size}
	f.synced.L = &f.mu
	return f
}

// Write appends p, all of it or nothing, and returns where it ends. It is
// durable once Sync has returned for that end.
func (f *File) Write(p []byte) (end int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return 0, f.broken
	}
	if _, err := f.handle.WriteAt(p, f.size); err != nil {
		// Left there, half a record would later look like damage.
		if cutErr := f.handle.Truncate(f.size); cutErr != nil {
			f.broken = fmt.Errorf("cut a half-written record off: %w", cutErr)
		}
		return 0, err
	}
	f.size += int64(len(p))
	return f.size, nil
}

// Sync returns when all up to end is durable. Of many callers one does the
// fsync, for itself and for all who wrote before it began.
func (f *File) Sync(end int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.durable < end {
		if f.broken != nil {
			return f.broken
		}
		if f.syncing {
			f.synced.Wait()
			continue
		}
		size := f.size
		f.syncing = true
		f.mu.Unlock()
		err := f.handle.Sync()
		f.mu.Lock()
		f.syncing = false
		if err != nil {
			// The kernel may have dropped what it could not write.
			f.broken = fmt.Errorf("sync: %w", err)
		} else {
			f.durable = max(f.durable, size)
		}
		f.synced.Broadcast()
	}
	return nil
}

// Size returns the number of bytes in the file.
func (f *File) Size() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.size
}

// Err returns why nothing can be appended any more, or nil. The file has to be
// read again, and put in place anew, before anything else is written.
func (f *File) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.broken
}

// Close waits for a Sync that is under way, and closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.syncing {
		f.synced.Wait()
	}
	if f.broken == nil {
		f.broken = os.ErrClosed
	}
	return f.handle.Close()
}

// Retire closes a file whose content is durable elsewhere: nobody has to wait for
// it any more.
func (f *File) Retire() {
	f.mu.Lock()
	f.durable = math.MaxInt64
	f.mu.Unlock()
	_ = f.Close() // what it could not write is not needed
}

// OpenHandle opens a file that exists for a File.
func OpenHandle(path string) (Handle, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Place puts a file with this content at path, whole and durable, or not at
// all. It takes the place of what was there.
func Place(path string, content []byte) error {
	temp := path + ".tmp"
	if err := writeSynced(temp, content); err != nil {
		os.Remove(temp) // the first error is the one to report
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// MakeDir makes a folder that only the user can enter, unless it is there.
func MakeDir(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}
