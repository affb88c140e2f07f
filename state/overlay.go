package state

import (
	"bytes"
	"encoding/json"
	"maps"
	"time"
)

// Overlay is one change that lies over what the user wrote of an object: a
// proposal of a model's that passed policy and helped. It holds for as long as
// the user's own value is what it was then.
type Overlay struct {
	// Path is the attribute, as written in a configuration: "memory",
	// `networks["monitored"]`, "healthcheck.interval".
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
	// Over is the value that the configuration had, null when it had none.
	Over   json.RawMessage `json:"over"`
	Origin Origin          `json:"origin"`
}

// Completed are the attributes that a model filled in when the object was
// planned, because the user left them out.
type Completed struct {
	// Values are by attribute.
	Values map[string]json.RawMessage `json:"values"`
	// Inputs is the hash of what the model was asked. Another one is another
	// question.
	Inputs string `json:"inputs"`
	Origin Origin `json:"origin"`
}

func sameOverlay(a, b Overlay) bool {
	return a.Path == b.Path && bytes.Equal(a.Value, b.Value) && bytes.Equal(a.Over, b.Over) && a.Origin.same(b.Origin)
}

func sameCompleted(a, b *Completed) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Inputs == b.Inputs && a.Origin.same(b.Origin) &&
		maps.EqualFunc(a.Values, b.Values, func(x, y json.RawMessage) bool { return bytes.Equal(x, y) })
}

// Origin says where a value comes from that no user wrote.
type Origin struct {
	Model    string    `json:"model"`
	Time     time.Time `json:"time"`
	Incident string    `json:"incident,omitempty"` // of a remediation
	Cause    string    `json:"cause,omitempty"`    // what the model said the matter was
}

func (o Origin) same(p Origin) bool {
	return o.Model == p.Model && o.Time.Equal(p.Time) && o.Incident == p.Incident && o.Cause == p.Cause
}
