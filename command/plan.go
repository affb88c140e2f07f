package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// Plan is `clockwork plan`.
func Plan(env *Env) cli.Command {
	var o arguments.Planning
	var out string
	var detailed bool
	c := &base{
		env:      env,
		name:     "plan",
		usage:    "[options]",
		synopsis: "Show what apply would change",
		about: `
Compares the configuration with the state and with what is really there, and
shows what would have to change. Nothing is changed but what Clockwork
remembers of a command that was killed.

With -out the plan is kept in a file, and apply with that file does exactly
what was shown, or refuses if anything has changed in between.`,
		examples: []example{
			{"clockwork plan", "See what would change"},
			{"clockwork plan -out=release.plan", "Keep the plan, to apply it later as it is"},
			{"clockwork plan -target=file.motd -var 'name=ada'", "Look at one resource only, with another value of a variable"},
			{"clockwork plan -recomplete=docker_container.web", "Have a model say anew what this resource lacks"},
			{"clockwork plan -detailed-exitcode", "In a script: exit code 2 means that something would change"},
		},
		check:  func() diag.Diagnostics { return append(o.Check(), checkOut(out)...) },
		output: &o.Output,
		run: func(ctx context.Context, _ []string) int {
			return env.withProject(ctx, planningNeeds(&o, "plan"), func(ctx context.Context, p *project) (int, diag.Diagnostics) {
				made, ds := p.plan(ctx, &o)
				if ds.HasErrors() {
					return exitError, ds
				}
				p.view.Plan(made, p.schemas(ctx))
				if out != "" {
					if err := plan.WriteFile(out, made); err != nil {
						return exitError, append(ds, diag.FromError("Cannot save the plan", err)...)
					}
					p.say(fmt.Sprintf("\nSaved the plan to: %s\n\nTo do exactly this, run:\n    clockwork apply %q\n", out, out))
				}
				if detailed && made.HasChanges() {
					return exitChanges, ds
				}
				return exitOK, ds
			})
		},
	}
	s := &c.options
	s.String(&out, "out", "FILE", "Save the plan to a file, for apply. It holds values in plain text, secrets included.")
	s.Bool(&detailed, "detailed-exitcode", "End with exit code 2 when something would change, 0 when nothing would.")
	o.AddTo(s)
	return c
}

// checkOut finds what is wrong with the name of the file for a plan before the
// work is done.
func checkOut(out string) diag.Diagnostics {
	if out == "" {
		return nil
	}
	for _, ext := range []string{".cw.hcl", ".cw.hcl.json", ".cwvars", ".cwvars.json"} {
		if strings.HasSuffix(out, ext) {
			return diag.Errorf("Not a name for a plan", "-out=%s would write a plan over a file of the configuration. Give it another name, such as release.plan.", out)
		}
	}
	dir := filepath.Dir(out)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return diag.Errorf("No folder for the plan", "-out=%s cannot be written: there is no folder %s. Make it, or give another name.", out, dir)
	}
	return nil
}

// planningNeeds is what commands need that make a plan and perhaps apply it.
func planningNeeds(o *arguments.Planning, operation string) needs {
	// Somebody who removed the configuration first can still destroy the rest.
	_, err := os.Stat(state.Dir)
	return needs{
		output: o.Output, config: true, empty: o.Destroy && err == nil, providers: true, variables: &o.Variables,
		state: true, lock: operation, lockTimeout: o.Lock,
	}
}

// plan makes a plan.
func (p *project) plan(ctx context.Context, o *arguments.Planning) (*plan.Plan, diag.Diagnostics) {
	mode := plan.Normal
	switch {
	case o.Destroy:
		mode = plan.Destroy
	case o.RefreshOnly:
		mode = plan.RefreshOnly
	}
	in := p.planInput()
	models := p.completing()
	in.Completer = models
	p.view.Refreshing(len(in.State.Objects))
	defer p.view.Refreshed()
	made, ds := plan.Make(ctx, in, plan.Options{
		Mode: mode, Targets: o.Targets, Excludes: o.Excludes, Replaces: o.Replaces, Recomplete: o.Recompletes,
		SkipRefresh: !o.Refresh, Parallelism: o.Parallelism, Hook: planHook{p.view, p.modelName()},
	})
	ds = append(ds, models.warnings()...)
	if ds.HasErrors() {
		return made, ds
	}
	if mode != plan.Destroy && len(o.Targets)+len(o.Excludes) > 0 {
		ds = append(ds, diag.Warningf("Only a part was planned", "Because of -target or -exclude, this plan may leave out changes "+
			"that the configuration asks for. Plan again without them to see what is left.")...)
	}
	return made, append(ds, renamed(made, p.schemas(ctx))...)
}

func (p *project) planInput() plan.Input {
	return plan.Input{Config: p.config, State: p.store.State(), Providers: p.plugins, Variables: p.variables, Version: p.env.Version}
}

// say prints a remark for people, where people read.
func (p *project) say(text string) {
	if !p.json {
		p.env.term().Print(text)
	}
}
