package control

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// allowed tells whether the process at the other end may ask for anything: it
// must be of the same user, or of root.
func allowed(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return fmt.Errorf("find out who asks: %w", err)
	}
	var cred *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		cred, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return fmt.Errorf("find out who asks: %w", err)
	}
	return mayAsk(cred.Uid, os.Getuid())
}

func mayAsk(asks uint32, own int) error {
	if asks != 0 && int64(asks) != int64(own) {
		return fmt.Errorf("user %d asked, who is not the one that the service runs as", asks)
	}
	return nil
}
