package command

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/clockwork-hcl/clockwork/completion"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/providers"
)

// monitorLoader reads projects for the monitor. The built-in providers' processes
// serve all of them; those of third parties belong to their project, which has
// a lock file of its own.
type monitorLoader struct {
	env      *Env
	log      *slog.Logger
	builtins *plugins.Manager
	memory   completion.Memory // of the projects' models

	mu         sync.Mutex
	foreign    map[string]*plugins.Manager // by project
	completers map[string]projectModel     // by project, as it was read last
}

// projectModel is what asks a project's model, nil if none is configured, or why it
// cannot be used.
type projectModel struct {
	ask.Completer
	err error
}

func newMonitorLoader(env *Env, log *slog.Logger) *monitorLoader {
	return &monitorLoader{env: env, log: log, foreign: map[string]*plugins.Manager{}, completers: map[string]projectModel{},
		builtins: plugins.NewManager(plugins.ManagerOptions{Builtins: builtins(env), Logger: log, Environment: providerVariables(env, nil)})}
}

// builtins are the built-in providers by their sources.
func builtins(env *Env) map[string]func() providers.Provider {
	out := map[string]func() providers.Provider{}
	for name, create := range env.Builtin {
		out[builtinPrefix+name] = create
	}
	return out
}

// load reads the project in dir: everything but its state.
func (l *monitorLoader) load(ctx context.Context, dir string) (plan.Input, diag.Diagnostics) {
	cfg, ds := config.Load(ctx, dir, config.Options{Version: l.env.Version, TypeProviders: l.env.TypeProviders,
		BuiltinProviders: slices.Sorted(maps.Keys(l.env.Builtin))})
	if ds.HasErrors() {
		return plan.Input{}, ds
	}
	vars, more := cfg.Variables(ctx, config.VariableArgs{Environ: os.Environ()})
	if ds = append(ds, more...); ds.HasErrors() {
		return plan.Input{}, ds
	}
	l.prepareCompleter(dir, cfg)
	foreign, more := l.foreignTo(dir)
	return plan.Input{Config: cfg, Variables: vars, Version: l.env.Version,
		Providers: monitorFactory{l.builtins, foreign}}, append(ds, more...)
}

// prepareCompleter makes what asks the model of a project, by the project's own
// settings. That it cannot be made is no reason not to watch over the project.
func (l *monitorLoader) prepareCompleter(dir string, cfg *config.Config) {
	var c projectModel
	set, err := readSettings(dir)
	if err != nil {
		c.err = err
	} else {
		made, ds := l.env.completer(set, cfg, &l.memory)
		if c.Completer = made; made == nil && len(ds) > 0 {
			c.err = ds[:1] // why there is none
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.completers[dir] = c
}

// completer returns what asks the model of a project that was read.
func (l *monitorLoader) completer(dir string) (ask.Completer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.completers[dir]
	return c.Completer, c.err
}

// foreignTo returns the manager of a project's providers of third parties.
func (l *monitorLoader) foreignTo(dir string) (*plugins.Manager, diag.Diagnostics) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.foreign[dir]; m != nil {
		return m, nil
	}
	set, err := readSettings(dir)
	if err != nil {
		return nil, diag.FromError("Cannot read settings", err)
	}
	locked, err := plugins.ReadLockFile(filepath.Join(dir, plugins.LockFileName))
	if err != nil {
		return nil, diag.FromError("Cannot read the lock file", err)
	}
	in, ds := readInstallation()
	if ds.HasErrors() {
		return nil, ds
	}
	for _, source := range slices.Sorted(maps.Keys(in.cli.Overrides)) {
		l.log.Warn("a development override is in effect", "project", dir, "provider", source, "executable", in.cli.Overrides[source])
	}
	timeout, more := set.providerTimeout()
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	m := plugins.NewManager(plugins.ManagerOptions{Places: in.places(dir, set), Lock: locked, Logger: l.log,
		Environment: providerVariables(l.env, set), Timeout: timeout})
	l.foreign[dir] = m
	return m, ds
}

func (l *monitorLoader) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.foreign {
		_ = m.Close()
	}
	_ = l.builtins.Close()
}

// monitorFactory starts a provider again whose process has ended.
type monitorFactory struct {
	builtins, foreign *plugins.Manager
}

func (f monitorFactory) manager(source string) *plugins.Manager {
	if isBuiltin(source) {
		return f.builtins
	}
	return f.foreign
}

func (f monitorFactory) Schema(ctx context.Context, source string) (*providers.Schema, error) {
	return f.manager(source).Schema(ctx, source)
}

// Label implements providers.Labeler.
func (f monitorFactory) Label(source string) string { return f.manager(source).Label(source) }

// Conceal implements providers.Concealer.
func (f monitorFactory) Conceal(secrets ...string) {
	f.builtins.Conceal(secrets...)
	f.foreign.Conceal(secrets...)
}

func (f monitorFactory) Provider(ctx context.Context, source string) (providers.Provider, error) {
	return f.manager(source).Restart(ctx, source)
}
