package monitor

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/providers"
)

// diagnoseFor is how long a provider may take to say what is the matter.
const diagnoseFor = 30 * time.Second

// diagnose asks the provider what is the matter, and records the answer.
func (r *incidentRun) diagnose(ctx context.Context) error {
	r.diagnosed = true
	r.mu.Lock()
	r.policy = r.s.policy
	managed := r.s.managed
	r.mu.Unlock()
	if !managed {
		return nil
	}
	found, err := r.look(ctx)
	if err != nil {
		return r.note(incident.Entry{Kind: incident.Diagnosed, Message: "its provider could not say what is the matter"})
	}
	r.facts, r.found = found.Facts, found
	r.say("[Diagnostic] %s", strings.TrimSuffix(found.Summary, "."))
	data, err := json.Marshal(map[string]any{"facts": found.Facts})
	if err != nil {
		data = nil
	}
	return r.note(incident.Entry{Kind: incident.Diagnosed, Message: found.Summary, Data: data})
}

// look asks the provider, and notes whether it can look at the subject at all. An
// engine that is down, or hangs, cannot be asked to heal anything either.
func (r *incidentRun) look(ctx context.Context) (providers.DiagnoseResponse, error) {
	r.mu.Lock()
	target, set := r.s.target, r.set
	r.mu.Unlock()
	bounded, cancel := context.WithTimeout(ctx, diagnoseFor)
	defer cancel()
	found, err := set.Diagnose(bounded, target)
	r.blind = found.Diagnostics.HasErrors() || err != nil && bounded.Err() != nil && ctx.Err() == nil
	return found, err
}
