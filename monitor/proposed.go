package monitor

import (
	"encoding/json"
	"fmt"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/notify"
)

// planned is the last proposal of an incident.
type planned struct {
	number   int    // how many there were
	hash     string // "" once it was decided on
	serial   uint64 // of the state for which it was made
	waits    bool   // for an approval, as the record says
	rejected bool   // so nothing more is tried
}

// planData is what the record holds of a proposal beside its plan in a line.
type planData struct {
	Hash   string `json:"hash"`
	Serial uint64 `json:"serial"`
}

// plannedIn is the last proposal of an incident that an earlier monitor left.
func plannedIn(left incident.Incident) planned {
	var p planned
	for _, e := range left.Events {
		var data planData
		switch e.Kind {
		case incident.Planned:
			_ = json.Unmarshal(e.Data, &data) // without a hash it is not known again
			p = planned{number: p.number + 1, hash: data.Hash, serial: data.Serial}
		case incident.Approved, incident.Rejected:
			p.hash, p.rejected = "", e.Kind == incident.Rejected
		}
	}
	p.waits = left.State == incident.StateWaitingApproval
	return p
}

// news tells whether a proposal is another one than people were told of last.
func (r *incidentRun) news(out outcome) bool {
	return r.planned.hash == "" || r.planned.hash != out.hash || r.planned.serial != out.serial
}

// plans has people told of a proposal, unless they were told of it last, and
// records it.
func (r *incidentRun) plans(to step, out outcome, state incident.State, summary, detail string) error {
	data, err := json.Marshal(planData{out.hash, out.serial})
	if err != nil {
		return err
	}
	number := r.planned.number
	if r.news(out) {
		number++
		id := r.id + "-" + string(notify.Proposed)
		if number > 1 {
			id += fmt.Sprintf("-%d", number)
		}
		r.send(notify.Message{ID: id, Event: notify.Proposed, Summary: summary, Detail: detail})
	}
	r.planned = planned{number: number, hash: out.hash, serial: out.serial, waits: state == incident.StateWaitingApproval}
	return r.note(incident.Entry{Kind: incident.Planned, State: state, Rung: string(to.rung), Message: out.plan, Data: data})
}
