//go:build !unix

package applecontainer

import (
	"os"
	"os/exec"
)

// ownGroup does nothing: there is no such command on this system.
func ownGroup(*exec.Cmd) {}

// killGroup kills a process.
func killGroup(p *os.Process) error { return p.Kill() }
