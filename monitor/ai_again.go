package monitor

import (
	"context"
	"encoding/json"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
)

// waits tells whether a proposal of a model's waits for a person, as the record of
// an earlier monitor says.
func (r *incidentRun) waits() bool {
	return (r.policy.Mode == plan.HealApprove || r.policy.Mode == plan.HealAuto) && r.planned.waits && r.planned.hash != "" && r.planned.hash == r.trials.last.Hash
}

// again makes the answer anew of which a proposal waits, from the record. It
// returns nil if the model has to be asked: what it was told of has changed.
func (r *incidentRun) again(ctx context.Context, to step) *consultation {
	last := r.trials.last
	if !r.waits() {
		return nil
	}
	answer := vet.Answer{Verdict: last.Verdict, Cause: last.Cause, Evidence: append([]string{}, last.Evidence...), Confidence: last.Confidence}
	for _, c := range last.Changes {
		if len(c.Value) == 0 {
			return nil // it was too long to be kept
		}
		answer.Changes = append(answer.Changes, vet.Change(c))
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		return nil
	}
	c := &consultation{incidentRun: r, to: to, cause: last.Cause}
	if c.prepare(ctx) != "" || c.request.Serial != last.Serial || c.request.ConfigHash != last.ConfigHash {
		return nil
	}
	c.reply.Model = last.Model
	c.request.Answer, c.request.Evidence = raw, last.Given
	return c
}
