//go:build failpoint

package state

import (
	"fmt"
	"os/exec"
	"syscall"
	"testing"
)

// TestKillAtEveryPoint is built with -tags failpoint.
func TestKillAtEveryPoint(t *testing.T) {
	for _, point := range []string{
		"intent-before-sync", "intent-after-sync", "result-before-append", "result-after-append", "result-before-sync", "result-after-sync",
		"snapshot-before-temp", "snapshot-after-temp", "snapshot-before-rename", "snapshot-after-rename", "journal-before-cut", "journal-after-cut",
	} {
		t.Run(point, func(t *testing.T) {
			dir := newDir(t)
			var said []string
			for n := range 6 {
				c := startChild(t, "work", dir, fmt.Sprintf("CW_FAILPOINT=%s:%d", point, n+1))
				for line := c.line(); line != ""; line = c.line() {
					said = append(said, line)
				}
				err, _ := c.cmd.Wait().(*exec.ExitError)
				if err == nil || err.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
					t.Fatalf("the worker was not killed: %v, it said %q", err, said)
				}
				checkKilled(t, dir, said)
			}
		})
	}
}
