package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/control"
	"github.com/clockwork-hcl/clockwork/monitor/registry"
	"github.com/clockwork-hcl/clockwork/state"
)

// serviceHost is the side of a monitor that other commands speak to.
type serviceHost struct {
	version  string
	stateDir string
	started  time.Time
	registry registry.Registry

	mon  *monitor.Monitor
	stop func()

	// changing is held by who changes the registry and the monitor.
	changing sync.Mutex
	mu       sync.Mutex
	content  registry.Content
	port     int    // of the status page; 0 while there is none
	url      string // where it is
}

func newServiceHost(version, stateDir string) (*serviceHost, error) {
	h := &serviceHost{version: version, stateDir: stateDir, started: time.Now(), registry: registry.In(stateDir)}
	return h, h.reread()
}

func (h *serviceHost) reread() error {
	c, err := h.registry.Read()
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.content = c
	return nil
}

// show notes where the status page is; nowhere with the URL "".
func (h *serviceHost) show(url string, port int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if url != "" {
		h.port, h.url = port, url
	}
}

func (h *serviceHost) registered() registry.Content {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.content
}

// dirs are the folders to watch over: those given, or this one if there is a
// project in it, and all that are registered.
func (h *serviceHost) dirs(given []string, here string, service bool) ([]string, error) {
	if service && len(given) > 0 {
		return nil, errors.New("with -service only registered projects are watched over; leave the folders out")
	}
	projects := h.registered().Projects
	if len(given) == 0 && !service && (len(projects) == 0 || isProject(here)) {
		given = []string{here}
	}
	for _, p := range projects {
		given = append(given, p.Dir)
	}
	for i, dir := range given {
		given[i] = filepath.Clean(dir)
	}
	slices.Sort(given)
	return slices.Compact(given), nil
}

// isProject tells whether a folder has a state or a configuration.
func isProject(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, state.Dir)); err == nil {
		return true
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.cw.hcl*"))
	return err == nil && len(found) > 0
}

// paused says why nothing is to be healed at an address.
func (h *serviceHost) paused(dir, address string) string {
	p, ok := h.registered().Paused(dir, address, time.Now())
	if !ok {
		return ""
	}
	text := "it is paused"
	if !p.Until.IsZero() {
		text += " until " + when(p.Until)
	}
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	return text
}

// serve answers other commands until the context ends. What it returns waits for
// the last answer.
func (h *serviceHost) serve(ctx context.Context, mon *monitor.Monitor, stop func(), log *slog.Logger) (wait func(), err error) {
	h.mon, h.stop = mon, stop
	server, err := control.Listen(h.stateDir, h.handle, log)
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(ctx); err != nil {
			log.Error("other commands cannot reach the monitor any more", "error", err)
		}
	}()
	return func() { <-done }, nil
}

func (h *serviceHost) handle(ctx context.Context, req control.Request) (control.Answer, error) {
	switch req.Do {
	case control.Status:
		return control.Answer{Service: h.describe()}, nil
	case control.Stop:
		h.stop()
		return control.Answer{Changed: true}, nil
	case control.Approve, control.Reject:
		return control.Answer{Changed: true}, h.mon.Decide(req.Incident, req.Hash, req.Do == control.Approve)
	case control.Register, control.Unregister, control.Pause, control.Resume:
	default:
		return control.Answer{}, fmt.Errorf("the service knows no request %q", req.Do)
	}
	if !filepath.IsAbs(req.Dir) {
		return control.Answer{}, fmt.Errorf("the folder %q is not absolute", req.Dir)
	}
	req.Dir = filepath.Clean(req.Dir)
	h.changing.Lock()
	defer h.changing.Unlock()
	changed, err := h.change(ctx, req)
	if err != nil {
		return control.Answer{}, err
	}
	return control.Answer{Changed: changed}, h.reread()
}

// change does what a request about a project asks for.
func (h *serviceHost) change(ctx context.Context, req control.Request) (changed bool, err error) {
	switch req.Do {
	case control.Register:
		changed, err = h.registry.Register(ctx, req.Dir)
		if err == nil {
			h.mon.Add(req.Dir)
		}
	case control.Unregister:
		changed, err = h.registry.Unregister(ctx, req.Dir)
		if err == nil {
			changed = h.mon.Remove(ctx, req.Dir) || changed
		}
	case control.Pause:
		if err := h.knows(req.Dir, req.Address); err != nil {
			return false, err
		}
		p := registry.Pause{Dir: req.Dir, Address: req.Address, Reason: req.Reason, Since: time.Now().UTC().Round(time.Second)}
		if req.For > 0 {
			p.Until = time.Now().UTC().Add(req.For)
		}
		return true, h.registry.Pause(ctx, p)
	case control.Resume:
		changed, err = h.registry.Resume(ctx, req.Dir, req.Address)
	}
	return changed, err
}

// knows returns an error that says why a pause would be about nothing.
func (h *serviceHost) knows(dir, address string) error {
	for _, p := range h.mon.Status() {
		if p.Dir != dir {
			continue
		}
		var all []string
		for _, s := range p.Subjects {
			if (registry.Pause{Address: address}).Covers(s.Address) {
				return nil
			}
			all = append(all, s.Address)
		}
		if address == "" {
			return nil
		}
		if meant := diag.Suggest(address, all); meant != "" {
			return fmt.Errorf("no assert of the project is about %s; there are some about %s", address, meant)
		}
		return fmt.Errorf("no assert of the project is about %s", address)
	}
	return fmt.Errorf("the project in %s is not watched over; run clockwork apply in it first", dir)
}

func (h *serviceHost) describe() *control.Description {
	out := &control.Description{PID: os.Getpid(), Version: h.version, Started: h.started}
	h.mu.Lock()
	out.Port, out.URL = h.port, h.url
	h.mu.Unlock()
	content := h.registered()
	now := time.Now()
	for _, p := range h.mon.Status() {
		one := control.Project{Dir: p.Dir, Name: p.Name, Registered: content.Has(p.Dir), Paused: p.Paused}
		one.Healthy, one.Unhealthy, one.Unknown = p.Count()
		for _, d := range p.Problems {
			if d.Severity == diag.Error {
				one.Problems = append(one.Problems, strings.TrimSuffix(d.Summary+": "+d.Detail, ": "))
			}
		}
		for _, s := range p.Subjects {
			if s.Flapping {
				one.Flapping = append(one.Flapping, s.Address)
			}
		}
		for _, pause := range content.Pauses {
			if pause.Dir == p.Dir && pause.Address != "" && !pause.Over(now) {
				one.Pauses = append(one.Pauses, pause.Address)
			}
		}
		out.Projects = append(out.Projects, one)
	}
	for _, p := range h.mon.Proposals() {
		out.Proposals = append(out.Proposals, control.Proposal(p))
	}
	return out
}
