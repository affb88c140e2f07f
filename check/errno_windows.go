package check

import "syscall"

// Numbers of Windows Sockets that package syscall has no names for.
const (
	wsaeconnrefused syscall.Errno = 10061
	wsaehostdown    syscall.Errno = 10064
	wsaehostunreach syscall.Errno = 10065
)

// What the system says of the other side of a connection.
func refusals() []syscall.Errno { return []syscall.Errno{wsaeconnrefused} }
func breaks() []syscall.Errno {
	return []syscall.Errno{syscall.WSAECONNRESET, syscall.WSAECONNABORTED}
}
func unreachables() []syscall.Errno { return []syscall.Errno{wsaehostunreach, wsaehostdown} }
