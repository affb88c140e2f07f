package monitor

import (
	"context"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan"
)

// secretsOf are all texts and numbers that are sensitive in a project: in its
// variables, in its state, in outputs, and what policies tell others with.
func secretsOf(ctx context.Context, run *plan.Run, policies map[string]plan.Policy) []string {
	found := map[string]bool{}
	for _, v := range run.Variables {
		collectSecrets(v, false, found)
	}
	for key, object := range run.State.Objects {
		if v, _, ds := run.DecodeState(ctx, key, object); !ds.HasErrors() {
			collectSecrets(v, false, found)
		}
	}
	for _, o := range run.State.Outputs {
		if v, err := plan.DecodeOutput(o); err == nil {
			collectSecrets(v, false, found)
		}
	}
	for _, p := range policies {
		for _, n := range p.Notify {
			for _, secret := range secretsOfNotify(n) {
				found[secret.Reveal()] = true
			}
		}
	}
	// One or two letters are in any text.
	maps.DeleteFunc(found, func(text string, _ bool) bool { return len(text) < 3 })
	return slices.Sorted(maps.Keys(found))
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

func collectSecrets(v cty.Value, secret bool, found map[string]bool) {
	if v == cty.NilVal {
		return
	}
	secret = secret || marks.IsSensitive(v)
	if !secret && !v.ContainsMarked() {
		return
	}
	v, _ = v.Unmark()
	switch {
	case v.IsNull() || !v.IsKnown():
	case v.Type() == cty.String && secret:
		found[v.AsString()] = true
	case v.Type() == cty.Number && secret:
		found[v.AsBigFloat().Text('f', -1)] = true
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			key, e := it.Element()
			if v.Type().IsMapType() {
				collectSecrets(key, secret, found)
			}
			collectSecrets(e, secret, found)
		}
	}
}
