package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor/control"
	"github.com/clockwork-hcl/clockwork/monitor/registry"
)

// Service is `clockwork service`, which only groups others.
func Service(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "service",
		usage:    "COMMAND [options]",
		synopsis: "Run the monitor in the background",
		about: `
The service is a monitor in the background, which watches over all registered
projects. A project is registered by clockwork apply while the service runs, and
no longer after clockwork destroy.`,
		most: anyNumber,
		run: func(_ context.Context, words []string) int {
			if len(words) == 0 {
				return cli.RunResultHelp
			}
			return env.fail(diag.Errorf("Unknown command", "clockwork service has no command %q.%s Run clockwork service -help to see all of them.",
				words[0], diag.DidYouMean(words[0], []string{"start", "stop", "restart", "status", "logs", "install"})))
		},
	}
}

// serviceHere reads the settings of the service.
func (e *Env) serviceHere() (settings, serviceSettings, diag.Diagnostics) {
	set, err := readSettings(".")
	if err != nil {
		return nil, serviceSettings{}, diag.FromError("Cannot read settings", err)
	}
	service, ds := set.service()
	return set, service, ds
}

// notRunning is the error of a command that needs the service.
func notRunning() diag.Diagnostics {
	return diag.Errorf("The service is not running", "Start it with clockwork service start.")
}

// askService sends a request that needs the service.
func (e *Env) askService(ctx context.Context, req control.Request) (control.Answer, diag.Diagnostics) {
	_, service, ds := e.serviceHere()
	if ds.HasErrors() {
		return control.Answer{}, ds
	}
	answer, err := control.Call(ctx, service.StateDir, req)
	if errors.Is(err, control.ErrNotRunning) {
		return answer, notRunning()
	}
	return answer, diag.FromError("The service did not do it", err)
}

// ServiceStatus is `clockwork service status`.
func ServiceStatus(env *Env) cli.Command {
	var asJSON bool
	c := &base{
		env:      env,
		name:     "service status",
		usage:    "[options]",
		synopsis: "Say whether the service runs, and how all is",
		about: `
Says whether the service runs, which projects are registered, and how many
things in each are healthy, unhealthy or unknown. If it does not run, the exit
code is 1.`,
		examples: []example{
			{"clockwork service status", "How all is"},
			{"clockwork service status -json", "For a program"},
		},
	}
	c.options.Bool(&asJSON, "json", "Print JSON, for programs to read.")
	c.run = func(ctx context.Context, _ []string) int {
		_, service, ds := env.serviceHere()
		if ds.HasErrors() {
			return env.fail(ds)
		}
		s, err := statusOf(ctx, service.StateDir)
		if err != nil {
			return env.fail(diag.FromError("Cannot find out how the service is", err))
		}
		if asJSON {
			out, err := json.MarshalIndent(s, "", "  ")
			if err != nil {
				return env.fail(diag.FromError("Cannot print how the service is", err))
			}
			env.term().Print(string(out) + "\n")
		} else {
			env.term().Print(s.text(time.Now()))
		}
		if !s.Running {
			return exitError
		}
		return env.done()
	}
	return c
}

// serviceStatus is what the command prints with -json.
type serviceStatus struct {
	Running bool   `json:"running"`
	Status  string `json:"status"` // "running" or "stopped"
	control.Description
}

func statusOf(ctx context.Context, stateDir string) (serviceStatus, error) {
	answer, err := control.Call(ctx, stateDir, control.Request{Do: control.Status})
	switch {
	case errors.Is(err, control.ErrNotRunning):
		s := serviceStatus{Status: "stopped"}
		s.Projects = []control.Project{}
		content, err := registry.In(stateDir).Read()
		for _, p := range content.Projects {
			s.Projects = append(s.Projects, control.Project{Dir: p.Dir, Registered: true})
		}
		return s, err
	case err != nil:
		return serviceStatus{}, err
	case answer.Service == nil:
		return serviceStatus{}, errors.New("it answered with nothing")
	}
	s := serviceStatus{Running: true, Status: "running", Description: *answer.Service}
	if s.Projects == nil {
		s.Projects = []control.Project{}
	}
	return s, nil
}

func (s serviceStatus) text(now time.Time) string {
	var w strings.Builder
	if s.Running {
		fmt.Fprintf(&w, "The service is running: process %d, since %s, version %s", s.PID, when(s.Started), printable(s.Version))
		switch {
		case s.URL != "" && s.URL != fmt.Sprintf("http://127.0.0.1:%d", s.Port):
			fmt.Fprintf(&w, ", at %s", printable(s.URL))
		case s.Port > 0:
			fmt.Fprintf(&w, ", port %d", s.Port)
		}
		w.WriteString(".\n")
	} else {
		w.WriteString("The service is not running. Start it with clockwork service start.\n")
	}
	if len(s.Projects) == 0 {
		w.WriteString("No project is registered: clockwork apply registers one while the service runs.\n")
		return w.String()
	}
	wide := 0
	for _, p := range s.Projects {
		wide = max(wide, len(printable(p.Dir)))
	}
	for _, p := range s.Projects {
		line := "registered"
		switch {
		case len(p.Problems) > 0:
			line = "cannot be monitored: " + printable(strings.Join(p.Problems, "; "))
		case s.Running:
			line = fmt.Sprintf("%d healthy, %d unhealthy, %d unknown", p.Healthy, p.Unhealthy, p.Unknown)
		}
		if s.Running && !p.Registered {
			line += " (not registered)"
		}
		fmt.Fprintf(&w, "  %-*s  %s\n", wide, printable(p.Dir), line)
		if p.Paused != "" {
			fmt.Fprintf(&w, "  %-*s  %s\n", wide, "", printable(p.Paused))
		}
		for _, address := range p.Flapping {
			fmt.Fprintf(&w, "  %-*s  flapping: %s\n", wide, "", printable(address))
		}
		for _, address := range p.Pauses {
			fmt.Fprintf(&w, "  %-*s  paused: %s\n", wide, "", printable(address))
		}
		for _, proposed := range s.Proposals {
			if proposed.Dir == p.Dir {
				fmt.Fprintf(&w, "  %-*s  waits for an approval: %s: %s\n", wide, "", printable(proposed.Incident), printable(proposed.Plan))
			}
		}
	}
	return w.String()
}
