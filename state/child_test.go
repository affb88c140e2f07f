package state

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// childVariable names what this binary is to do instead of the tests.
const childVariable = "STATE_TEST_CHILD"

func TestMain(m *testing.M) {
	mode, dir, _ := strings.Cut(os.Getenv(childVariable), ":")
	if mode == "" {
		os.Exit(m.Run())
	}
	run := map[string]func(dir string) error{"hold": holdLock, "work": work, "readonly": readOnly, "fill": fill}[mode]
	if err := run(dir); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// child is this test binary, running one of the modes.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *bufio.Scanner
}

func startChild(t *testing.T, mode, dir string, env ...string) *child {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), childVariable+"="+mode+":"+dir), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return &child{cmd, in, bufio.NewScanner(out)}
}

// line returns the next line that the child says, or "" at its end.
func (c *child) line() string {
	if !c.out.Scan() {
		return ""
	}
	return c.out.Text()
}

// kill kills the child, and returns what it had still said.
func (c *child) kill() (lines []string) {
	c.cmd.Process.Kill()
	for c.out.Scan() {
		lines = append(lines, c.out.Text())
	}
	c.cmd.Wait()
	return lines
}

// holdLock holds the lock until the end of its input, and does not unlock.
func holdLock(dir string) error {
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	if err := s.Lock(context.Background(), "apply", 0); err != nil {
		return err
	}
	fmt.Println("locked")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// work records steps until it is killed, and says what it has done: "begun N"
// and "done N" come after the call returned.
func work(dir string) error {
	ctx := context.Background()
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	if err := s.Lock(ctx, "apply", 0); err != nil {
		return err
	}
	for _, in := range s.Pending() {
		if err := s.Commit(result(in.ID, in.Key.Instance.Name, "recovered")); err != nil {
			return err
		}
	}
	start := len(s.State().Objects)
	for n := start; n < start+200; n++ {
		id := fmt.Sprint(n)
		if err := s.Begin(ctx, create(id, id)); err != nil {
			return err
		}
		fmt.Println("begun", n)
		if err := s.Commit(result(id, id, "1")); err != nil {
			return err
		}
		fmt.Println("done", n)
		if n%5 == 4 {
			if err := s.Sync(); err != nil {
				return err
			}
		}
		if n%10 == 9 {
			// One is always under way.
			if err := errors.Join(s.Begin(ctx, create("under way", "x")), s.Checkpoint(), s.Commit(Change{Intent: "under way"}), s.Checkpoint()); err != nil {
				return err
			}
		}
	}
	return nil
}
