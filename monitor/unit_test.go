package monitor

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// score has systemd judge a unit: 0 is confined best, 10 not at all.
func score(t *testing.T, unit string) float64 {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("there is no systemd-analyze; .ci/install-test-deps installs it where there is apt-get")
	}
	path := filepath.Join(t.TempDir(), "clockwork.service")
	if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", path)
	var problems bytes.Buffer
	c.Stderr = &problems
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	if problems.Len() > 0 {
		t.Errorf("systemd says: %s", problems.String())
	}
	found := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+) `).FindSubmatch(out)
	if found == nil {
		t.Fatalf("there is no score in %s", out)
	}
	n, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUnitIsConfined(t *testing.T) {
	program, err := os.Executable() // systemd wants it to exist
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, dir string
		user      bool
		most      float64
	}{
		{"system", "/var/lib/clockwork", false, 2.0},
		{"system elsewhere", "/srv/state", false, 2.0},
		{"user", "/home/ada/.local/state/clockwork", true, 3.0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			unit, err := Unit(program, test.dir, test.user)
			if err != nil {
				t.Fatal(err)
			}
			if got := score(t, unit); got > test.most {
				t.Errorf("the score is %.1f, more than %.1f", got, test.most)
			}
		})
	}
	if unconfined := score(t, "[Service]\nExecStart="+program+"\n"); unconfined < 9 {
		t.Errorf("a unit without any hardening gets %.1f", unconfined)
	}
}

func TestUnit(t *testing.T) {
	system, err := Unit("/opt/my tools/clock%work", "/var/lib/clockwork", false)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := Unit("/usr/bin/clockwork", "/data/100%", false)
	if err != nil {
		t.Fatal(err)
	}
	user, err := Unit("/usr/bin/clockwork", "/home/ada/state", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		unit, line string
		has        bool
	}{
		{system, `ExecStart="/opt/my tools/clock%%work" monitor -service`, true},
		{system, "StateDirectory=clockwork", true},
		{system, "WatchdogSec=60", true},
		{elsewhere, "StateDirectory=clockwork", false},
		{elsewhere, `Environment="CW_STATE_DIR=/data/100%%"`, true},
		{elsewhere, `ReadWritePaths=-/srv -/opt "-/data/100%%"`, true},
		{system, "LoadCredential=clockwork.api-key:/etc/credstore/clockwork.api-key", true},
		{user, "LoadCredential=clockwork.api-key:%E/credstore/clockwork.api-key", true},
		{user, `SetCredential=clockwork.api-key:\x20`, true},
		{system, "ProtectControlGroups=yes", true},
		{user, "ProtectControlGroups=yes", false},
		{user, "ProtectHome=no", true},
		{user, "ProtectHome=yes", false},
		{user, "WantedBy=default.target", true},
		{user, "PrivateUsers=yes", true},
		{user, "CapabilityBoundingSet=", true},
	} {
		if got := strings.Contains("\n"+test.unit, "\n"+test.line+"\n"); got != test.has {
			t.Errorf("%s: %v\n%s", test.line, got, test.unit)
		}
	}
	if _, err := Unit("/a\nb", "/c", false); err == nil {
		t.Error("a line break is written into the unit")
	}
}
