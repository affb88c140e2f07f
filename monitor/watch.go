package monitor

import (
	"context"
	"time"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/providers"
)

// watch has the providers tell at once when something happens to what the
// checks are about.
func (p *project) watch(set *check.Set) {
	ctx, cancel := context.WithCancel(p.soft)
	p.mu.Lock()
	p.unwatch()
	p.unwatch = cancel
	subjects := sortedSubjects(p.subjects)
	p.mu.Unlock()
	type of struct {
		provider providers.Provider
		name     string
	}
	wanted := map[of][]providers.WatchTarget{}
	for _, s := range subjects {
		if !s.managed {
			continue
		}
		provider, target, err := set.Object(ctx, s.target)
		if err != nil {
			continue // its checks say so
		}
		wanted[of{provider, target.Configuration}] = append(wanted[of{provider, target.Configuration}], target)
	}
	for w, targets := range wanted {
		watcher, ok := w.provider.(providers.Watcher)
		if schema, err := w.provider.Schema(ctx); !ok || err != nil || !schema.Capabilities.Watch {
			continue
		}
		p.spawn(func() {
			err := watcher.Watch(ctx, providers.WatchRequest{Configuration: w.name, Resources: targets}, p.event)
			if err != nil && ctx.Err() == nil {
				p.log.Warn("changes are not told at once any more", "provider", w.name, "error", err)
				p.revive()
			}
		})
	}
}

// event takes in what a provider tells.
func (p *project) event(e providers.Event) {
	switch e.Kind {
	case providers.Resync:
		p.trigger("")
		return
	case providers.Late:
		p.warnOnce(e.Message)
		return
	}
	p.mu.Lock()
	if s := p.subjects[e.Address]; s != nil {
		switch e.Kind {
		case "stop", "kill": // what people do, not what happens by itself
			s.stopped = time.Now()
		case "start":
			s.stopped = time.Time{}
		}
	}
	p.mu.Unlock()
	p.trigger(e.Address)
}

const (
	// reviveAfter is how long it takes until a provider that does not answer, or
	// does not watch any more, is asked for again; longer each time if that does
	// not help, but not longer than reviveAtLast.
	reviveAfter  = time.Second
	reviveAtLast = time.Minute
	// revivedFor is how long it must have helped for the next to be the first.
	revivedFor = 30 * time.Second
)

// revivals are when a project's providers are asked for again.
type revivals struct {
	going bool
	pause time.Duration // before the last
	last  time.Time
}

// next returns how long to wait for the next one.
func (r *revivals) next(now time.Time) time.Duration {
	if r.pause == 0 || now.Sub(r.last) > revivedFor+r.pause {
		r.pause = reviveAfter
	} else {
		r.pause = min(2*r.pause, reviveAtLast)
	}
	r.last = now.Add(r.pause)
	return r.pause
}

// revive asks for the providers again in a while: one whose process has ended
// is started anew then.
func (p *project) revive() {
	p.mu.Lock()
	going := p.revivals.going
	p.revivals.going = true
	var pause time.Duration
	if !going {
		pause = p.revivals.next(time.Now())
	}
	p.mu.Unlock()
	if going {
		return
	}
	p.spawn(func() {
		select {
		case <-time.After(pause):
		case <-p.soft.Done():
			return
		}
		p.mu.Lock()
		p.revivals.going = false
		p.mu.Unlock()
		p.refresh()
		p.trigger("")
	})
}
