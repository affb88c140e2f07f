//go:build !windows

package check

import "syscall"

// What the system says of the other side of a connection.
func refusals() []syscall.Errno { return []syscall.Errno{syscall.ECONNREFUSED} }
func breaks() []syscall.Errno {
	return []syscall.Errno{syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE}
}
func unreachables() []syscall.Errno { return []syscall.Errno{syscall.EHOSTUNREACH, syscall.EHOSTDOWN} }
