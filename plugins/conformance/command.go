package conformance

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/clockwork-hcl/clockwork/diag"
)

// commandTime is how long a command of a case may take.
const commandTime = 2 * time.Minute

// command is what stands in for a hand: a program and its arguments, or a line
// for sh.
type command struct {
	name string
	args []string
	dir  string
}

// commandOf evaluates the expression of a command.
func commandOf(name string, expr hclsyntax.Expression, ctx *hcl.EvalContext, dir string) (*command, diag.Diagnostics) {
	v, hdiags := expr.Value(ctx)
	if hdiags.HasErrors() {
		return nil, diag.FromHCL(hdiags)
	}
	if v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
		return &command{name, []string{"sh", "-c", v.AsString()}, dir}, nil
	}
	list, err := convert.Convert(v, cty.List(cty.String))
	if err != nil || list.IsNull() || !list.IsWhollyKnown() || list.LengthInt() == 0 {
		return nil, diag.At(expr.Range(), "Not a command",
			`A command is a text for sh, such as "rm file", or a list of a program and its arguments, such as ["rm", "file"].`)
	}
	c := &command{name: name, dir: dir}
	for _, e := range list.AsValueSlice() {
		if e.IsNull() {
			return nil, diag.At(expr.Range(), "Not a command", "An argument of a command is null. Remove it.")
		}
		c.args = append(c.args, e.AsString())
	}
	return c, nil
}

// run runs the command and returns its output and its exit code. It fails the
// test when the command could not be run at all.
func (c *command) run(t testing.TB) (output string, code int) {
	t.Helper()
	// Also after the test's own time is over, as clean-up is.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Dir = c.dir
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		t.Fatalf("the case's command %q cannot be run: %v\n%s", c.name, errors.Join(err, context.Cause(ctx)), out)
	}
	return strings.TrimSpace(string(out)), cmd.ProcessState.ExitCode()
}

// do runs a command that must work, and returns its output.
func (c *command) do(t testing.TB) string {
	t.Helper()
	out, code := c.run(t)
	if code != 0 {
		t.Fatalf("the case's command %q ended with %d: %s\n%s", c.name, code, c, out)
	}
	return out
}

// holds runs a command that answers a question: 0 is yes, 1 is no.
func (c *command) holds(t testing.TB) bool {
	t.Helper()
	out, code := c.run(t)
	if code > 1 || code < 0 {
		t.Fatalf("the case's command %q ended with %d, where 0 is yes and 1 is no: %s\n%s", c.name, code, c, out)
	}
	return code == 0
}

func (c *command) String() string {
	if len(c.args) == 3 && c.args[0] == "sh" && c.args[1] == "-c" {
		return c.args[2]
	}
	return fmt.Sprintf("%q", c.args)
}
