//go:build unix

package plugins

import (
	"os/exec"
	"syscall"
)

// setSession takes the process out of the terminal's reach.
func setSession(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
}

// killGroup kills the process and what it has started, as far as that is still
// in its group.
func killGroup(pid int) {
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}
