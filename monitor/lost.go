package monitor

import (
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/state"
)

// A heal may end between the removal of something and what was to come in its
// place: the engine refuses, the provider or the monitor is killed. The state does
// not hold it then, as if a person had destroyed it. So it is remembered, and is
// on record, what a heal may have left like that.

// owes tells whether the last attempt in an incident's events may have left its
// target half made.
func owes(events []incident.Event) bool {
	owed := false
	for i, e := range events {
		switch e.Kind {
		case incident.Attempted:
			owed = !undone(events, i)
		case incident.Applied, incident.RolledBack:
			owed = false
		}
	}
	return owed
}

// lastByUs tells whether a heal, and no person's command, changed the state last:
// one that ended, or one that was killed.
func lastByUs(store *state.Store) bool {
	all, err := store.History()
	if err != nil || len(all) == 0 {
		return false
	}
	last := all[len(all)-1]
	return last.Operation == lockOperation || last.Operation == state.Recovery || store.State().Serial > last.Serial
}

// findLost notes which subjects a heal left without anything in the state. The
// lock must be held.
func (p *project) findLost(store *state.Store, st *state.State) {
	var ours, asked bool
	for _, s := range p.subjects {
		s.lost = false
		if !s.owed || !s.managed || st.Objects[state.ObjectKey{Instance: s.target}] != nil {
			continue
		}
		if !asked {
			ours, asked = lastByUs(store), true
		}
		s.lost, s.owed = ours, ours // what a person took out stays out
	}
}
