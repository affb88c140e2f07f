package monitor

import (
	"context"
	"errors"
	"fmt"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// Matter is all that is known of a resource that a model is to be asked about.
type Matter struct {
	// Input has the state as it is.
	Input  plan.Input
	Target addr.Instance
	Policy plan.Policy
	// Policies are those of the whole project: what they tell others with is secret.
	Policies map[string]plan.Policy
	Found    providers.DiagnoseResponse
	Failing  []Failure
	// Others is the health of what the target depends on, by address, as far as
	// that is checked.
	Others map[string]Health
	Trials []Trial
	// Good is the last state that is known to be good, or nil.
	Good *state.State
	// Hash is how plans are identified for approval.
	Hash func(*plan.Plan) string
}

// mayChange is what the gates would let through, for a model to read.
type mayChange struct {
	Attributes []vet.Allowed `json:"attributes"`
	MaxChanges int           `json:"max_changes"`
}

// NewQuestion returns what a model is asked, and the request by which its answer
// is vetted. The error is a clause that says why there is nothing to ask.
func NewQuestion(ctx context.Context, m Matter) (ask.Question, vet.Request, error) {
	var none ask.Question
	in := m.Input
	if in.State.Objects[state.ObjectKey{Instance: m.Target}] == nil {
		return none, vet.Request{}, errors.New("it is not deployed any more")
	}
	if m.Policy.AI == nil {
		return none, vet.Request{}, errors.New("its policy has no ai block")
	}
	run, ds := plan.NewRun(ctx, in, false)
	if ds.HasErrors() {
		return none, vet.Request{}, fmt.Errorf("what may change cannot be told: %w", onlyErrors(ds))
	}
	run.UseState(ctx)
	request := vet.Request{Target: m.Target, Policy: m.Policy, Input: in, Serial: in.State.Serial, ConfigHash: in.Config.Hash,
		Secrets: secretsOf(ctx, run, m.Policies), Hash: m.Hash}
	allowed, err := vet.AllowedFor(ctx, request)
	switch {
	case err != nil:
		return none, request, fmt.Errorf("what may change cannot be told: %w", err)
	case len(allowed) == 0:
		return none, request, errors.New("its policy allows nothing of it to be changed")
	}
	w := &witness{run: run, target: m.Target, policy: m.Policy, found: m.Found, failing: m.Failing, others: m.Others, trials: m.Trials,
		good: m.Good, mayChange: mayChange{allowed, m.Policy.AI.MaxChanges}}
	evidence := w.evidence(ctx)
	for _, e := range evidence {
		request.Evidence = append(request.Evidence, e.ID)
	}
	return ask.Question{Purpose: ask.Remediation, Subject: m.Target.String(), Instructions: instructions, Evidence: evidence,
		Schema: vet.Schema(allowed, request.Evidence), Secrets: request.Secrets,
		Check: func(answer []byte) error {
			r := request
			r.Answer = answer
			return vet.Check(ctx, r)
		}}, request, nil
}
