package command

import (
	"context"
	"errors"
	"time"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor/control"
	"github.com/clockwork-hcl/clockwork/monitor/registry"
)

// askFor is how long a command that does something else waits for the service.
const askFor = 10 * time.Second

// serviceLink is what apply, assert and destroy have to do with the service.
type serviceLink struct {
	skip bool
}

// addTo adds the option.
func (l *serviceLink) addTo(s *arguments.Set) {
	s.Bool(&l.skip, "skip-service-check", "Do not ask whether the service runs, and tell it nothing.")
}

// check refuses to go on where the project requires the service and it does not
// run.
func (l *serviceLink) check(ctx context.Context, p *project) diag.Diagnostics {
	set := p.config.Root.Settings
	if l.skip || set == nil || set.Service == nil || !set.Service.Required {
		return nil
	}
	service, ds := p.settings.service()
	if ds.HasErrors() {
		return ds
	}
	_, err := askBriefly(ctx, service.StateDir, control.Request{Do: control.Ping})
	if err == nil {
		return nil
	}
	ds = diag.Errorf("The service does not run", "The project asks for it with service { required = true }, and it cannot be used: %v. "+
		"Start it with clockwork service start, or do without it this once with -skip-service-check.", err)
	ds[0].Subject = set.Service.Range.Ptr()
	return ds
}

// update has the service watch over what was applied, and no longer over what was
// destroyed.
func (l *serviceLink) update(ctx context.Context, p *project) {
	dir, ok := l.stateDir(p)
	if !ok {
		return
	}
	req := control.Request{Do: control.Register, Dir: p.dir}
	said := "The service watches over this project from now on."
	gone := len(p.store.State().Objects) == 0
	if gone {
		req.Do = control.Unregister
		said = "The service does not watch over this project any more."
	}
	answer, err := askBriefly(ctx, dir, req)
	if errors.Is(err, control.ErrNotRunning) && gone {
		// Then there is nobody to ask but the registry.
		answer, err = control.Answer{}, nil
		if content, failed := registry.In(dir).Read(); failed == nil && content.Has(p.dir) {
			answer.Changed, err = registry.In(dir).Unregister(ctx, p.dir)
		}
	}
	switch {
	case errors.Is(err, control.ErrNotRunning):
		l.remind(p, dir)
	case err != nil:
		p.remark("The service could not be told of it: " + err.Error() + ".")
	case answer.Changed:
		p.remark(said)
	}
}

// hint says it if the service does not run.
func (l *serviceLink) hint(ctx context.Context, p *project) {
	if dir, ok := l.stateDir(p); ok {
		if _, err := askBriefly(ctx, dir, control.Request{Do: control.Ping}); errors.Is(err, control.ErrNotRunning) {
			l.remind(p, dir)
		}
	}
}

// stateDir is that of the service, if it is to be asked. Settings that make no
// sense are reported by the commands that need them.
func (l *serviceLink) stateDir(p *project) (string, bool) {
	service, ds := p.settings.service()
	return service.StateDir, !l.skip && !ds.HasErrors()
}

// remind says that the service does not run, to people, and to those who have
// used it.
func (l *serviceLink) remind(p *project, dir string) {
	if isTerminal(p.env.Streams.Stderr) || registry.In(dir).Exists() {
		p.remark("The service is not running, so nothing watches over this project. Start it with clockwork service start.")
	}
}

// remark says something in passing.
func (p *project) remark(text string) {
	if !p.json {
		p.env.term().PrintErr(text + "\n")
	}
}

func askBriefly(ctx context.Context, dir string, req control.Request) (control.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	return control.Call(ctx, dir, req)
}
