package monitor

import (
	"encoding/json"
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
	// failed are the changes of a model's that were applied and did not help.
	failed [][]vet.Change
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
	if len(t.last.Changes) == 0 {
		return
	}
	failed := make([]vet.Change, len(t.last.Changes))
	for i, c := range t.last.Changes {
		failed[i] = vet.Change(c)
	}
	t.failed = append(t.failed, failed)
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
