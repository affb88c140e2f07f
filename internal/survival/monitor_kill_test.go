//go:build linux

package survival

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// linked is a project whose file must have no other name: only a file that is made
// anew mends that.
const linked = `
resource "file" "motd" {
  path    = "motd"
  content = "All is well.\n"
}
assert "command" "single" {
  target   = file.motd
  command  = ["sh", "-c", "test $(stat -c %h motd) = 1"]
  interval = "1s"
}
remediation "default" {
  ladder   = ["recreate"]
  attempts = 3
  backoff  = { initial = "100ms", factor = 1, max = "100ms" }
}
`

// A monitor that is killed at any step of a heal, which removes something and makes
// it again: the next one goes on, whatever is there, and nobody is told twice.
func TestMonitorKilledInAHeal(t *testing.T) {
	t.Parallel()
	for _, at := range []string{
		"intent-before-sync:1", "intent-after-sync:1", "provider-before-call:1", "provider-after-call:1", "result-after-append:1",
		"intent-after-sync:2", "provider-before-call:2", "provider-after-call:2", "result-after-append:2",
		"snapshot-before-rename:1", "snapshot-after-rename:1", "journal-after-cut:1",
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			p := apply(t, linked)
			state := t.TempDir()
			m := p.monitorWith(state, []string{"CW_FAILPOINT=" + at}, nil)
			m.until("it is healthy", func() bool { return m.is("healthy") })
			motd := filepath.Join(p.dir, "motd")
			if err := os.Link(motd, filepath.Join(p.dir, "other")); err != nil {
				t.Fatal(err)
			}
			m.dead()
			if !killed(m.cmd) {
				t.Fatalf("it was not killed, but ended with %v:\n%s", m.cmd.ProcessState, m.said)
			}
			m = p.monitorWith(state, nil, nil)
			m.until("it is healed", func() bool {
				all := m.incidents()
				return len(all) == 1 && strings.Contains(all[0], " healed: ") && m.is("healthy")
			})
			t.Logf("%q", m.incidents())
			m.end()
			info, err := os.Stat(motd)
			if err != nil || info.Sys().(*syscall.Stat_t).Nlink != 1 {
				t.Errorf("%v, with %v links", err, info)
			}
			if m.count("escalated") > 0 {
				t.Errorf("people are told:\n%s", m.said)
			}
			if r := p.clockwork("", "plan", "-detailed-exitcode"); r.code != 0 {
				t.Errorf("plan after that: exit code %d\n%s", r.code, r.output)
			}
			if r := p.clockwork(fmt.Sprintf("CW_STATE_DIR=%s", state), "incidents", "verify"); r.code != 0 {
				t.Errorf("the record: exit code %d\n%s", r.code, r.output)
			}
		})
	}
}
