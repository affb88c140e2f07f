package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/procgroup"
)

// Command is a program that is run for each message, with its JSON on standard
// input. No shell is involved.
type Command struct{ Argv []string }

const (
	commandLimit = 30 * time.Second
	// outputDelay is how long to wait for a command's input to be taken, once
	// the command is gone and something that it started still has it.
	outputDelay = 500 * time.Millisecond
)

func (Command) limit() time.Duration { return commandLimit }

func (c Command) check() error {
	if len(c.Argv) == 0 || c.Argv[0] == "" {
		return errors.New("it names no program")
	}
	if strings.Contains(strings.Join(c.Argv, ""), "\x00") {
		return errors.New("its command has a zero byte in it")
	}
	return nil
}

func (c Command) send(ctx context.Context, _ world, m Message) *failure {
	if err := c.check(); err != nil {
		return failed(err.Error())
	}
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Stdin = bytes.NewReader(append(m.body(), '\n'))
	cmd.Env = environment(m)
	procgroup.Own(cmd)
	var ended atomic.Bool
	cmd.Cancel = func() error {
		ended.Store(true)
		return procgroup.Kill(cmd.Process)
	}
	cmd.WaitDelay = outputDelay
	if err := cmd.Start(); err != nil {
		var path *fs.PathError
		switch {
		case ctx.Err() != nil:
			return failed("there was no time to run the program")
		case errors.Is(err, exec.ErrNotFound):
			return failed("its program was not found")
		case errors.As(err, &path):
			return failed("its program could not be started: " + path.Err.Error())
		}
		return failed("its program could not be started")
	}
	_ = cmd.Wait() // how it ended says more
	switch {
	case ended.Load() && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return failed(fmt.Sprintf("the program did not end within %s and was killed", commandLimit))
	case ended.Load():
		return failed("Clockwork is stopping")
	case !cmd.ProcessState.Success():
		return failed("the program ended with " + cmd.ProcessState.String())
	}
	return nil
}

// environment is Clockwork's own, but for its settings, one of which is the key
// to the model, and the message in variables.
func environment(m Message) []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "CW_") {
			env = append(env, variable)
		}
	}
	return append(env,
		"CLOCKWORK_ID="+m.ID,
		"CLOCKWORK_INCIDENT="+m.Incident,
		"CLOCKWORK_EVENT="+string(m.Event),
		"CLOCKWORK_PROJECT="+m.Project,
		"CLOCKWORK_TARGET="+m.Target,
		"CLOCKWORK_SUMMARY="+m.Summary,
		"CLOCKWORK_TIME="+m.Time.Format(time.RFC3339),
		"CLOCKWORK_URL="+m.URL,
	)
}
