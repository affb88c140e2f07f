//go:build !unix

package notify

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// ownGroup lets a command, and whatever it starts, be killed as one. Here that
// needs nothing.
func ownGroup(*exec.Cmd) {}

// killGroup kills a process and those that it started, as far as the system's
// own tool finds them.
func killGroup(p *os.Process) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = exec.CommandContext(ctx, "taskkill", "/T", "/F", "/PID", strconv.Itoa(p.Pid)).Run()
	return p.Kill()
}
