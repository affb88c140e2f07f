package state

import (
	"encoding/json"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
)

// State is everything that is remembered of one project. Store owns it; others
// treat what they are given as read-only.
type State struct {
	// Lineage is made once, when a state is first written; states of different
	// lineage have nothing to do with each other. Serial grows by one with
	// every command that changed something.
	Lineage string
	Serial  uint64

	// ClockworkVersion wrote it last.
	ClockworkVersion string

	Objects map[ObjectKey]*Object
	Outputs map[string]Output // of the root module
}

// ObjectKey names one object: an instance, or one that a replacement left
// behind.
type ObjectKey struct {
	Instance addr.Instance
	// Deposed is "" for the instance's current object, else the mark of an
	// older one that create_before_destroy has yet to delete.
	Deposed string
}

// String returns the address, with " (deposed MARK)" behind a deposed one.
func (k ObjectKey) String() string {
	if k.Deposed == "" {
		return k.Instance.String()
	}
	return k.Instance.String() + " (deposed " + k.Deposed + ")"
}

// Object is one resource object as last known. It is not changed once it is in
// a State: a change is a new Object.
type Object struct {
	Provider      ProviderConfig `json:"provider"`
	SchemaVersion int            `json:"schema_version,omitempty"`

	// Attributes is the whole object as JSON. Sensitive are the paths in it,
	// as JSON arrays of steps (strings and numbers), whose values are secret
	// beyond what the schema says.
	Attributes json.RawMessage   `json:"attributes"`
	Sensitive  []json.RawMessage `json:"sensitive,omitempty"`

	// Private is the provider's own, never shown.
	Private []byte `json:"private,omitempty"`

	// DependsOn are the addresses of the resources (not instances) that it was
	// made from, so that it can be destroyed in order without its block.
	DependsOn []string `json:"depends_on,omitempty"`

	Description         string `json:"description,omitempty"`
	Tainted             bool   `json:"tainted,omitempty"`
	PreventDestroy      bool   `json:"prevent_destroy,omitempty"`
	CreateBeforeDestroy bool   `json:"create_before_destroy,omitempty"`

	// Overlay lies over what the user wrote, sorted by path. Completed is what a
	// model filled in, nil when it filled in nothing.
	Overlay   []Overlay  `json:"overlay,omitempty"`
	Completed *Completed `json:"completed,omitempty"`

	// Intent is the id of the change that last touched it.
	Intent string `json:"intent,omitempty"`
}

// ProviderConfig names the provider configuration that an object belongs to.
type ProviderConfig struct {
	Source string      `json:"source"`           // "clockwork/file"
	Alias  string      `json:"alias,omitempty"`  // "" for the default
	Module addr.Module `json:"module,omitempty"` // where it is configured
}

// Output is the value of one output of the root module.
type Output struct {
	Value     json.RawMessage `json:"value"`
	Type      json.RawMessage `json:"type"` // as cty's JSON
	Sensitive bool            `json:"sensitive,omitempty"`
}

// Intent is a change about to be asked of a provider. It is durable before the
// provider hears of it.
type Intent struct {
	ID       string         `json:"id"`
	Key      ObjectKey      `json:"-"`      // the store writes it by its parts
	Action   string         `json:"action"` // "create", "update", "delete", "restart"
	Provider ProviderConfig `json:"provider"`
	// Planned is what was about to be made, as JSON in which unknown values
	// are null; nil for a delete. It holds what Object.Attributes would.
	Planned json.RawMessage `json:"planned,omitempty"`
	// Object is the rest of what would be remembered (Attributes empty), so
	// that an object found again is remembered whole.
	Object Object    `json:"object"`
	Time   time.Time `json:"time"`
}

// Change is what one record of the journal changes of a State, beside ending
// an intent. Everything in one Change happens at once or not at all.
type Change struct {
	// Intent is the id of the intent that this is the result of, or "".
	Intent string
	// Set and Delete name objects by key. Delete happens first.
	Set    map[ObjectKey]*Object
	Delete []ObjectKey
	// Outputs, when not nil, replaces all outputs.
	Outputs map[string]Output
}
