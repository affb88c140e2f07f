package applecontainer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/procgroup"
)

const (
	// maxOutput is how much of what a command prints is read: a description of
	// some thousand containers.
	maxOutput = 16 << 20
	// maxSaid is how much of its complaints is kept, from the end.
	maxSaid = 8 << 10
	// atOnce is how many commands one configuration has under way.
	atOnce = 8
	// waitAfterKill is how long a killed command's output may stay open.
	waitAfterKill = 500 * time.Millisecond
)

// cli starts the command of one configuration. Commands are killed, with all
// that they have started, when their context ends.
type cli struct {
	command string // as configured; "" means container, and only on macOS
	later   bool   // what is configured is not known yet
	dir     string // the project's
	goos    string
	slots   chan struct{}
	awake   atomic.Bool // the service has answered once
}

// endedError is a command that ended with an exit code other than 0.
type endedError struct {
	verb string
	code int
	said string
}

func (e *endedError) Error() string {
	if e.said == "" {
		return fmt.Sprintf("container %s ended with exit code %d and said nothing", e.verb, e.code)
	}
	return e.said
}

// path finds the executable.
func (c *cli) path() (string, error) {
	switch {
	case c.command == "":
		return exec.LookPath("container")
	case strings.ContainsRune(c.command, filepath.Separator) && !filepath.IsAbs(c.command):
		return exec.LookPath(filepath.Join(c.dir, c.command))
	}
	return exec.LookPath(c.command)
}

// run starts the command and returns what it printed, which may not be more
// than maxOutput.
func (c *cli) run(ctx context.Context, args ...string) ([]byte, error) {
	var out head
	if err := c.start(ctx, &out, nil, args); err != nil {
		return nil, err
	}
	if out.overflowed {
		return nil, fmt.Errorf("container %s printed more than %d MiB", args[0], maxOutput>>20)
	}
	return out.kept.Bytes(), nil
}

// start starts the command, with variables added to the environment, and waits
// for it.
func (c *cli) start(ctx context.Context, stdout io.Writer, env, args []string) error {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	path, err := c.path()
	if err != nil {
		return err
	}
	said := tail{limit: maxSaid}
	cmd := exec.CommandContext(ctx, path, args...)
	// It finds what is its user's by HOME, and says what went wrong in the
	// words that are expected.
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), env...)
	cmd.Stdout, cmd.Stderr = stdout, &said
	cmd.WaitDelay = waitAfterKill
	procgroup.Own(cmd)
	cmd.Cancel = func() error { return procgroup.Kill(cmd.Process) }
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		return &endedError{verb: args[0], code: exit.ExitCode(), said: complaint(said.text())}
	}
	return fmt.Errorf("start %s: %w", path, err)
}

// complaint is what a command said went wrong, without how it is used.
func complaint(text string) string {
	text, _, _ = strings.Cut(text, "\nUsage: ")
	if i := strings.LastIndex("\n"+text, "\nError: "); i >= 0 {
		text = text[i+len("Error: "):]
	}
	return strings.Join(strings.Fields(text), " ")
}

// serviceRuns asks whether the command's service does.
func (c *cli) serviceRuns(ctx context.Context) bool {
	out, err := c.run(ctx, "system", "status")
	runs := err == nil && !bytes.Contains(out, []byte("not running"))
	if runs {
		c.awake.Store(true)
	}
	return runs
}

// ready says why the command cannot be used; nil when it can. Whether the
// service runs is asked until it does: what happens later is said by what it
// happens to.
func (c *cli) ready(ctx context.Context) diagnostics {
	if ds := c.unsupported(); ds != nil {
		return ds
	}
	if c.later || c.awake.Load() {
		return nil
	}
	_, err := c.path()
	switch {
	case isMissing(err):
		return c.missing()
	case err != nil:
		return c.failure(ctx, "Command cannot be used", "Finding the provider's command", err)
	case !c.serviceRuns(ctx) && ctx.Err() == nil:
		return c.asleep()
	}
	return nil
}

// head keeps the first maxOutput bytes.
type head struct {
	kept       bytes.Buffer // not embedded: it would be filled without Write
	overflowed bool
}

func (h *head) Write(p []byte) (int, error) {
	room := min(maxOutput-h.kept.Len(), len(p))
	h.overflowed = h.overflowed || room < len(p)
	h.kept.Write(p[:room])
	return len(p), nil
}

// tail keeps the last bytes.
type tail struct {
	limit int
	kept  []byte
	cut   bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*t.limit { // now and then, so that it costs little
		t.cut = true
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-t.limit:]...)
	}
	return len(p), nil
}

func (t *tail) text() string {
	kept := t.kept
	if len(kept) > t.limit {
		t.cut = true
		kept = kept[len(kept)-t.limit:]
	}
	return strings.ToValidUTF8(string(kept), "\uFFFD")
}
