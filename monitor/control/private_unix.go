//go:build !windows

package control

import (
	"fmt"
	"os"
	"syscall"
)

// private makes sure that only the user can enter the folder of the socket. One
// that others share is not touched, but refused.
func private(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at the folder of the control socket: %w", err)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int64(st.Uid) != int64(os.Getuid()) {
		return fmt.Errorf("the folder %s belongs to user %d: set CW_STATE_DIR to a folder of your own", dir, st.Uid)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others may write to the folder %s: set CW_STATE_DIR to a folder that only the service uses", dir)
	}
	if info.Mode().Perm() == 0o700 {
		return nil
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("close the folder of the control socket to others: %w", err)
	}
	return nil
}
