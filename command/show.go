package command

import (
	"context"
	"os"

	"github.com/mitchellh/cli"
	"github.com/posener/complete"

	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// Show is `clockwork show`.
func Show(env *Env) cli.Command {
	var asJSON bool
	c := &base{
		env:      env,
		name:     "show",
		usage:    "[options] [FILE]",
		synopsis: "Show the state, or a saved plan",
		about: `
Prints everything in the state; or the saved plan, or the copy of a state, that
is in FILE. Secret values are not printed.`,
		examples: []example{
			{"clockwork show", "What Clockwork made here"},
			{"clockwork show release.plan", "What a saved plan would do"},
			{"clockwork show -json release.plan", "The same for a program, such as a policy check"},
		},
		most:    1,
		predict: complete.PredictFiles("*"),
		run: func(ctx context.Context, words []string) int {
			return env.withProject(ctx, needs{state: true, providers: true}, func(ctx context.Context, p *project) (int, diag.Diagnostics) {
				if len(words) == 0 {
					return exitOK, append(p.showState(ctx, p.store.State(), asJSON), p.noState()...)
				}
				return exitOK, p.showFile(ctx, words[0], asJSON)
			})
		},
	}
	c.options.Bool(&asJSON, "json", "Print one JSON document, for programs to read.")
	return c
}

func (p *project) showState(ctx context.Context, st *state.State, asJSON bool) diag.Diagnostics {
	t := p.env.term()
	var err error
	if asJSON {
		err = views.WriteStateJSON(t.Out(), st, p.schemas(ctx), p.env.Version)
	} else {
		err = views.WriteState(t.Out(), st, p.schemas(ctx), t.OutStyle)
	}
	return diag.FromError("Cannot show the state", err)
}

// showFile shows a saved plan or, if it is none, a state.
func (p *project) showFile(ctx context.Context, path string, asJSON bool) diag.Diagnostics {
	saved, ds := plan.ReadFile(path)
	if ds.HasErrors() {
		if st, err := readState(path); err == nil {
			return p.showState(ctx, st, asJSON)
		}
		return ds
	}
	t := p.env.term()
	var err error
	if asJSON {
		prior := p.store.State()
		if prior.Lineage != saved.Lineage || prior.Serial != saved.Serial {
			prior = nil
		}
		err = views.WritePlanJSON(t.Out(), saved, prior, p.schemas(ctx))
	} else {
		err = views.WritePlan(t.Out(), saved, p.schemas(ctx), t.OutStyle)
	}
	return append(ds, diag.FromError("Cannot show the plan", err)...)
}

func readState(path string) (*state.State, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return state.Decode(f, nil)
}
