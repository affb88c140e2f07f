package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor/control"
)

// Approve is `clockwork approve`.
func Approve(env *Env) cli.Command {
	var sure bool
	c := &base{
		env:      env,
		name:     "approve",
		usage:    "[options] ID",
		synopsis: "Let the monitor do what it proposes",
		about: `
Shows the plan that the monitor proposes for an incident of a resource whose
remediation policy has the mode "approve", asks, and has it carried out. The
beginning of an ID will do if it is that of one incident only.

What is approved is that plan. The monitor makes it once more, and if it is
another one then, that has to be approved anew.`,
		examples: []example{
			{"clockwork service status", "See what waits for an approval"},
			{"clockwork approve 20261125-1734-33ek", "Decide on it"},
		},
		least: 1,
		most:  1,
	}
	c.options.Bool(&sure, "auto-approve", "Do not ask.")
	c.run = func(ctx context.Context, words []string) int { return env.decide(ctx, control.Approve, words[0], sure) }
	return c
}

// Reject is `clockwork reject`.
func Reject(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "reject",
		usage:    "ID",
		synopsis: "Have the monitor not do what it proposes",
		about: `
Rejects the plan that the monitor proposes for an incident. Nothing more is tried
until what fails is well again.`,
		least: 1,
		most:  1,
		run: func(ctx context.Context, words []string) int {
			return env.decide(ctx, control.Reject, words[0], true)
		},
	}
}

func (e *Env) decide(ctx context.Context, do control.Verb, id string, sure bool) int {
	answer, ds := e.askService(ctx, control.Request{Do: control.Status})
	if ds.HasErrors() {
		return e.fail(ds)
	}
	var found []control.Proposal
	if answer.Service != nil {
		for _, p := range answer.Service.Proposals {
			if strings.HasPrefix(p.Incident, id) {
				found = append(found, p)
			}
		}
	}
	switch len(found) {
	case 0:
		return e.fail(diag.Errorf("Nothing to decide", "No incident whose ID begins with %q waits for an approval. Run clockwork service status to see what does.", id))
	case 1:
	default:
		return e.fail(diag.Errorf("Several incidents", "There are %d incidents whose IDs begin with %q. Write more of the one that you mean.", len(found), id))
	}
	p := found[0]
	e.term().Print(fmt.Sprintf("%s in %s, by %s: %s\n", printable(p.Target), printable(p.Dir), printable(p.Rung), printable(p.Plan)))
	if !sure {
		ask := prompter{in: e.Stdin, out: e.Streams.Stdout}
		said, err := ask.ask(ctx, "Do it? Only yes will do it: ", false)
		if err != nil && !errors.Is(err, errNoAnswer) {
			return e.fail(diag.FromError("Cannot ask", err))
		}
		if said != "yes" {
			return e.fail(diag.Errorf("Not approved", "Only yes approves it. With -auto-approve nothing is asked."))
		}
	}
	if _, ds := e.askService(ctx, control.Request{Do: do, Incident: p.Incident, Hash: p.Hash}); ds.HasErrors() {
		return e.fail(ds)
	}
	e.term().Print(map[control.Verb]string{control.Approve: "Approved.\n", control.Reject: "Rejected.\n"}[do])
	return e.done()
}
