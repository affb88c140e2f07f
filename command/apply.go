package command

import (
	"context"

	"github.com/mitchellh/cli"
	"github.com/posener/complete"

	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// Apply is `clockwork apply`.
func Apply(env *Env) cli.Command {
	var o arguments.Planning
	var approved bool
	var link serviceLink
	c := &base{
		env:      env,
		name:     "apply",
		usage:    "[options] [PLAN]",
		synopsis: "Make it so",
		about: `
Makes a plan, shows it, asks, and carries it out. Given the file of a saved
plan it carries out that one, without asking: what it does was decided when it
was made.

Each step is recorded before and after it is taken, so that an apply that is
killed loses nothing: the next command goes on from there. The first Ctrl-C
lets running steps finish and starts no others; the second stops at once.`,
		examples: []example{
			{"clockwork apply", "Plan, ask, apply"},
			{"clockwork apply -auto-approve", "Without asking, in a script"},
			{"clockwork apply release.plan", "Carry out a saved plan"},
			{"clockwork apply -replace=file.motd", "Make one resource anew"},
		},
		most:    1,
		predict: complete.PredictFiles("*"),
		output:  &o.Output,
	}
	s := &c.options
	s.Bool(&approved, "auto-approve", "Do not ask.")
	link.addTo(s)
	o.AddTo(s)
	c.check = o.Check
	c.run = func(ctx context.Context, words []string) int {
		if len(words) == 1 {
			return env.applySaved(ctx, &o, link, words[0])
		}
		return env.applyNew(ctx, &o, link, approved)
	}
	return c
}

// applyNew makes a plan, asks, and carries it out.
func (e *Env) applyNew(ctx context.Context, o *arguments.Planning, link serviceLink, approved bool) int {
	operation := "apply"
	if o.Destroy {
		operation = "destroy"
	}
	if o.JSON && !approved {
		e.view(o.Output, nil).Diagnostics(diag.Errorf("Nobody to ask",
			"With -json nothing is asked. Give -auto-approve too, or apply a saved plan."))
		return exitError
	}
	return e.withProject(ctx, planningNeeds(o, operation), func(ctx context.Context, p *project) (int, diag.Diagnostics) {
		if ds := link.check(ctx, p); ds.HasErrors() {
			return exitError, ds
		}
		made, ds := p.plan(ctx, o)
		if ds.HasErrors() {
			return exitError, ds
		}
		p.view.Plan(made, p.schemas(ctx))
		p.warn(ds)
		if made.HasChanges() && !approved {
			ok, ds := p.approve(ctx, question(made.Mode), o.Input)
			if !ok {
				return exitError, ds
			}
		}
		p.afterwards = link.update
		return p.carryOut(ctx, made, o)
	})
}

// applySaved carries out the plan in the file at path.
func (e *Env) applySaved(ctx context.Context, o *arguments.Planning, link serviceLink, path string) int {
	if ds := o.CheckSaved(); ds.HasErrors() {
		e.view(o.Output, nil).Diagnostics(ds)
		return exitError
	}
	saved, ds := plan.ReadFile(path)
	if ds.HasErrors() {
		e.view(o.Output, nil).Diagnostics(ds)
		return exitError
	}
	n := planningNeeds(o, "apply")
	n.variables = nil // they are in the plan
	n.empty = saved.Mode == plan.Destroy
	return e.withProject(ctx, n, func(ctx context.Context, p *project) (int, diag.Diagnostics) {
		ds := append(ds, saved.CheckStale(p.config, p.store.State())...)
		ds = append(ds, link.check(ctx, p)...)
		if ds.HasErrors() {
			return exitError, ds
		}
		p.warn(ds)
		p.afterwards = link.update
		return p.carryOut(ctx, saved, o)
	})
}

// carryOut applies a plan and says what was done.
func (p *project) carryOut(ctx context.Context, made *plan.Plan, o *arguments.Planning) (int, diag.Diagnostics) {
	p.view.Applying(made, p.schemas(ctx))
	p.signals.gentle.Store(true)
	defer p.signals.gentle.Store(false)
	result, ds := apply.Run(ctx,
		apply.Input{Input: p.planInput(), Plan: made, Store: p.store},
		apply.Options{Parallelism: o.Parallelism, Hook: applyHook{p.view}, Stop: p.signals.stop})
	p.view.Applied(views.Summary{
		Mode:   made.Mode,
		Counts: plan.Counts{Add: result.Added, Change: result.Changed, Destroy: result.Destroyed, Forget: result.Forgotten},
		Failed: ds.HasErrors(),
	})
	if made.Mode != plan.Destroy {
		outputs := map[string]views.Output{}
		for name, v := range result.Outputs {
			outputs[name] = views.Output{Value: v}
		}
		p.view.Outputs(outputs)
	}
	return exitOK, ds
}
