package incident

import (
	"encoding/json"
	"time"
)

// Kind says what an event is about.
type Kind string

// The kinds. An incident begins with the one event that is Opened.
const (
	Opened    Kind = "opened"
	Confirmed Kind = "confirmed"
	Held      Kind = "held"
	Diagnosed Kind = "diagnosed"
	Skipped   Kind = "skipped"
	Attempted Kind = "attempted"
	Planned   Kind = "planned"
	Applied   Kind = "applied"
	Verified  Kind = "verified"
	Failed    Kind = "failed"
	Healed    Kind = "healed"
	Escalated Kind = "escalated"
	Approved  Kind = "approved"
	Rejected  Kind = "rejected"
	Noted     Kind = "noted"

	// Of a model that is asked, in this order.
	Asked      Kind = "asked"       // a request is about to be sent
	Answered   Kind = "answered"    // what came of it
	Vetted     Kind = "vetted"      // what the gates said of the answer
	RolledBack Kind = "rolled_back" // what was applied did not help, and was taken back
)

func (k Kind) known() bool {
	switch k {
	case Opened, Confirmed, Held, Diagnosed, Skipped, Attempted, Planned, Applied, Verified, Failed, Healed, Escalated,
		Approved, Rejected, Noted, Asked, Answered, Vetted, RolledBack:
		return true
	}
	return false
}

// State is where an incident stands.
type State string

// The states. An incident that is healed or closed is over; one that was
// escalated waits for a human, and may still heal.
const (
	StateOpen              State = "open"
	StateHealing           State = "healing"
	StateWaitingDependency State = "waiting_dependency"
	StateWaitingApproval   State = "waiting_approval"
	StatePaused            State = "paused"
	StateEscalated         State = "escalated"
	StateHealed            State = "healed"
	StateClosed            State = "closed"
)

// Over tells whether nothing more is to be done about the incident.
func (s State) Over() bool { return s == StateHealed || s == StateClosed }

func (s State) known() bool {
	switch s {
	case StateOpen, StateHealing, StateWaitingDependency, StateWaitingApproval, StatePaused, StateEscalated, StateHealed, StateClosed:
		return true
	}
	return false
}

// Severity is that of the asserts which failed.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Project is whose incident it is. The folder tells projects apart.
type Project struct {
	Name   string `json:"name"`
	Folder string `json:"folder"`
}

// Subject is what an incident is about, which never changes.
type Subject struct {
	Project  Project  `json:"project"`
	Target   string   `json:"target"`  // the resource instance's address
	Asserts  []string `json:"asserts"` // the addresses of those that failed first
	Severity Severity `json:"severity"`
}

// Entry is one event as it is appended.
type Entry struct {
	Time    time.Time // now, if it is zero
	Kind    Kind
	State   State  // the incident's from now on; empty leaves it as it is
	Rung    string // of the ladder, where one is concerned
	Message string // for people; what is beyond MaxMessage is cut
	// Data is a JSON object of at most MaxData bytes, or nil. Its members are
	// kept in the order of their names.
	Data json.RawMessage
}

// The bounds of an entry, in bytes.
const (
	MaxMessage = 4 << 10
	MaxData    = 64 << 10
	maxLine    = 256 << 10
	maxRung    = 64
)

// Event is an entry of the log. Its JSON is what `clockwork incidents show
// -json` prints of it; names are added to it, and never changed.
type Event struct {
	Number  uint64          `json:"number"` // in the project's log, counted from 1
	Time    time.Time       `json:"time"`
	Kind    Kind            `json:"kind"`
	State   State           `json:"state,omitempty"` // where the entry changed it
	Rung    string          `json:"rung,omitempty"`
	Message string          `json:"message,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
	Hash    string          `json:"hash"` // SHA-256, in hexadecimal digits
}

// Incident is an incident with its events, if they were asked for. Its JSON is
// as stable as that of Event.
type Incident struct {
	ID string `json:"id"` // such as 20261125-1650-k3f9; sorts by time
	Subject
	State   State     `json:"state"`
	Opened  time.Time `json:"opened"`
	Updated time.Time `json:"updated"` // the time of the last event
	Events  []Event   `json:"events,omitempty"`
}
