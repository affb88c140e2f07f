package command

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// clean forgets what the environment of the test says.
func clean(t *testing.T) {
	t.Helper()
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, "CW_") || name == "XDG_STATE_HOME" {
			t.Setenv(name, "") // so that it comes back
			os.Unsetenv(name)
		}
	}
}

func TestServiceSettings(t *testing.T) {
	defaults := serviceSettings{Port: 8765, CheckInterval: 30 * time.Second, MaxAttempts: 3, StateDir: "/state"}
	with := func(edit func(*serviceSettings)) serviceSettings {
		s := defaults
		edit(&s)
		return s
	}
	for _, c := range []struct {
		name, value string
		want        serviceSettings
		problem     string // what the error must say
	}{
		{"", "", defaults, ""},
		{"CW_SERVICE_PORT", "1", with(func(s *serviceSettings) { s.Port = 1 }), ""},
		{"CW_SERVICE_PORT", "65535", with(func(s *serviceSettings) { s.Port = 65535 }), ""},
		{"CW_SERVICE_PORT", "", defaults, ""},
		{"CW_SERVICE_PORT", "65536", defaults, `CW_SERVICE_PORT is "65536". Set it to a whole number from 1 to 65535.`},
		{"CW_SERVICE_PORT", "0", defaults, `CW_SERVICE_PORT is "0"`},
		{"CW_SERVICE_PORT", "http", defaults, `CW_SERVICE_PORT is "http"`},
		{"CW_SERVICE_CHECK_INTERVAL_DEFAULT", "5", with(func(s *serviceSettings) { s.CheckInterval = 5 * time.Second }), ""},
		{"CW_SERVICE_CHECK_INTERVAL_DEFAULT", "30s", defaults, `CW_SERVICE_CHECK_INTERVAL_DEFAULT is "30s"`},
		{"CW_SERVICE_CHECK_INTERVAL_DEFAULT", "-1", defaults, `CW_SERVICE_CHECK_INTERVAL_DEFAULT is "-1"`},
		{"CW_SERVICE_CHECK_INTERVAL_DEFAULT", "99999999999999999999", defaults, `CW_SERVICE_CHECK_INTERVAL_DEFAULT is`},
		{"CW_SERVICE_MAX_REMEDIATION_ATTEMPTS", "100", with(func(s *serviceSettings) { s.MaxAttempts = 100 }), ""},
		{"CW_SERVICE_MAX_REMEDIATION_ATTEMPTS", "101", defaults, `CW_SERVICE_MAX_REMEDIATION_ATTEMPTS is "101". Set it to a whole number from 1 to 100.`},
		{"CW_STATE_DIR", "/a/../b/", with(func(s *serviceSettings) { s.StateDir = "/b" }), ""},
		{"CW_STATE_DIR", "here", with(func(s *serviceSettings) { s.StateDir = "" }), `CW_STATE_DIR is "here". Set it to an absolute path.`},
	} {
		for _, from := range []string{"environment", ".env"} {
			t.Run(c.name+"="+c.value+" in "+from, func(t *testing.T) {
				clean(t)
				s := settings{"CW_STATE_DIR": "/state"}
				if from == ".env" {
					s[c.name] = c.value
				} else if c.name != "" {
					t.Setenv(c.name, c.value)
				}
				got, ds := s.service()
				if got != c.want {
					t.Errorf("got %+v, want %+v", got, c.want)
				}
				if c.problem == "" && len(ds) > 0 || c.problem != "" && (len(ds) != 1 || !strings.Contains(ds[0].Detail, c.problem)) {
					t.Errorf("says %v", ds)
				}
			})
		}
	}
}

func TestStateDir(t *testing.T) {
	home := func() (string, error) { return "/home/me", nil }
	homeless := func() (string, error) { return "", errors.New("no home") }
	for name, c := range map[string]struct {
		root bool
		xdg  string
		home func() (string, error)
		want string
	}{
		"root":                  {true, "/x", home, "/var/lib/clockwork"},
		"user":                  {false, "", home, "/home/me/.local/state/clockwork"},
		"XDG":                   {false, "/x", homeless, "/x/clockwork"},
		"XDG that is no folder": {false, "x", home, "/home/me/.local/state/clockwork"},
		"no home":               {false, "", homeless, ""},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			if c.xdg != "" {
				t.Setenv("XDG_STATE_HOME", c.xdg)
			}
			got, ds := settings(nil).stateDir(c.root, c.home)
			if got != c.want || ds.HasErrors() != (c.want == "") {
				t.Errorf("%q, %v", got, ds)
			}
		})
	}
}

func TestLogLevel(t *testing.T) {
	for text, want := range map[string]string{"": "INFO", "debug": "DEBUG", "WARN": "WARN", "loud": "INFO"} {
		clean(t)
		level, set, ds := settings{"CW_LOG_LEVEL": text}.logLevel()
		bad := text == "loud"
		if level.String() != want || set != (text != "" && !bad) || ds.HasErrors() != bad {
			t.Errorf("%q: %s, %v, %v", text, level, set, ds)
		}
		if bad && !strings.Contains(ds[0].Detail, `CW_LOG_LEVEL is "loud"`) {
			t.Error(ds)
		}
	}
}
