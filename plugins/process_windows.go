package plugins

import (
	"os/exec"
	"syscall"
)

// setSession keeps Ctrl-C from the process.
func setSession(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP, HideWindow: true}
}

// killGroup does nothing: on Windows a process does not lead a group that could
// be killed.
func killGroup(int) {}

// endGroup does nothing, as killGroup.
func endGroup() {}

// guardCommand returns nil: there is no guard.
func guardCommand(int) *exec.Cmd { return nil }

// keepDescriptors does nothing: handles are inherited only where that is asked
// for.
func keepDescriptors() {}
