//go:build linux

package survival

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An interrupted apply ends with 130, has recorded what it did, and the next
// one goes on from there.
func TestInterrupted(t *testing.T) {
	const n = 2000
	for _, tt := range []struct {
		name    string
		signals []syscall.Signal
	}{
		{"Ctrl-C", []syscall.Signal{syscall.SIGINT}},
		{"Ctrl-C twice", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}},
		{"SIGTERM", []syscall.Signal{syscall.SIGTERM}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newProject(t, t.TempDir())
			p.want(n, "x")
			cmd, out := p.command("", "apply", "-auto-approve")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			deadline := time.Now().Add(20 * time.Second)
			for !exists(filepath.Join(p.dir, "out", "f20")) && time.Now().Before(deadline) {
				time.Sleep(time.Millisecond)
			}
			for _, s := range tt.signals {
				_ = cmd.Process.Signal(s)
				time.Sleep(2 * time.Millisecond)
			}
			r := p.wait(cmd, out)
			if r.code != 130 {
				t.Fatalf("exit code %d\n%s", r.code, r.output)
			}
			p.converges(n, "x")
		})
	}
}

// Two applies at once: one says who holds the lock, or waits for it.
func TestTwoAtOnce(t *testing.T) {
	const n = 1500
	p := newProject(t, t.TempDir())
	p.want(n, "x")
	first, out := p.command("", "apply", "-auto-approve")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for !exists(filepath.Join(p.dir, "out", "f5")) && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	second := p.clockwork("", "apply", "-auto-approve")
	if second.code != 1 || !strings.Contains(second.output, fmt.Sprint(first.Process.Pid)) || !strings.Contains(second.output, "apply") {
		t.Errorf("the second: exit code %d\n%s", second.code, second.output)
	}
	third := p.clockwork("", "apply", "-auto-approve", "-lock-timeout=60s")
	if third.code != 0 {
		t.Errorf("the one that waits: exit code %d\n%s", third.code, third.output)
	}
	if r := p.wait(first, out); r.code != 0 {
		t.Errorf("the first: exit code %d\n%s", r.code, r.output)
	}
	p.agree(n, "x")

	// A lock's owner that is killed holds nothing.
	p.want(n, "y")
	owner, out := p.command("", "apply", "-auto-approve")
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	_ = owner.Process.Kill()
	p.wait(owner, out)
	p.converges(n, "y")
}
