package applecontainer

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

type diagnostics = diag.Diagnostics

// about is an error about one attribute. No detail may hold the value of an
// environment variable.
func about(attribute, summary, detail string, args ...any) diagnostics {
	return at(cty.GetAttrPath(attribute), summary, detail, args...)
}

// at is an error about a path.
func at(path cty.Path, summary, detail string, args ...any) diagnostics {
	ds := diag.Errorf(summary, detail, args...)
	ds[0].Path = path
	return ds
}

// unsupported says that there is no such command on this system, and there
// cannot be; nil where there can.
func (c *cli) unsupported() diagnostics {
	if c.command != "" || c.later || c.goos == "darwin" {
		return nil
	}
	system, ok := map[string]string{"linux": "Linux", "windows": "Windows"}[c.goos]
	if !ok {
		system = c.goos
	}
	return diag.Errorf("Apple's container runs on macOS only",
		"This system is %s, which has no such command. Describe the container as a docker_container, or run Clockwork on a Mac.", system)
}

// failure says that doing something with the command did not work, and finds
// out whether that is because its service does not run. doing begins a
// sentence ("Starting the container").
func (c *cli) failure(ctx context.Context, summary, doing string, err error) diagnostics {
	var ended *endedError
	switch {
	case ctx.Err() != nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return diag.Errorf("Interrupted", "%s was interrupted. Run the command again.", doing)
	case isMissing(err):
		return c.missing()
	case errors.As(err, &ended) && !c.serviceRuns(ctx):
		return c.asleep()
	}
	return diag.Errorf(summary, "%s failed: %s. Correct this, then try again.", doing, reason(err))
}

// isMissing tells whether a command could not even be found.
func isMissing(err error) bool {
	return errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist)
}

func (c *cli) missing() diagnostics {
	if c.command != "" {
		return diag.Errorf("Command not found",
			"The provider's command is %q, which cannot be found. Correct it, or leave it out: then it is Apple's container on PATH.", c.command)
	}
	return diag.Errorf("Apple's container is not installed",
		"There is no container command on PATH. Install it from https://github.com/apple/container/releases, then run `container system start`.")
}

func (c *cli) asleep() diagnostics {
	return diag.Errorf("Apple's container system is not running",
		"The container command is there, but its service does not answer. Start it with `container system start`, then try again.")
}

// reason is what an error says, in one line.
func reason(err error) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "\uFFFD")), " ")
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return strings.TrimRight(text, ".")
}

// maxReason is how many bytes of what a command said are passed on.
const maxReason = 600

func interrupted(action providers.Action) diagnostics {
	return diag.Errorf("Interrupted", "The %s was interrupted before it changed anything. Apply again.", action)
}
