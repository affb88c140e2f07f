package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/notify"
	"github.com/clockwork-hcl/clockwork/plan"
)

// notify tells of an event that an incident has once.
func (r *incidentRun) notify(event notify.Event, detail string) {
	summary := map[notify.Event]string{
		notify.Opened:    r.s.key + " fails",
		notify.Healed:    r.s.key + " is well again",
		notify.Escalated: r.s.key + " fails, and could not be healed",
	}[event]
	if r.flapping && event == notify.Escalated {
		summary = r.s.key + " is flapping"
	}
	r.send(notify.Message{Event: event, Summary: summary, Detail: detail})
}

// send queues what happened for those whom the policy names. That it cannot be
// queued is logged, and holds nothing up.
func (r *incidentRun) send(m notify.Message) {
	if r.opts.Notify == nil || r.opts.DryRun {
		return
	}
	r.mu.Lock()
	all, key := r.s.policy.Notify, r.s.key
	r.mu.Unlock()
	var targets []string
	for i, n := range all {
		if slices.Contains(n.On, plan.Occasion(m.Event)) {
			targets = append(targets, targetName(r.dir, key, i, n))
		}
	}
	if len(targets) == 0 {
		return
	}
	m.Incident, m.Project, m.Target, m.Time = r.id, r.identity().Name, key, time.Now()
	if err := r.opts.Notify.Enqueue(m, targets...); err != nil {
		r.log.Error("a notification is lost", "incident", r.id, "event", string(m.Event), "error", err)
	}
}

// targetName names a notify block of the policy of a subject: by its own name,
// which stays when blocks come and go, or else by its place. It holds nothing
// secret.
func targetName(dir, key string, index int, n plan.Notify) string {
	name := n.Name
	if name == "" {
		name = fmt.Sprint(index + 1)
	}
	return fmt.Sprintf("%s of %s in %s", name, key, dir)
}

// Target finds the settings of a target of notifications by its name. It is
// meant for the Lookup of the queue that is in the Options.
func (m *Monitor) Target(_ context.Context, name string) (notify.Target, error) {
	for _, p := range m.all() {
		if !strings.HasSuffix(name, " in "+p.dir) {
			continue
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.set == nil {
			return nil, errors.New("the project is not loaded yet")
		}
		for _, s := range p.subjects {
			for i, n := range s.policy.Notify {
				if targetName(p.dir, s.key, i, n) == name {
					return target(n), nil
				}
			}
		}
	}
	return nil, notify.ErrNoTarget
}

func target(n plan.Notify) notify.Target {
	switch {
	case n.Webhook != nil:
		headers := map[string]string{}
		for name, v := range n.Webhook.Headers {
			headers[name] = v.Reveal()
		}
		return notify.Webhook{URL: n.Webhook.URL.Reveal(), Secret: n.Webhook.Secret.Reveal(), Headers: headers}
	case n.SMTP != nil:
		return notify.SMTP{Host: n.SMTP.Host, Port: n.SMTP.Port, From: n.SMTP.From, To: n.SMTP.To,
			Username: n.SMTP.Username, Password: n.SMTP.Password.Reveal(), StartTLS: n.SMTP.StartTLS}
	}
	var argv []string
	for _, word := range n.Command {
		argv = append(argv, word.Reveal())
	}
	return notify.Command{Argv: argv}
}
