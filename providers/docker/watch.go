package docker

import (
	"context"
	"fmt"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/clockwork-hcl/clockwork/providers"
)

// The pauses between attempts to get the engine's events again.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 10 * time.Second
	// answerWithin is how long the engine may take to answer at the beginning. One
	// that hung may never answer, though it answers others by now.
	answerWithin = 10 * time.Second
)

// watched are the events of a container that may matter to how it is. Those
// that its health checks and attached terminals cause many of are left out.
func watched() []string {
	return []string{"start", "die", "oom", "stop", "kill", "pause", "unpause", "restart", "rename", "update", "destroy",
		"health_status", "health_status: healthy", "health_status: unhealthy"}
}

// Watch listens to the engine's events. When the connection is lost it is made
// again, after pauses that grow, and all is to be looked at anew.
func (p *provider) Watch(ctx context.Context, req providers.WatchRequest, notify func(providers.Event)) error {
	s, err := p.scope(providers.Target{Configuration: req.Configuration})
	if err != nil {
		return err
	}
	w := watcher{scope: s, byID: map[string]string{}, byAddress: map[string]bool{}, notify: notify}
	for _, r := range req.Resources {
		if r.Type != containerType {
			continue
		}
		w.byAddress[r.Address] = true
		if !r.State.IsNull() {
			w.byID[textOf(r.State.GetAttr("id"))] = r.Address
		}
	}
	pause := firstPause
	for ctx.Err() == nil {
		heard, err := w.listen(ctx)
		if heard {
			pause = firstPause
		}
		if ctx.Err() != nil {
			break
		}
		w.lost(err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
	return nil
}

type watcher struct {
	scope
	byID      map[string]string // addresses
	byAddress map[string]bool
	notify    func(providers.Event)
	silent    bool // the loss was told
}

// lost tells once that the events have stopped: what is watched should be
// looked at, as the engine may be down.
func (w *watcher) lost(err error) {
	if w.silent {
		return
	}
	w.silent = true
	message := "the engine's events have stopped"
	if err != nil {
		message += ": " + reason(err)
	}
	w.notify(providers.Event{Kind: providers.Resync, Message: message})
}

// listen passes events on until there are no more, and tells whether the
// engine answered.
func (w *watcher) listen(ctx context.Context) (bool, error) {
	beginning, began := context.WithTimeout(ctx, answerWithin)
	defer began()
	c, err := w.engine.dial(beginning)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	args := filters.NewArgs(filters.Arg("type", string(events.ContainerEventType)))
	for _, action := range watched() {
		args.Add("event", action)
	}
	// The engine answers before it listens to itself, so it is asked for what
	// has happened since an instant by its own clock.
	info, err := c.Info(beginning)
	if err != nil {
		return false, fmt.Errorf("ask for the engine's time: %w", err)
	}
	messages, errs := c.Events(ctx, events.ListOptions{Filters: args, Since: info.SystemTime})
	w.silent = false
	w.notify(providers.Event{Kind: providers.Resync})
	for {
		select {
		case m := <-messages:
			w.pass(m)
		case err := <-errs:
			return true, err
		}
	}
}

// pass tells of an event if it is about something that is watched: a container
// that is known, or another that was made for its address since.
func (w *watcher) pass(m events.Message) {
	address, known := w.byID[m.Actor.ID]
	if !known {
		attributes := m.Actor.Attributes
		address = attributes[labelAddress]
		if attributes[labelProject] != w.project.Name || !w.byAddress[address] {
			return
		}
	}
	message := "the container had the event " + string(m.Action)
	if code := m.Actor.Attributes["exitCode"]; code != "" {
		message += " (exit code " + code + ")"
	}
	w.notify(providers.Event{Address: address, Kind: string(m.Action), Message: message})
}
