package command

import (
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
)

// builtinPrefix begins the sources of the providers that are part of the binary.
const builtinPrefix = "clockwork/"

// openPlugins prepares what starts providers. None is started yet.
func (p *project) openPlugins() diag.Diagnostics {
	var err error
	if p.locked, err = plugins.ReadLockFile(filepath.Join(p.dir, plugins.LockFileName)); err != nil {
		return diag.FromError("Cannot read the lock file", err)
	}
	var ds diag.Diagnostics
	if p.installation, ds = readInstallation(); ds.HasErrors() {
		return ds
	}
	p.places = p.installation.places(p.dir, p.settings)
	logger, more := p.logger()
	ds = append(ds, more...)
	timeout, more := p.settings.providerTimeout()
	ds = append(ds, more...)
	p.plugins = plugins.NewManager(plugins.ManagerOptions{
		Builtins: builtins(p.env), Places: p.places, Lock: p.locked, Logger: logger,
		Environment: providerVariables(p.env, p.settings),
		Timeout:     timeout,
	})
	return ds
}

// providerVariables names what providers get of the environment beside what all
// get: what main says of built-in ones, and what CW_PROVIDER_ENV names.
func providerVariables(env *Env, set settings) map[string][]string {
	out := map[string][]string{"": chosenVariables(set)}
	for name, variables := range env.ProviderVariables {
		out[builtinPrefix+name] = variables
	}
	return out
}

func chosenVariables(set settings) []string {
	return strings.FieldsFunc(set.get("CW_PROVIDER_ENV"), func(r rune) bool { return r == ',' || r == ' ' })
}

// providerTimeout reads how long providers may take; 0 when nothing is said.
func (s settings) providerTimeout() (time.Duration, diag.Diagnostics) {
	text := s.get("CW_PROVIDER_TIMEOUT")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second {
		return 0, diag.Errorf("Invalid setting", "CW_PROVIDER_TIMEOUT is %q. Set it to a duration of at least a second, such as 90s or 2h.", text)
	}
	return d, nil
}

// logger returns what CW_LOG_LEVEL asks for; nil, which logs nothing, when it
// is not set.
func (p *project) logger() (*slog.Logger, diag.Diagnostics) {
	level, set, ds := p.settings.logLevel()
	if !set || ds.HasErrors() {
		return nil, ds
	}
	return slog.New(slog.NewTextHandler(p.env.Streams.Stderr, &slog.HandlerOptions{Level: level})), nil
}

// requirePlugins sees to it that the lock file records every provider of others
// that the configuration uses. It is written when that changes it, so that no
// other command has to be run first.
func (p *project) requirePlugins() diag.Diagnostics {
	reqs := requirements(p.config.Root)
	foreign := slices.ContainsFunc(reqs, func(r plugins.Requirement) bool { return !isBuiltin(r.Source) })
	if !foreign && len(p.locked.Providers) == 0 {
		return nil
	}
	ds := p.locked.Require(reqs, p.places, false)
	if !ds.HasErrors() {
		ds = append(ds, diag.FromError("Cannot write the lock file", p.locked.Write())...)
	}
	return ds
}

func isBuiltin(source string) bool { return strings.HasPrefix(source, builtinPrefix) }

// requirements returns the providers that a module and those below it need, in
// order, each with all versions constraints on it.
func requirements(root *config.Module) []plugins.Requirement {
	found := map[string][]string{}
	var walk func(m *config.Module)
	walk = func(m *config.Module) {
		for _, source := range sourcesOf(m) {
			found[source] = append(found[source], constraintsOf(m, source)...)
		}
		for _, name := range slices.Sorted(maps.Keys(m.Children)) {
			walk(m.Children[name])
		}
	}
	walk(root)
	var reqs []plugins.Requirement
	for _, source := range slices.Sorted(maps.Keys(found)) {
		all := found[source]
		slices.Sort(all)
		reqs = append(reqs, plugins.Requirement{Source: source, Constraints: strings.Join(slices.Compact(all), ", ")})
	}
	return reqs
}

// warmUp starts the built-in providers of what is in the state, so that they
// are ready when the configuration is. One that does not start is reported by
// whatever needs it.
func (p *project) warmUp() {
	for _, source := range p.stateSources() {
		if isBuiltin(source) {
			p.plugins.Start(source)
		}
	}
}
