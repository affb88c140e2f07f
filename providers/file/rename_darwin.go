package file

import (
	"errors"

	"golang.org/x/sys/unix"
)

// renameNew renames, but not over something: then the error is fs.ErrExist.
func renameNew(from, to string) error {
	err := unix.RenamexNp(from, to, unix.RENAME_EXCL)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) {
		return renameIfNew(from, to)
	}
	return err
}
