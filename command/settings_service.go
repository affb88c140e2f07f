package command

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// serviceSettings are the settings of what monitors projects.
type serviceSettings struct {
	Port          int           // CW_SERVICE_PORT
	CheckInterval time.Duration // CW_SERVICE_CHECK_INTERVAL_DEFAULT: for types that have none
	MaxAttempts   int           // CW_SERVICE_MAX_REMEDIATION_ATTEMPTS: for policies that say nothing
	StateDir      string        // CW_STATE_DIR: where the service keeps its own files; absolute
}

const (
	defaultServicePort   = 8765
	defaultCheckSeconds  = 30
	maxServicePort       = 65535
	maxCheckSeconds      = 24 * 60 * 60
	systemStateDir       = "/var/lib/clockwork"
	userStateDir         = ".local/state"
	stateDirOfClockwork  = "clockwork"
	settingPort          = "CW_SERVICE_PORT"
	settingCheckInterval = "CW_SERVICE_CHECK_INTERVAL_DEFAULT"
	settingAttempts      = "CW_SERVICE_MAX_REMEDIATION_ATTEMPTS"
	settingStateDir      = "CW_STATE_DIR"
	settingLogLevel      = "CW_LOG_LEVEL"
	settingLogFormat     = "CW_LOG_FORMAT"
)

// service reads the settings of the service; diagnostics are errors that name
// the settings that are wrong.
func (s settings) service() (serviceSettings, diag.Diagnostics) {
	var out serviceSettings
	var diags, ds diag.Diagnostics
	out.Port, ds = s.number(settingPort, defaultServicePort, maxServicePort)
	diags = append(diags, ds...)
	seconds, ds := s.number(settingCheckInterval, defaultCheckSeconds, maxCheckSeconds)
	diags = append(diags, ds...)
	out.CheckInterval = time.Duration(seconds) * time.Second
	out.MaxAttempts, ds = s.number(settingAttempts, plan.DefaultAttempts, plan.MaxAttempts)
	diags = append(diags, ds...)
	out.StateDir, ds = s.stateDir(os.Getuid() == 0, os.UserHomeDir)
	return out, append(diags, ds...)
}

// number reads a setting that is a whole number from 1 up.
func (s settings) number(name string, otherwise, most int) (int, diag.Diagnostics) {
	text := s.get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return otherwise, diag.Errorf("Invalid setting", "%s is %q. Set it to a whole number from 1 to %d.", name, text, most)
	}
	return n, nil
}

// stateDir returns where the service keeps its files: for the system, or for
// one user.
func (s settings) stateDir(root bool, home func() (string, error)) (string, diag.Diagnostics) {
	if dir := s.get(settingStateDir); dir != "" {
		if !filepath.IsAbs(dir) {
			return "", diag.Errorf("Invalid setting", "%s is %q. Set it to an absolute path.", settingStateDir, dir)
		}
		return filepath.Clean(dir), nil
	}
	if root {
		return systemStateDir, nil
	}
	// By the standard, a path that is not absolute is as if it were not set.
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, stateDirOfClockwork), nil
	}
	dir, err := home()
	if err != nil {
		return "", diag.Errorf("No folder for the service", "Your home folder cannot be found: %v. Set %s to an absolute path.", err, settingStateDir)
	}
	return filepath.Join(dir, userStateDir, stateDirOfClockwork), nil
}

// logLevel reads how much is to be logged; false when nothing is said.
func (s settings) logLevel() (slog.Level, bool, diag.Diagnostics) {
	var level slog.Level
	text := s.get(settingLogLevel)
	if text == "" {
		return level, false, nil
	}
	if err := level.UnmarshalText([]byte(text)); err != nil {
		return level, false, diag.Errorf("Invalid setting", "%s is %q. Set it to debug, info, warn or error.", settingLogLevel, text)
	}
	return level, true, nil
}

// logHandler returns what makes handlers of the format that is asked for.
func (s settings) logHandler() (func(io.Writer, *slog.HandlerOptions) slog.Handler, diag.Diagnostics) {
	switch format := s.get(settingLogFormat); format {
	case "", "text":
		return func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(w, o) }, nil
	case "json":
		return func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) }, nil
	default:
		return nil, diag.Errorf("Invalid setting", "%s is %q. Set it to text or json.", settingLogFormat, format)
	}
}
