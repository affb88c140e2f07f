//go:build unix

package git

import (
	"os"
	"os/exec"
	"syscall"
)

// detach gives the command a session of its own: it has no terminal to ask on,
// and can be ended with all that it starts.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	endWithParent(cmd.SysProcAttr)
}

// terminate asks the command and all that it started to end, so that git
// removes its locks; kill does not ask.
func terminate(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGTERM) }
func kill(p *os.Process)      { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
