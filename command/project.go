package command

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// needs is what a command needs of a project before it can begin.
type needs struct {
	output arguments.Output

	config    bool
	empty     bool // works without a single file of configuration as well
	providers bool
	variables *arguments.Variables // nil for none; needs config

	state bool
	// lock is what the lock is taken for, or "" where the state is only looked
	// at.
	lock        string
	lockTimeout arguments.Lock

	// install sees to the providers in the place of requirePlugins, which only
	// looks for them.
	install func(context.Context, *project) diag.Diagnostics

	// faulty says that the command runs even if something is wrong, which it
	// finds in project.problems.
	faulty bool
}

// project is the project in the working directory, opened for one command.
type project struct {
	env     *Env
	view    views.View
	json    bool
	ask     *prompter
	signals *interrupts

	dir       string
	settings  settings
	config    *config.Config
	variables map[string]cty.Value
	store     *state.Store
	problems  diag.Diagnostics // found while it was opened, and not shown yet

	// afterwards is done when all has gone well and everything was given back.
	afterwards func(context.Context, *project)

	plugins      *plugins.Manager
	installation installation
	places       plugins.Places
	locked       *plugins.LockFile
}

// withProject opens the project in the working directory as far as n says,
// runs the command, closes everything, shows all diagnostics and returns the
// exit code. The code that run returns counts unless there are errors.
func (e *Env) withProject(ctx context.Context, n needs, run func(context.Context, *project) (int, diag.Diagnostics)) int {
	p := &project{env: e, json: n.output.JSON, ask: &prompter{in: e.Stdin, out: e.Streams.Stdout}}
	p.view = e.view(n.output, p.sources)
	// Providers end by themselves when this process does.
	ctx, p.signals = listen(ctx, e.Streams.Stderr, func() { os.Exit(exitInterrupted) })
	defer p.signals.close()

	p.problems = p.open(ctx, n)
	code := exitError
	var ds diag.Diagnostics
	if (n.faulty || !p.problems.HasErrors()) && ctx.Err() == nil {
		code, ds = run(ctx, p)
	}
	ds = append(p.problems, ds...)
	ds = append(ds, p.close()...)
	p.view.Diagnostics(ds)
	if p.signals.interrupted.Load() {
		e.term().PrintErr("Interrupted.\n")
		return exitInterrupted
	}
	if ds.HasErrors() {
		return exitError
	}
	if p.afterwards != nil {
		p.afterwards(ctx, p)
	}
	if code == exitOK {
		return e.done()
	}
	return code
}

// warn shows what was found until now, before a question is asked or a long
// work begun.
func (p *project) warn(ds diag.Diagnostics) {
	p.view.Diagnostics(append(p.problems, ds...))
	p.problems = nil
}

// sources gives the files that diagnostics quote.
func (p *project) sources() views.Files {
	if p.config != nil {
		return p.config.Files
	}
	if cli := p.installation.cli; cli != nil && cli.Path != "" {
		return views.Files{cli.Path: &hcl.File{Bytes: cli.Src}}
	}
	return nil
}

func (p *project) open(ctx context.Context, n needs) (ds diag.Diagnostics) {
	dir, err := os.Getwd()
	if err != nil {
		return diag.FromError("Cannot find the working directory", err)
	}
	p.dir = dir
	if p.settings, err = readSettings(dir); err != nil {
		return diag.FromError("Cannot read settings", err)
	}
	if n.providers {
		if ds = p.openPlugins(); ds.HasErrors() {
			return ds
		}
	}

	// The configuration is loaded while the state is read and the providers
	// that it names start.
	loaded := make(chan struct{})
	var cfg *config.Config
	var configProblems diag.Diagnostics
	go func() {
		defer close(loaded)
		if n.config {
			cfg, configProblems = config.Load(ctx, dir, config.Options{
				Version:          p.env.Version,
				TypeProviders:    p.env.TypeProviders,
				BuiltinProviders: slices.Sorted(maps.Keys(p.env.Builtin)),
				AllowEmpty:       n.empty,
			})
		}
	}()
	if n.state {
		ds = append(ds, p.openState(n)...)
	}
	<-loaded
	p.config = cfg
	if configProblems.HasErrors() && n.providers && !n.faulty {
		configProblems = p.faults(ctx, configProblems)
	}
	ds = append(configProblems, ds...)
	if ds.HasErrors() {
		return ds
	}
	if n.config && n.providers {
		ds = append(ds, p.installation.overridden(requirements(p.config.Root))...)
		if n.install != nil {
			ds = append(ds, n.install(ctx, p)...)
		} else {
			ds = append(ds, p.requirePlugins()...)
		}
		if ds.HasErrors() {
			return ds
		}
	}
	if n.variables != nil {
		var more diag.Diagnostics
		p.variables, more = p.config.Variables(ctx, config.VariableArgs{
			Flags: n.variables.Flags, Environ: os.Environ(), Prompt: p.promptFor(n.variables),
		})
		if ctx.Err() != nil {
			return ds // what was not answered is not wrong
		}
		ds = append(ds, more...)
	}
	if n.lock != "" && !ds.HasErrors() {
		ds = append(ds, p.takeLock(ctx, n)...)
	}
	return ds
}

func (p *project) openState(n needs) diag.Diagnostics {
	var err error
	p.store, err = state.Open(p.stateDir(), state.Options{
		Version: p.env.Version,
		Waiting: func(holder state.LockInfo) {
			p.env.term().PrintErr("Waiting for the lock, which is held by " + holder.String() + "...\n")
		},
	})
	if err != nil {
		return diag.FromError("Cannot open the state", err)
	}
	if n.providers {
		p.warmUp()
	}
	return nil
}

func (p *project) stateDir() string { return filepath.Join(p.dir, state.Dir) }

// takeLock locks the state, and looks up what a command that was killed left
// unfinished.
func (p *project) takeLock(ctx context.Context, n needs) (ds diag.Diagnostics) {
	if err := p.store.Lock(ctx, n.lock, n.lockTimeout.Timeout); err != nil {
		if ctx.Err() != nil {
			return nil // nobody waits for it any more
		}
		return diag.FromError("Cannot lock the state", err)
	}
	if len(p.store.Pending()) == 0 {
		return nil
	}
	if !n.providers {
		return diag.Errorf("Unfinished work", "A command was stopped before it knew what became of its last steps. "+
			"Run clockwork plan first, which finds out.")
	}
	return apply.Recover(ctx, p.planInput(), p.store)
}

// close gives everything back.
func (p *project) close() (ds diag.Diagnostics) {
	if p.store != nil {
		ds = append(ds, p.store.Warnings()...)
		if err := p.store.Close(); err != nil {
			ds = append(ds, diag.FromError("Cannot close the state", err)...)
		}
	}
	return append(ds, p.closePlugins()...)
}

func (p *project) closePlugins() diag.Diagnostics {
	if p.plugins == nil {
		return nil
	}
	// All that it was asked for is done, or was reported.
	ds := diag.FromError("Provider did not end", p.plugins.Close())
	for i := range ds {
		ds[i].Severity = diag.Warning
	}
	return ds
}

// schemas finds the schemas that a view needs to know which values are secret.
// Each is asked for once.
func (p *project) schemas(ctx context.Context) views.Schemas {
	var mu sync.Mutex
	known := map[string]*providers.Schema{}
	find := views.SchemasOf(known)
	return func(source string, mode addr.Mode, typ string) *providers.Object {
		mu.Lock()
		defer mu.Unlock()
		if _, ok := known[source]; !ok {
			s, err := p.plugins.Schema(ctx, source)
			if err != nil {
				s = nil // then nothing of it is shown; what needs it reports it
			}
			known[source] = s
		}
		return find(source, mode, typ)
	}
}
