//go:build !linux

package control

import "net"

// allowed relies on the modes of the socket and its folder, which only its own
// user and root can enter.
func allowed(*net.UnixConn) error { return nil }
