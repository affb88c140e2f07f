package monitor

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
)

// Trial is something that was tried in an incident, and what came of it.
type Trial struct {
	Rung    string   `json:"rung"`
	Changes []string `json:"changes,omitempty"`
	Outcome string   `json:"outcome"`
}

// trials is what was tried in an incident, as its entries tell. It is made from
// them also when another monitor goes on with the incident.
type trials struct {
	done []Trial
	// failed are the proposals of a model's that were applied and did not help.
	failed []Vetted
	// suggested says that a proposal of a model's was left to people, proposed since
	// when.
	suggested bool
	proposed  time.Time

	// abstained says that a model had nothing to propose.
	abstained bool

	// What is known of the last proposal.
	last    Vetted
	changes []string
	applied bool
}

// take takes an entry in.
func (t *trials) take(e incident.Event) {
	kind, rung := e.Kind, e.Rung
	ai := rung == string(plan.RungAI)
	switch kind {
	case incident.Attempted:
		t.changes, t.applied = nil, false
	case incident.Vetted:
		var v Vetted
		if json.Unmarshal(e.Data, &v) == nil {
			t.last, t.changes = v, changeLines(v)
			t.abstained = t.abstained || v.abstained()
		}
	case incident.Planned:
		if ai {
			t.suggested, t.proposed = true, e.Time
		}
	case incident.Approved:
		t.suggested = t.suggested && !ai
	case incident.Applied:
		t.applied = ai
	case incident.Failed:
		t.done = append(t.done, Trial{Rung: rung, Changes: t.changes, Outcome: e.Message})
		if t.applied {
			t.fail()
		}
	case incident.RolledBack:
		t.fail()
		if n := len(t.done); n > 0 {
			t.done[n-1].Outcome += "; it was taken back"
		}
	}
}

func (t *trials) fail() {
	if t.last.Proposal != "" && !t.hasFailed(t.last) {
		t.failed = append(t.failed, t.last)
	}
}

// vet passes an answer through the gates, and looks itself whether the same was
// tried before, also where it is written in another way now.
func (t *trials) vet(ctx context.Context, r vet.Request) vet.Verdict {
	v := vet.Vet(ctx, r)
	if v.Outcome != vet.Deny && t.hasFailed(vettedOf(v, r, "", "")) {
		v.Outcome, v.Vetted = vet.Deny, nil
		v.Gates = append(v.Gates, vet.Gate{Name: "repetition", Reason: "the same was tried before in this incident, and did not help"})
	}
	return v
}

// hasFailed tells whether a proposal did not help before.
func (t *trials) hasFailed(v Vetted) bool {
	return slices.ContainsFunc(t.failed, func(f Vetted) bool { return sameProposal(f, v) })
}

// recollect reads what an earlier monitor tried in the incident.
func (r *incidentRun) recollect() {
	whole, err := r.incidents.Get(r.id)
	if err != nil {
		r.log.Error("an incident cannot be read; what was tried in it does not count", "incident", r.id, "error", err)
		return
	}
	for _, e := range whole.Events {
		r.trials.take(e)
	}
}
