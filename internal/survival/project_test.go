//go:build linux

package survival

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binary is Clockwork built with the tag "failpoint".
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if raceDetector {
		// It would find nothing: what these tests run is not built with it.
		fmt.Println("these tests are left out under the race detector, as they run the program and it is built without")
		return 0
	}
	dir, err := os.MkdirTemp("", "clockwork-survival")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "clockwork")
	cmd := exec.Command("go", "build", "-tags", "failpoint", "-o", binary, "../..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// project is a folder with a project of files, all in out/.
type project struct {
	testing.TB
	dir string
}

func newProject(t testing.TB, dir string) *project {
	t.Helper()
	return &project{t, dir}
}

// want makes the configuration ask for n files that hold content.
func (p *project) want(n int, content string) {
	p.Helper()
	src := fmt.Sprintf(`
resource "directory" "out" { path = "out" }

resource "file" "f" {
  count   = %d
  path    = "${directory.out.path}/f${count.index}"
  content = "%s ${count.index}\n"
}

resource "file" "last" {
  path    = "out/last"
  content = join(",", [for f in file.f : f.sha256])
}
`, n, content)
	if n == 0 {
		src = "locals {}\n"
	}
	if err := os.WriteFile(filepath.Join(p.dir, "main.cw.hcl"), []byte(src), 0o600); err != nil {
		p.Fatal(err)
	}
}

type result struct {
	code   int // -1 when killed
	output string
}

// says tells whether the output holds a text, however its lines are broken.
func (r result) says(text string) bool {
	words := strings.Fields(strings.ReplaceAll(r.output, "│", " "))
	return strings.Contains(strings.Join(words, " "), text)
}

// clockwork runs a command to its end.
func (p *project) clockwork(env string, args ...string) result {
	p.Helper()
	cmd, out := p.command(env, args...)
	if err := cmd.Start(); err != nil {
		p.Fatal(err)
	}
	return p.wait(cmd, out)
}

func (p *project) command(env string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	p.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "GOCOVERDIR=")
	if env != "" {
		cmd.Env = append(cmd.Env, env)
	}
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	// A killed Clockwork may leave its provider a moment longer, which holds
	// the pipe open.
	cmd.WaitDelay = 5 * time.Second
	return cmd, out
}

func (p *project) wait(cmd *exec.Cmd, out *bytes.Buffer) result {
	p.Helper()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		p.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return result{cmd.ProcessState.ExitCode(), out.String()}
}

func killed(cmd *exec.Cmd) bool {
	ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && ws.Signaled() && ws.Signal() == syscall.SIGKILL
}

// converges runs apply again and checks that world, state and configuration
// agree.
func (p *project) converges(n int, content string) {
	p.Helper()
	if r := p.clockwork("", "apply", "-auto-approve"); r.code != 0 {
		p.Fatalf("apply after the accident: exit code %d\n%s", r.code, r.output)
	}
	p.agree(n, content)
}

func (p *project) agree(n int, content string) {
	p.Helper()
	if r := p.clockwork("", "plan", "-detailed-exitcode"); r.code != 0 {
		p.Errorf("plan after that: exit code %d\n%s", r.code, r.output)
	}
	entries, err := os.ReadDir(filepath.Join(p.dir, "out"))
	if n == 0 {
		if !errors.Is(err, os.ErrNotExist) {
			p.Errorf("out is still there: %v", entries)
		}
		return
	}
	if err != nil {
		p.Fatal(err)
	}
	if len(entries) != n+1 {
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		p.Errorf("%d files instead of %d: %v", len(entries), n+1, names)
	}
	for i := range n {
		raw, err := os.ReadFile(filepath.Join(p.dir, "out", fmt.Sprintf("f%d", i)))
		if want := fmt.Sprintf("%s %d\n", content, i); err != nil || string(raw) != want {
			p.Errorf("f%d holds %q (%v), not %q", i, raw, err, want)
		}
	}
	r := p.clockwork("", "state", "list")
	if lines := strings.Count(r.output, "\n"); lines != n+2 {
		p.Errorf("state holds %d objects instead of %d:\n%s", lines, n+2, r.output)
	}
}
