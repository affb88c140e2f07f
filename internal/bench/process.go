package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// figure is what one run of a process, and of all that it started, cost.
type figure struct {
	Wall time.Duration `json:"wall_ns"`
	CPU  time.Duration `json:"cpu_ns"`
	// Peak is the sum of the processes' peaks of resident memory, in bytes; 0
	// where the system does not tell.
	Peak int64 `json:"peak_bytes,omitempty"`
}

// tail is how much of a process's output is looked at.
const tail = 64 << 10

// runMeasured runs a program in dir and returns what it cost and the end of its
// output, standard output and error together.
func runMeasured(ctx context.Context, timeout time.Duration, dir, program string, args ...string) (figure, string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	output, err := os.Create(filepath.Join(dir, "output.log"))
	if err != nil {
		return figure{}, "", err
	}
	defer output.Close()

	command := exec.CommandContext(ctx, program, args...)
	command.Dir = dir
	command.Stdout, command.Stderr = output, output
	command.Env = environment(dir)
	command.WaitDelay = time.Second

	watch := newWatch(command)
	start := time.Now()
	if err := command.Start(); err != nil {
		return figure{}, "", err
	}
	watch.begin(command.Process.Pid)
	runErr := command.Wait()
	wall := time.Since(start)
	cpu, peak := watch.end(command.ProcessState)

	text, err := lastOf(output)
	if err != nil {
		return figure{}, "", err
	}
	if ctx.Err() != nil {
		runErr = fmt.Errorf("stopped after %s: %w", timeout, ctx.Err())
	}
	return figure{Wall: wall, CPU: cpu, Peak: peak}, text, runErr
}

// environment is the same for every measured process: nothing of the caller's
// settings but where Docker is, and nothing that looks for a newer version over the network.
func environment(dir string) []string {
	all := []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + dir,
		"TMPDIR=" + os.TempDir(),
		"NO_COLOR=1",
		"TF_IN_AUTOMATION=1",
		"CHECKPOINT_DISABLE=1",
	}
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		all = append(all, "DOCKER_HOST="+host)
	}
	return all
}

func lastOf(file *os.File) (string, error) {
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	from := max(0, info.Size()-tail)
	text, err := io.ReadAll(io.NewSectionReader(file, from, tail))
	return string(text), err
}
