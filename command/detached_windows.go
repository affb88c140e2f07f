package command

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// detached has a process outlive the console that it was started in.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.DETACHED_PROCESS}
}
