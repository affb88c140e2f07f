package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/journal"
	"github.com/clockwork-hcl/clockwork/monitor/control"
)

const (
	// startFor is how long the service may take to answer, stopFor how long to
	// finish what it is doing.
	startFor = 30 * time.Second
	stopFor  = 60 * time.Second
	// firstWords is the file that holds what the service printed, and did not
	// log: why it could not start, or how it crashed.
	firstWords = "service.err"
)

// ServiceStart is `clockwork service start`.
func ServiceStart(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "service start",
		synopsis: "Start the service",
		about: `
Starts the monitor in the background and returns when it can be reached. Where
clockwork service install has written a unit, systemd starts it; otherwise it is
a process of its own, which does not survive a restart of the machine.

Its log is service.log in the folder that CW_STATE_DIR names.`,
		run: func(ctx context.Context, _ []string) int {
			set, service, ds := env.serviceHere()
			if ds.HasErrors() {
				return env.fail(ds)
			}
			if s, err := statusOf(ctx, service.StateDir); err == nil && s.Running {
				env.term().Print(fmt.Sprintf("The service is running already, as process %d.\n", s.PID))
				return env.done()
			}
			return env.started(ctx, set, service.StateDir)
		},
	}
}

// ServiceStop is `clockwork service stop`.
func ServiceStop(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "service stop",
		synopsis: "Stop the service",
		about: `
Lets the service finish the step under way, and stops it. What is registered stays
registered, and is watched over again when the service is started.`,
		run: func(ctx context.Context, _ []string) int {
			_, service, ds := env.serviceHere()
			if ds.HasErrors() {
				return env.fail(ds)
			}
			was, err := stopService(ctx, service.StateDir)
			switch {
			case err != nil:
				return env.fail(diag.FromError("Cannot stop the service", err))
			case was:
				env.term().Print("The service has stopped.\n")
			default:
				env.term().Print("The service was not running.\n")
			}
			return env.done()
		},
	}
}

// ServiceRestart is `clockwork service restart`.
func ServiceRestart(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "service restart",
		synopsis: "Stop the service and start it again",
		about: `
Stops the service if it runs, and starts it: with the program that is there now,
and the settings of now. Incidents go on where they were.`,
		run: func(ctx context.Context, _ []string) int {
			set, service, ds := env.serviceHere()
			if ds.HasErrors() {
				return env.fail(ds)
			}
			if _, err := stopService(ctx, service.StateDir); err != nil {
				return env.fail(diag.FromError("Cannot stop the service", err))
			}
			return env.started(ctx, set, service.StateDir)
		},
	}
}

// started starts the service and says how that went.
func (e *Env) started(ctx context.Context, set settings, stateDir string) int {
	ctx, cancel := context.WithTimeout(ctx, startFor)
	defer cancel()
	pid, err := startService(ctx, set, stateDir)
	if err != nil {
		return e.fail(diag.FromError("Cannot start the service", err))
	}
	e.term().Print(fmt.Sprintf("The service is running, as process %d.\n", pid))
	return e.done()
}

// startService starts the service, and returns its process when it answers.
func startService(ctx context.Context, set settings, stateDir string) (int, error) {
	if err := awaitFree(ctx, stateDir); err != nil {
		return 0, err
	}
	if unit, args := installedUnit(); unit != "" {
		out, err := exec.CommandContext(ctx, "systemctl", append(args, "start", unitName)...).CombinedOutput()
		if err != nil {
			return 0, fmt.Errorf("systemd could not start %s: %w: %s", unit, err, strings.TrimSpace(string(out)))
		}
		return awaitAnswer(ctx, stateDir, nil, "")
	}
	program, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find this program: %w", err)
	}
	if err := journal.MakeDir(stateDir); err != nil {
		return 0, fmt.Errorf("make the service's folder: %w", err)
	}
	words := filepath.Join(stateDir, firstWords)
	out, err := os.OpenFile(words, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fmt.Errorf("make the service's log: %w", err)
	}
	defer out.Close()
	// It outlives this command, so no context may end it.
	c := exec.Command(program, "monitor", "-service")
	c.Dir, c.Stdout, c.Stderr, c.SysProcAttr = stateDir, out, out, detached()
	c.Env = os.Environ()
	for name, value := range set {
		if _, wins := os.LookupEnv(name); !wins {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	c.Env = append(c.Env, settingStateDir+"="+stateDir)
	if err := c.Start(); err != nil {
		return 0, fmt.Errorf("start the service's process: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	return awaitAnswer(ctx, stateDir, ended, words)
}

// awaitAnswer waits until the service answers, or has ended.
func awaitAnswer(ctx context.Context, stateDir string, ended <-chan error, words string) (int, error) {
	for {
		answer, err := control.Call(ctx, stateDir, control.Request{Do: control.Status})
		if err == nil && answer.Service != nil {
			return answer.Service.PID, nil
		}
		select {
		case <-ended:
			said, _ := os.ReadFile(words) // what can be found out
			return 0, fmt.Errorf("it ended at once, and said: %s", strings.Join(strings.FieldsFunc(string(said), isFrame), " "))
		case <-ctx.Done():
			return 0, fmt.Errorf("it does not answer; %s says why", filepath.Join(stateDir, serviceLogName))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// isFrame tells what lies between the words of a diagnostic.
func isFrame(r rune) bool { return strings.ContainsRune(" \n│╷╵", r) }

// stopService stops the service if it runs, and waits until it has ended.
func stopService(ctx context.Context, stateDir string) (was bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, stopFor)
	defer cancel()
	_, err = control.Call(ctx, stateDir, control.Request{Do: control.Stop})
	if err != nil && !errors.Is(err, control.ErrNotRunning) {
		return false, err
	}
	return err == nil, awaitFree(ctx, stateDir)
}

// awaitFree waits until no monitor uses the service's folder.
func awaitFree(ctx context.Context, stateDir string) error {
	path := filepath.Join(stateDir, "incidents", "lock")
	if _, err := os.Stat(path); err != nil {
		return nil // none ever did
	}
	for {
		held, err := journal.Lock(path)
		if err == nil {
			return held.Close()
		}
		if !errors.Is(err, journal.ErrLocked) {
			return fmt.Errorf("find out whether a monitor is running: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("a monitor that cannot be reached still uses %s: stop it, or wait until it has finished", stateDir)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
