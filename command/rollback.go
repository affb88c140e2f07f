package command

import (
	"context"
	"fmt"
	"strconv"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// Rollback is `clockwork rollback`.
func Rollback(env *Env) cli.Command {
	r := rollback{env: env}
	r.options.Refresh = true
	c := &base{
		env:      env,
		name:     "rollback",
		usage:    "[options] SERIAL | -last",
		synopsis: "Make everything again as it was",
		about: `
Goes back to a state that history lists: what was there then is made again as
it was, and what came later is destroyed. The plan is shown first, and nothing
is done without a yes.

The configuration is not changed. As long as it says something else, the next
apply goes forward again.`,
		examples: []example{
			{"clockwork history", "See what one can go back to"},
			{"clockwork rollback -last", "Undo the last command that changed something"},
			{"clockwork rollback 12", "Go back to serial 12"},
		},
		most:   1,
		output: &r.options.Output,
	}
	s := &c.options
	s.Bool(&r.last, "last", "Go back to the state before the current one.")
	s.Bool(&r.approved, "auto-approve", "Do not ask.")
	r.options.Variables.AddTo(s)
	r.options.AddParallelismTo(s)
	r.options.Lock.AddTo(s)
	r.options.Output.AddTo(s)
	c.run = r.run
	return c
}

type rollback struct {
	env            *Env
	options        arguments.Planning
	last, approved bool
}

func (r *rollback) run(ctx context.Context, words []string) int {
	var serial uint64
	if r.last == (len(words) == 1) {
		return r.fail(diag.Errorf("Where to go back to?", "Give the serial of a state, or -last. Run clockwork history to see what there is."))
	}
	if len(words) == 1 {
		var err error
		if serial, err = strconv.ParseUint(words[0], 10, 64); err != nil {
			return r.fail(diag.Errorf("Not a serial", "%q is not the serial of a state. Run clockwork history to see what there is.", words[0]))
		}
	}
	if r.options.JSON && !r.approved {
		return r.fail(diag.Errorf("Nobody to ask", "With -json nothing is asked. Give -auto-approve too."))
	}
	return r.env.withProject(ctx, planningNeeds(&r.options, "rollback"), func(ctx context.Context, p *project) (int, diag.Diagnostics) {
		then, err := p.past(serial)
		if err != nil {
			return exitError, diag.FromError("Cannot go back", err)
		}
		in := p.planInput()
		p.view.Refreshing(len(in.State.Objects))
		made, ds := plan.MakeRollback(ctx, in, then, plan.Options{Parallelism: r.options.Parallelism, Hook: planHook{View: p.view}})
		p.view.Refreshed()
		if ds.HasErrors() {
			return exitError, ds
		}
		p.view.Plan(made, p.schemas(ctx))
		p.warn(ds)
		if made.HasChanges() && !r.approved {
			ok, ds := p.approve(ctx, approval{
				ask:       fmt.Sprintf("Do you want to go back to serial %d?", then.Serial),
				warn:      "Clockwork does what is described above.",
				cancelled: "Rollback cancelled.",
			}, r.options.Input)
			if !ok {
				return exitError, ds
			}
		}
		return p.carryOut(ctx, made, &r.options)
	})
}

func (r *rollback) fail(ds diag.Diagnostics) int {
	r.env.view(r.options.Output, nil).Diagnostics(ds)
	return exitError
}

// past returns the state to go back to: that with the serial or, for 0, the one
// before the current.
func (p *project) past(serial uint64) (*state.State, error) {
	if serial != 0 {
		return p.store.ReadHistory(serial)
	}
	entries, err := p.store.History()
	if err != nil {
		return nil, err
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if !entries[i].Current && entries[i].Err == nil {
			return p.store.ReadHistory(entries[i].Serial)
		}
	}
	return nil, diag.Errorf("Nothing to go back to", "The history holds no state before the current one.")
}
