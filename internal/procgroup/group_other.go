//go:build !unix

package procgroup

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// Own lets a command, and whatever it starts, be killed as one. Here that
// needs nothing.
func Own(*exec.Cmd) {}

// Kill kills a process and those that it started, as far as the system's
// own tool finds them.
func Kill(p *os.Process) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = exec.CommandContext(ctx, "taskkill", "/T", "/F", "/PID", strconv.Itoa(p.Pid)).Run()
	return p.Kill()
}
