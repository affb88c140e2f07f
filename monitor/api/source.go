package api

import (
	"time"

	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/schedule"
)

// Source is what is shown. Its methods are called by many goroutines.
type Source interface {
	Status() []monitor.ProjectStatus
	// Loaded tells whether all projects were read.
	Loaded() bool
	// Progress tells when the scheduler of the checks was last seen working.
	Progress() (ticks uint64, last time.Time)
	Stats() schedule.Stats
	// Tallies returns what models were asked for, by the names of projects.
	Tallies() []monitor.Tally

	// Incidents returns incidents without their events, the newest first.
	Incidents(incident.Filter) []incident.Incident
	// Whole returns incidents with their events, by ID. Those that there are not
	// are left out; with an error, what can be read is there.
	Whole(ids ...string) (map[string]incident.Incident, error)
}

// Local is the Source of a monitor in this process.
type Local struct {
	*monitor.Monitor
	Store *incident.Store
}

// Incidents lists those on record.
func (l Local) Incidents(f incident.Filter) []incident.Incident { return l.Store.List(f) }

// Whole reads some of them.
func (l Local) Whole(ids ...string) (map[string]incident.Incident, error) {
	return l.Store.GetAll(ids...)
}
