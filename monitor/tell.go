package monitor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/notify"
	"github.com/clockwork-hcl/clockwork/plan"
)

// notify queues what happened for those whom the policy names. That it cannot
// be queued is logged, and holds nothing up.
func (r *incidentRun) notify(event notify.Event, detail string) {
	if r.opts.Notify == nil || r.opts.DryRun {
		return
	}
	r.mu.Lock()
	all, key := r.s.policy.Notify, r.s.key
	r.mu.Unlock()
	var targets []string
	for i, n := range all {
		if slices.Contains(n.On, plan.Occasion(event)) {
			targets = append(targets, targetName(r.dir, key, i))
		}
	}
	if len(targets) == 0 {
		return
	}
	summary := map[notify.Event]string{
		notify.Opened:    key + " fails",
		notify.Healed:    key + " is well again",
		notify.Escalated: key + " fails, and could not be healed",
	}[event]
	err := r.opts.Notify.Enqueue(notify.Message{Incident: r.id, Event: event, Project: r.identity().Name, Target: key,
		Summary: summary, Detail: detail, Time: time.Now()}, targets...)
	if err != nil {
		r.log.Error("a notification is lost", "incident", r.id, "event", string(event), "error", err)
	}
}

// targetName names the notify block with an index of the policy of a subject.
// It holds nothing secret.
func targetName(dir, key string, index int) string {
	return fmt.Sprintf("%s\x00%s\x00%d", dir, key, index)
}

// Target finds the settings of a target of notifications by its name. It is
// meant for the Lookup of the queue that is in the Options.
func (m *Monitor) Target(_ context.Context, name string) (notify.Target, error) {
	parts := strings.Split(name, "\x00")
	if len(parts) != 3 {
		return nil, notify.ErrNoTarget
	}
	m.mu.Lock()
	p := m.projects[parts[0]]
	m.mu.Unlock()
	if p == nil {
		return nil, notify.ErrNoTarget
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.subjects[parts[1]]
	var i int
	if _, err := fmt.Sscan(parts[2], &i); err != nil || s == nil || i < 0 || i >= len(s.policy.Notify) {
		if p.set == nil {
			return nil, fmt.Errorf("the project is not loaded yet")
		}
		return nil, notify.ErrNoTarget
	}
	return target(s.policy.Notify[i]), nil
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
