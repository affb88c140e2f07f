//go:build !windows

package command

import "syscall"

// detached has a process outlive the terminal that it was started in.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
