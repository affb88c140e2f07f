package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/procgroup"
)

const (
	// maxStdout is how much of a command's output is kept, in bytes.
	maxStdout = 64 << 10
	// maxStderr is how much of the end of its messages is.
	maxStderr = 1 << 10
	// maxCommandDetail is how long a command line may be as a detail, in bytes.
	maxCommandDetail = 60
	// outputDelay is how long to wait for output that something which a
	// command left running holds open.
	outputDelay = 500 * time.Millisecond
)

// command runs a program and looks at how it ends.
func command(ctx context.Context, project string, limit time.Duration, a arguments) finding {
	words := a.list("command")
	dir := a.text("working_dir")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(project, dir)
	}
	quiet := a.secret("command", "working_dir", "environment")
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return unknown("its working_dir is not a folder")
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(e string) bool {
		// They are Clockwork's own.
		return strings.HasPrefix(e, "CW_API_KEY=") || strings.HasPrefix(e, "CW_SERVICE_TOKEN=")
	})
	for _, pair := range a.pairs("environment") {
		cmd.Env = append(cmd.Env, pair[0]+"="+pair[1])
	}
	var stdout head
	var stderr tail
	pattern := a.text("stdout")
	if a.known("stdout") {
		cmd.Stdout = &stdout
	}
	if !quiet {
		cmd.Stderr = &stderr
	}
	procgroup.Own(cmd)
	var late atomic.Bool
	cmd.Cancel = func() error {
		late.Store(true)
		return procgroup.Kill(cmd.Process)
	}
	cmd.WaitDelay = outputDelay
	if err := cmd.Start(); err != nil {
		return unknown("the program could not be started" + whyNotStarted(err, words[0], quiet))
	}
	err := cmd.Wait()
	code := cmd.ProcessState.ExitCode()
	switch {
	case late.Load():
		return failed(fmt.Sprintf("it did not end within %s", limit))
	case !cmd.ProcessState.Exited():
		return failed("it was ended: " + cmd.ProcessState.String() + stderr.lastLine())
	case code != a.number("exit_code"):
		return failed(fmt.Sprintf("exit code %d, expected %d%s", code, a.number("exit_code"), stderr.lastLine()))
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return unknown("its output could not be read")
	}
	if a.known("stdout") && !regexp.MustCompile(pattern).Match(stdout.kept) {
		if stdout.dropped {
			return failed("the first 64 KiB of its output do not match")
		}
		return failed("its output does not match")
	}
	return passed(fmt.Sprintf("exit code %d", code))
}

// whyNotStarted explains the error of a program that was not started. Only the
// system's own words are shown of it, because the rest may be secret.
func whyNotStarted(err error, program string, quiet bool) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, exec.ErrNotFound) && quiet:
		return ": it was not found"
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Sprintf(": %q was not found", program)
	case errors.As(err, &path):
		return ": " + path.Err.Error()
	}
	return ""
}

// commandDetail is the command line, as far as it is not secret.
func commandDetail(a arguments) string {
	if a.secret("command") {
		return "sensitive command"
	}
	line := strings.Join(a.list("command"), " ")
	if len(line) > maxCommandDetail {
		line = strings.ToValidUTF8(line[:maxCommandDetail], "") + "..."
	}
	return line
}

// head is a writer that keeps the first maxStdout bytes.
type head struct {
	kept    []byte
	dropped bool
}

func (h *head) Write(p []byte) (int, error) {
	room := maxStdout - len(h.kept)
	h.kept = append(h.kept, p[:min(room, len(p))]...)
	h.dropped = h.dropped || len(p) > room
	return len(p), nil
}

// tail is a writer that keeps the last maxStderr bytes.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if n > maxStderr {
		p = p[n-maxStderr:]
	}
	if over := len(t.kept) + len(p) - maxStderr; over > 0 {
		t.kept = t.kept[:copy(t.kept, t.kept[over:])]
	}
	t.kept = append(t.kept, p...)
	return n, nil
}

// lastLine returns the last line that says something, behind a colon, or "".
func (t *tail) lastLine() string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(t.kept), "?"))
	if text == "" {
		return ""
	}
	return ": " + strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}

var (
	_ io.Writer = (*head)(nil)
	_ io.Writer = (*tail)(nil)
)
