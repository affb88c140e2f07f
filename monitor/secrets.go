package monitor

import (
	"context"
	"maps"
	"slices"

	"github.com/clockwork-hcl/clockwork/plan"
)

// secretsOf are all texts that must not be told: what a project has that is
// sensitive, and what policies tell others with.
func secretsOf(ctx context.Context, run *plan.Run, policies map[string]plan.Policy) []string {
	found := run.Secrets(ctx)
	for _, p := range policies {
		for _, n := range p.Notify {
			for _, secret := range secretsOfNotify(n) {
				found = append(found, secret.Reveal())
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func secretsOfNotify(n plan.Notify) []plan.Secret {
	out := slices.Clone(n.Command[min(1, len(n.Command)):]) // its program is none
	if n.Webhook != nil {
		out = append(out, n.Webhook.URL, n.Webhook.Secret)
		out = slices.AppendSeq(out, maps.Values(n.Webhook.Headers))
	}
	if n.SMTP != nil {
		out = append(out, n.SMTP.Password)
	}
	return out
}
