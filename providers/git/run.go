package git

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
	"time"
)

// call is one command of git.
type call struct {
	dir      string // the checkout that it is about; "" for none
	args     []string
	stdin    string
	stdout   io.Writer // where what it prints goes; nil to have it returned
	remote   string    // the location that it talks to; "" for none
	allow    []string
	progress func(string)
}

// options hold for every command.
func options() []string {
	out := []string{"--no-pager", "--no-optional-locks"}
	for _, setting := range []string{
		"core.hooksPath=/dev/null", "core.fsmonitor=false", // neither hooks nor what is like them
		"advice.detachedHead=false", "color.ui=false", "credential.interactive=false",
		"gc.autoDetach=false", "maintenance.autoDetach=false", // nothing goes on behind our back
		"submodule.recurse=false", "fetch.recurseSubmodules=false", "fetch.prune=false", "fetch.pruneTags=false",
	} {
		out = append(out, "-c", setting)
	}
	return out
}

const (
	// maxOutput bounds what is kept of what git prints.
	maxOutput = 1 << 20
	// grace is how long git may take to clean up after itself.
	grace = 2 * time.Second
	// leaving is how long what it says on standard error is waited for when git
	// has ended: what it has started may hold on to that, such as SSH with
	// ControlPersist. Its standard output is its own, and read to the end.
	leaving = 500 * time.Millisecond
)

var errMissing = errors.New("git is not installed")

// failed is git ending with an error.
type failed struct {
	command string
	code    int
	said    string // what it said last, made fit to be shown
}

func (f *failed) Error() string {
	return fmt.Sprintf("git %s ended with exit code %d: %s", f.command, f.code, f.said)
}

// run runs git and returns what it prints. The error is a *failed when git
// ended by itself, and the context's when that has ended.
func run(ctx context.Context, c call) (string, error) {
	path, err := exec.LookPath("git")
	if err != nil {
		return "", errMissing
	}
	args := options()
	dir := string(filepath.Separator) // where no repository's settings hold
	if c.dir != "" {
		dir = c.dir
	}
	allow := c.allow
	if allow == nil {
		allow = protocols()
	}
	env, err := environment(ctx, c, allow)
	if err != nil {
		return "", err
	}
	out := &limited{}
	said := &teller{progress: c.progress}
	cmd := exec.Command(path, append(args, c.args...)...)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stderr = dir, env, strings.NewReader(c.stdin), said
	to := io.Writer(out)
	if c.stdout != nil {
		to = c.stdout
	}
	cmd.WaitDelay = leaving
	detach(cmd)
	if err := ctx.Err(); err != nil {
		return "", err
	}
	from, theirs, err := os.Pipe()
	if err != nil {
		return "", fmt.Errorf("start git: %w", err)
	}
	defer from.Close()
	cmd.Stdout = theirs
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return "", fmt.Errorf("start git: %w", err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := io.Copy(to, from)
		read <- err
	}()
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		terminate(cmd.Process)
		select {
		case <-done:
		case <-time.After(grace):
			kill(cmd.Process)
		}
	}()
	err = cmd.Wait()
	close(done)
	<-ended
	select {
	case readErr := <-read:
		if err == nil && readErr != nil {
			err = fmt.Errorf("read what git prints: %w", readErr)
		}
	case <-ctx.Done():
		from.Close()
		<-read
	}
	var exit *exec.ExitError
	switch {
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return out.String(), nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &exit):
		return out.String(), &failed{command: c.args[0], code: exit.ExitCode(), said: said.last(c.remote)}
	}
	return "", fmt.Errorf("run git: %w", err)
}

// limited keeps the first of what is written to it.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if room := maxOutput - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
