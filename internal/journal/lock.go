package journal

import (
	"errors"
	"io"
	"os"
)

// ErrLocked is returned by Lock when somebody else has the lock.
var ErrLocked = errors.New("another process has it locked")

// Lock takes the lock of the file at path, which it makes if need be and which
// nobody may remove. Closing what it returns gives the lock back.
func Lock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	got, err := flock(f)
	if err == nil && !got {
		err = ErrLocked
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
