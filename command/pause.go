package command

import (
	"context"
	"os"
	"time"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor/control"
)

// Pause is `clockwork pause`.
func Pause(env *Env) cli.Command {
	var length time.Duration
	var reason string
	c := &base{
		env:      env,
		name:     "pause",
		usage:    "[options] [ADDRESS]",
		synopsis: "Have the monitor heal nothing for a while",
		about: `
Has the monitor heal nothing in the project in this folder, or only not what the
address names. Checks still run, and what fails is an incident, which is on hold
until the pause is over. A pause survives a restart of the monitor.`,
		examples: []example{
			{"clockwork pause -for=2h -reason='new disks'", "While one works on it"},
			{"clockwork pause docker_container.web", "One resource, until clockwork resume"},
		},
		most: 1,
	}
	c.options.Duration(&length, "for", "TIME", "End the pause after this long, such as 2h. By default clockwork resume ends it.")
	c.options.String(&reason, "reason", "TEXT", "Say why, for those who look at what is on hold.")
	c.run = func(ctx context.Context, words []string) int {
		req, ds := aboutHere(control.Pause, words)
		if ds.HasErrors() {
			return env.fail(ds)
		}
		req.For, req.Reason = length, reason
		if _, ds := env.askService(ctx, req); ds.HasErrors() {
			return env.fail(ds)
		}
		text := "Nothing is healed in this project"
		if req.Address != "" {
			text = req.Address + " is not healed"
		}
		if length > 0 {
			text += " until " + when(time.Now().Add(length))
		} else {
			text += " until clockwork resume"
		}
		env.term().Print(text + ".\n")
		return env.done()
	}
	return c
}

// Resume is `clockwork resume`.
func Resume(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "resume",
		usage:    "[ADDRESS]",
		synopsis: "End a pause of the monitor",
		about: `
Ends the pause of the project in this folder, or of what the address names; it is
the one that clockwork pause was given. What still fails then is healed.`,
		most: 1,
		run: func(ctx context.Context, words []string) int {
			req, ds := aboutHere(control.Resume, words)
			if ds.HasErrors() {
				return env.fail(ds)
			}
			answer, ds := env.askService(ctx, req)
			switch {
			case ds.HasErrors():
				return env.fail(ds)
			case answer.Changed:
				env.term().Print("The pause is over.\n")
			case req.Address != "":
				env.term().Print("There is no pause of " + req.Address + ".\n")
			default:
				env.term().Print("There is no pause of this project. Name the address if there is one of that only.\n")
			}
			return env.done()
		},
	}
}

// aboutHere is a request about the project in this folder.
func aboutHere(do control.Verb, words []string) (control.Request, diag.Diagnostics) {
	dir, err := os.Getwd()
	if err != nil {
		return control.Request{}, diag.FromError("Cannot find the working directory", err)
	}
	req := control.Request{Do: do, Dir: dir}
	if len(words) == 1 {
		t, err := addr.ParseTarget(words[0])
		if err != nil {
			return control.Request{}, invalidAddress(err)
		}
		req.Address = t.String()
	}
	return req, nil
}
