package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/api"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/notify"
)

// Monitor is `clockwork monitor`.
func Monitor(env *Env) cli.Command {
	m := monitorCommand{env: env}
	c := &base{
		env:      env,
		name:     "monitor",
		usage:    "[options] [DIR...]",
		synopsis: "Check for ever, and heal what fails",
		about: `
Runs the asserts of the projects in the given folders, or of the one in this
folder, and of all that are registered, until it is told to stop. When one fails, it says what is the matter,
heals the resource as its remediation policy allows, one rung of the ladder
after the other, and verifies with the same asserts that it helped.

A heal is a plan that changes that one resource and nothing else, applied under
the state's lock. What cannot be checked, because a daemon is down or a network
is, heals nothing.

Meanwhile a status page shows how all is, on this machine only unless
CW_SERVICE_ADDRESS says otherwise, at the port that CW_SERVICE_PORT names. Incidents are recorded in the folder that CW_STATE_DIR
names. Ctrl-C and SIGTERM let the step under way finish; then it ends with 0.`,
		examples: []example{
			{"clockwork monitor", "Watch over the project in this folder"},
			{"clockwork monitor -dry-run", "Only say what would be done"},
			{"clockwork monitor -once /srv/shop /srv/blog", "Check and heal two projects once, as from cron"},
		},
		most: anyNumber,
		run:  m.run,
	}
	c.options.Bool(&m.once, "once", "Check everything once, heal what fails, and end: with 2 if something is still wrong.")
	c.options.Bool(&m.service, "service", "Be the service: watch over registered projects only, and log to files. It is what clockwork service start runs.")
	c.options.Bool(&m.dryRun, "dry-run", "Heal nothing, only say what would be done.")
	return c
}

type monitorCommand struct {
	env                   *Env
	once, dryRun, service bool
}

func (m *monitorCommand) run(ctx context.Context, dirs []string) int {
	ctx, signals := listen(ctx, m.env.Streams.Stderr, func() { os.Exit(exitInterrupted) })
	defer signals.close()
	signals.gentle.Store(true)
	for i, dir := range dirs {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return m.env.fail(diag.FromError("Cannot find the folder", err))
		}
		dirs[i] = abs
	}
	code, ds := m.watch(ctx, signals, dirs)
	if len(ds) > 0 {
		return max(code, m.env.fail(ds))
	}
	return code
}

// watch monitors until it is told to stop.
func (m *monitorCommand) watch(ctx context.Context, signals *interrupts, dirs []string) (int, diag.Diagnostics) {
	here, err := os.Getwd()
	if err != nil {
		return exitError, diag.FromError("Cannot find the working directory", err)
	}
	set, err := readSettings(here)
	if err != nil {
		return exitError, diag.FromError("Cannot read settings", err)
	}
	service, ds := set.service()
	level, logs, more := set.logLevel()
	if ds = append(ds, more...); ds.HasErrors() {
		return exitError, ds
	}
	handler, more := set.logHandler()
	if ds = append(ds, more...); ds.HasErrors() {
		return exitError, ds
	}
	out := &monitorLogs{handler: handler, level: level, console: m.env.Streams.Stderr, quiet: !logs}
	if m.service {
		out.dir = service.StateDir
	}
	defer out.close()
	logger := out.logger()
	if m.service {
		logger.Info("the service begins", "process", os.Getpid(), "version", m.env.Version)
		defer logger.Info("the service has ended")
	}
	var page api.Options
	if !m.once {
		if page, more = set.page(logger); more.HasErrors() {
			return exitError, append(ds, more...)
		}
	}
	host, err := newServiceHost(m.env.Version, service.StateDir)
	if err != nil {
		return exitError, append(ds, diag.FromError("Cannot read which projects are registered", err)...)
	}
	if dirs, err = host.dirs(dirs, here, m.service); err != nil {
		return exitError, append(ds, diag.FromError("Nothing to watch over", err)...)
	}
	store, more, err := incident.Open(filepath.Join(service.StateDir, "incidents"), incident.Options{})
	ds = append(ds, more...)
	if err != nil {
		return exitError, append(ds, diag.FromError("Cannot open the record of incidents", err)...)
	}
	defer store.Close()

	secret, err := planSecret(service.StateDir)
	if err != nil {
		return exitError, append(ds, diag.FromError("Cannot use the monitor's own folder", err)...)
	}

	loader := newMonitorLoader(m.env, logger)
	defer loader.close()
	var mon *monitor.Monitor
	queue, err := notify.Open(filepath.Join(service.StateDir, "notifications"), notify.Options{Log: logger,
		Lookup: func(ctx context.Context, name string) (notify.Target, error) { return mon.Target(ctx, name) }})
	if err != nil {
		return exitError, append(ds, diag.FromError("Cannot open the queue of notifications", err)...)
	}
	defer queue.Close()
	say := m.say(len(dirs) > 1)
	if m.service {
		say = nil
	}
	mon = monitor.New(monitor.Options{
		Load: loader.load, Completer: loader.completer, Incidents: store, Notify: queue, Interval: service.CheckInterval, Attempts: service.MaxAttempts,
		Secret: secret, DryRun: m.dryRun, Paused: host.paused, Log: logger, LogOf: out.project, Say: say,
	}, dirs...)

	running, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-signals.stop:
			stop()
		case <-running.Done():
		}
	}()
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	if m.service {
		work.Go(onHangUp(running, mon.Reload, logger))
	}
	work.Go(func() { queue.Run(running) })
	if !m.once && !m.dryRun {
		served, err := host.serve(running, mon, stop, logger)
		if err != nil {
			return exitError, append(ds, diag.FromError("Cannot be reached by other commands", err)...)
		}
		defer served()
		defer stop()
	}
	ended := make(chan error, 1)
	go func() { ended <- mon.Run(running) }()
	if m.once {
		m.untilSettled(running, mon)
		code := m.report(mon)
		stop()
		return code, append(ds, diag.FromError("The monitor did not end well", <-ended)...)
	}
	page.Port, page.Version, page.Log = service.Port, m.env.Version, logger
	url := m.serve(running, &work, api.New(api.Local{Monitor: mon, Store: store}, page), logger)
	host.show(url, service.Port)
	if m.service {
		work.Go(func() { tellSystemd(running, mon.Progress, logger) })
	} else {
		m.greet(running, mon, url)
	}
	err = <-ended
	if ctx.Err() == nil && running.Err() == nil {
		err = errors.Join(err, errors.New("it ended by itself"))
	}
	return exitOK, append(ds, diag.FromError("The monitor did not end well", err)...)
}

// serve has the status page answer until the context ends, and returns where it is;
// "" if it is nowhere.
func (m *monitorCommand) serve(ctx context.Context, work *sync.WaitGroup, page *api.Server, logger *slog.Logger) string {
	if err := page.Listen(ctx); err != nil {
		logger.Warn("there is no status page", "error", err)
		m.env.fail(diag.Warningf("No status page", "All else goes on without it: %v.", err))
		return ""
	}
	work.Go(func() {
		if err := page.Serve(ctx); err != nil {
			logger.Error("the status page has ended", "error", err)
		}
	})
	return page.URL()
}

// say prints what goes on with incidents.
func (m *monitorCommand) say(several bool) func(dir, line string) {
	var mu sync.Mutex
	return func(dir, line string) {
		mu.Lock()
		defer mu.Unlock()
		if several {
			line = filepath.Base(dir) + ": " + line
		}
		m.env.term().Print(strings.ReplaceAll(line, "\n", " ") + "\n")
	}
}

// untilSettled waits until everything was checked and nothing is being healed.
func (m *monitorCommand) untilSettled(ctx context.Context, mon *monitor.Monitor) {
	for ctx.Err() == nil && !mon.Settled() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// greet says, once all is loaded, what is watched over, and where to see it.
func (m *monitorCommand) greet(ctx context.Context, mon *monitor.Monitor, url string) {
	for ctx.Err() == nil && !mon.Loaded() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
	for _, p := range mon.Status() {
		if p.Problems.HasErrors() {
			m.env.fail(p.Problems)
			continue
		}
		m.env.term().Print(fmt.Sprintf("Watching over %s in %s: %s with asserts.\n", p.Name, p.Dir, count(len(p.Subjects), "thing")))
	}
	if url != "" {
		m.env.term().Print("Status page: " + url + "\n")
	}
}

// report says how all is, and returns the exit code.
func (m *monitorCommand) report(mon *monitor.Monitor) int {
	code := exitOK
	for _, p := range mon.Status() {
		if p.Problems.HasErrors() {
			m.env.fail(p.Problems)
			code = exitError
			continue
		}
		healthy, unhealthy, unknown := p.Count()
		m.env.term().Print(fmt.Sprintf("%s: %d healthy, %d unhealthy, %d unknown\n", p.Name, healthy, unhealthy, unknown))
		for _, s := range p.Subjects {
			if s.Health == monitor.Healthy {
				continue
			}
			m.env.term().Print(fmt.Sprintf("  %s: %s: %s\n", s.Address, s.Health, strings.Join(s.Messages, "; ")))
			if s.Health == monitor.Unhealthy && code == exitOK {
				code = exitChanges
			}
		}
	}
	return code
}
