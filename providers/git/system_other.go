//go:build !unix

package git

import (
	"os"
	"os/exec"
)

// detach does nothing: git is told by its environment not to ask.
func detach(*exec.Cmd) {}

func terminate(p *os.Process) { _ = p.Kill() }
func kill(p *os.Process)      { _ = p.Kill() }

// syncFolder does nothing: a folder cannot be synced here.
func syncFolder(string) error { return nil }
