package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/docker"
	"github.com/clockwork-hcl/clockwork/providers/file"
	"github.com/clockwork-hcl/clockwork/providers/git"
	"github.com/clockwork-hcl/clockwork/state"
)

const version = "0.0.0-eval"

// world is a case's project, deployed, with its incident.
type world struct {
	c     *Case
	input plan.Input
	// applied is what the target's settings were when it was applied.
	applied  map[string]json.RawMessage
	object   *providers.Object
	question ask.Question
	request  vet.Request
	end      func()
}

func builtins() map[string]func() providers.Provider {
	return map[string]func() providers.Provider{"docker": docker.New, "file": file.New, "git": git.New}
}

// newWorld deploys a case's project in a folder of its own, and builds the question.
// end is to be called also after an error.
func newWorld(ctx context.Context, c *Case) (*world, error) {
	w := &world{c: c, end: func() {}}
	dir, err := os.MkdirTemp("", "clockwork-eval-")
	if err != nil {
		return w, fmt.Errorf("make a folder: %w", err)
	}
	var close []func()
	w.end = func() {
		for _, f := range slices.Backward(close) {
			f()
		}
		_ = os.RemoveAll(dir)
	}
	store, err := state.Open(filepath.Join(dir, state.Dir), state.Options{Version: version})
	if err != nil {
		return w, err
	}
	close = append(close, func() { _ = store.Close() })
	if err := store.Lock(ctx, "eval", 0); err != nil {
		return w, err
	}
	var good *state.State
	if c.Good != nil {
		if good, err = deploy(ctx, c, dir, c.Good, store); err != nil {
			return w, fmt.Errorf("deploy good.cw.hcl: %w", err)
		}
	}
	now, err := deploy(ctx, c, dir, c.Config, store)
	if err != nil {
		return w, fmt.Errorf("deploy main.cw.hcl: %w", err)
	}
	f := &factory{c: c, builtins: builtins(), started: map[string]*standIn{}, broken: true}
	close = append(close, f.close)
	written := c.Config
	if c.Next != nil {
		written = c.Next
	}
	if w.input, err = input(ctx, dir, written, f); err != nil {
		return w, err
	}
	w.input.State = now
	if err := w.look(ctx); err != nil {
		return w, err
	}
	return w, w.ask(ctx, good)
}

// input reads a project.
func input(ctx context.Context, dir string, main []byte, f *factory) (plan.Input, error) {
	names := make([]string, 0, len(f.builtins))
	for name := range f.builtins {
		names = append(names, name)
	}
	cfg, ds := config.Load(ctx, dir, config.Options{Project: "eval", BuiltinProviders: names, Overlay: map[string][]byte{"main.cw.hcl": main}})
	if ds.HasErrors() {
		return plan.Input{}, failed(ds)
	}
	vars, ds := cfg.Variables(ctx, config.VariableArgs{})
	if ds.HasErrors() {
		return plan.Input{}, failed(ds)
	}
	return plan.Input{Config: cfg, Variables: vars, Version: version, Providers: f}, nil
}

// deploy applies a configuration.
func deploy(ctx context.Context, c *Case, dir string, main []byte, store *state.Store) (*state.State, error) {
	f := &factory{c: c, builtins: builtins(), started: map[string]*standIn{}}
	defer f.close()
	in, err := input(ctx, dir, main, f)
	if err != nil {
		return nil, err
	}
	in.State = store.State()
	made, ds := plan.Make(ctx, in, plan.Options{})
	if ds.HasErrors() {
		return nil, failed(ds)
	}
	if _, ds := apply.Run(ctx, apply.Input{Input: in, Plan: made, Store: store}, apply.Options{}); ds.HasErrors() {
		return nil, failed(ds)
	}
	return store.State(), nil
}

// look finds the target in the state.
func (w *world) look(ctx context.Context) error {
	key := state.ObjectKey{Instance: w.c.target}
	object := w.input.State.Objects[key]
	if object == nil {
		return fmt.Errorf("the project has no %s", w.c.Target)
	}
	run, ds := plan.NewRun(ctx, w.input, false)
	if ds.HasErrors() {
		return failed(ds)
	}
	value, typ, ds := run.DecodeState(ctx, key, object)
	if ds.HasErrors() {
		return failed(ds)
	}
	w.object = typ.Object()
	var err error
	w.applied, err = units(w.object, value)
	return err
}

// ask builds the question as the monitor does.
func (w *world) ask(ctx context.Context, good *state.State) error {
	policy, err := monitor.PolicyFor(ctx, w.input, w.c.target)
	if err != nil {
		return err
	}
	m := monitor.Matter{Input: w.input, Target: w.c.target, Policy: policy, Policies: map[string]plan.Policy{"": policy},
		Found:   providers.DiagnoseResponse{Summary: w.c.Summary, Facts: w.c.Facts, Logs: w.c.Log},
		Failing: w.c.Failing, Others: map[string]monitor.Health{}, Good: good,
		// Nobody approves anything here, so plans need not be told from each other.
		Hash: func(*plan.Plan) string { return "eval" }}
	for address, text := range w.c.Others {
		for _, h := range healths() {
			if h.String() == text {
				m.Others[address] = h
			}
		}
	}
	var failed [][]vet.Change
	for _, t := range w.c.Tried {
		trial := monitor.Trial{Rung: t.Rung, Outcome: t.Outcome}
		var changes []vet.Change
		for path, value := range t.Changes {
			raw, err := json.Marshal(value)
			if err != nil {
				return err
			}
			trial.Changes = append(trial.Changes, path+" = "+string(raw))
			changes = append(changes, vet.Change{Path: path, Value: raw})
		}
		slices.Sort(trial.Changes)
		slices.SortFunc(changes, func(a, b vet.Change) int { return strings.Compare(a.Path, b.Path) })
		m.Trials = append(m.Trials, trial)
		if changes != nil {
			failed = append(failed, changes)
		}
	}
	w.question, w.request, err = monitor.NewQuestion(ctx, m)
	w.request.Failed = failed
	w.request.Spent = func() error { return nil } // what it costs is in the report
	return err
}

// failed is what is wrong with a case, which is for its author.
func failed(ds diag.Diagnostics) error {
	for _, d := range ds {
		if d.Severity == diag.Error {
			return fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return ds
}
