//go:build unix

package plugins

import (
	"os"
	"os/exec"
	"strconv"
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

// endGroup kills what is in this process's group, itself too, if it leads one:
// nothing that it has started is to stay behind.
func endGroup() {
	if syscall.Getpgrp() == os.Getpid() {
		killGroup(os.Getpid())
	}
}

// guardGrace is how many seconds a provider has to end by itself when the
// program is gone: longer than exitGrace.
const guardGrace = 5

// guardCommand reads a line: none means that the program is gone.
func guardCommand(pid int) *exec.Cmd {
	const script = `trap "" HUP INT TERM; read -r line || { sleep "$2"; kill -s KILL -- "-$1"; }`
	cmd := exec.Command("/bin/sh", "-c", script, "clockwork-guard", strconv.Itoa(pid), strconv.Itoa(guardGrace))
	cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/bin:/bin"}
	return cmd
}

// keepDescriptors keeps every open file but the standard ones from being
// inherited. Go's own never are; but whoever has started the program may have
// left some open, and so may a C library.
func keepDescriptors() {
	if closeOnExecFrom(3) == nil {
		return
	}
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return // a system without: then they are inherited
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}
