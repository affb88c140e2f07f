package index

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/clockwork-hcl/clockwork/internal/journal"
	"github.com/clockwork-hcl/clockwork/plugins"
)

// PartialPrefix begins the name of a file that is not complete.
const PartialPrefix = ".partial-"

// MismatchError says that an executable is not the one that a release lists.
type MismatchError struct {
	Want File
	// Size is how many bytes came; one more than wanted stands for any number.
	Size int64
	Hash string // of a file of the right size
}

func (e *MismatchError) Error() string {
	switch {
	case e.Size > e.Want.Size:
		return fmt.Sprintf("it has more than the %d bytes that the index says", e.Want.Size)
	case e.Size < e.Want.Size:
		return fmt.Sprintf("it ends after %d of %d bytes", e.Size, e.Want.Size)
	}
	return fmt.Sprintf("it has the hash %s, but the index says %s", e.Hash, e.Want.Hash)
}

// Save writes what comes from a reader to path, in one step, if it is the file:
// a temporary file in the folder tmp, on the same file system, is compared with
// the size and the hash, brought to the disk, and renamed. Nothing stays behind
// when it fails, and no more than the size is read.
func (f File) Save(path, tmp string, mode fs.FileMode, from io.Reader) (err error) {
	out, err := os.CreateTemp(tmp, PartialPrefix+"*")
	if err != nil {
		return err
	}
	defer func() {
		_ = out.Close()
		if err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), io.LimitReader(from, f.Size+1))
	if err != nil {
		return err
	}
	if sum := plugins.FormatHash(h.Sum(nil)); n != f.Size || sum != f.Hash {
		return &MismatchError{Want: f, Size: n, Hash: sum}
	}
	if err := out.Chmod(mode); err != nil && runtime.GOOS != "windows" {
		return err
	}
	if err := out.Sync(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := os.Rename(out.Name(), path); err != nil {
		return err
	}
	return journal.SyncDir(filepath.Dir(path))
}

// FileOf returns what a release says of the executable at path.
func FileOf(path string) (File, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return File{}, err
	case !info.Mode().IsRegular():
		return File{}, fmt.Errorf("%s is not a file", path)
	case info.Size() == 0:
		return File{}, fmt.Errorf("%s is empty", path)
	case info.Size() > MaxFileBytes:
		return File{}, fmt.Errorf("%s has %d bytes, and an executable may have %d", path, info.Size(), MaxFileBytes)
	}
	sum, err := plugins.HashFile(path)
	if err != nil {
		return File{}, err
	}
	return File{Hash: plugins.FormatHash(sum), Size: info.Size()}, nil
}
