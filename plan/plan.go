package plan

import (
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/state"
)

// Mode is what kind of plan it is.
type Mode uint8

// The modes.
const (
	Normal Mode = iota
	RefreshOnly
	Destroy
)

// String returns the mode's name: "normal", "refresh-only" or "destroy".
func (m Mode) String() string { return [...]string{"normal", "refresh-only", "destroy"}[m] }

// Action is what a plan does with one object.
type Action uint8

// The actions.
const (
	NoOp Action = iota
	Create
	Read // a data source that can only be read during apply
	Update
	DeleteThenCreate
	CreateThenDelete
	Delete
	Forget
	Restart // the same object begins its work anew
)

// String returns the action's name: "no-op", "create", "read", "update",
// "delete-create", "create-delete", "delete", "forget" or "restart".
func (a Action) String() string {
	return [...]string{"no-op", "create", "read", "update", "delete-create", "create-delete", "delete", "forget", "restart"}[a]
}

// IsReplace tells whether the action makes a new object for an old one.
func (a Action) IsReplace() bool { return a == DeleteThenCreate || a == CreateThenDelete }

// Reason says why an action was chosen where that is not plain from the diff.
type Reason string

// The reasons. The words are those of Terraform's machine-readable UI.
const (
	ReasonNone              Reason = ""
	ReasonTainted           Reason = "tainted"
	ReasonRequested         Reason = "requested"            // -replace
	ReasonCannotUpdate      Reason = "cannot_update"        // an attribute forces replacement
	ReasonTriggered         Reason = "replace_triggered_by" // lifecycle
	ReasonNoResourceConfig  Reason = "delete_because_no_resource_config"
	ReasonWrongRepetition   Reason = "delete_because_wrong_repetition"
	ReasonCountIndex        Reason = "delete_because_count_index"
	ReasonEachKey           Reason = "delete_because_each_key"
	ReasonNoModule          Reason = "delete_because_no_module"
	ReasonDisabled          Reason = "delete_because_disabled" // lifecycle.enabled = false
	ReasonDeposed           Reason = "delete_because_deposed"
	ReasonConfigUnknown     Reason = "read_because_config_unknown"
	ReasonDependencyPending Reason = "read_because_dependency_pending"
)

// Change is what is planned for one object. Values carry sensitive marks and
// may hold unknowns in After.
type Change struct {
	Address addr.Instance
	Deposed string
	// Previous is the address it had before a move; equal to Address else.
	Previous addr.Instance

	Provider state.ProviderConfig
	Action   Action
	Reason   Reason

	Before cty.Value // null when it does not exist
	After  cty.Value // null when it will not

	// Config is what the user wrote, for the provider; unknowns are filled in
	// during apply. Null for a delete.
	Config cty.Value
	// Replace are the paths that force the replacement.
	Replace []cty.Path
	// Private is the provider's own note from Read or Plan.
	Private []byte

	// DependsOn are the resources whose changes must come first (for a delete:
	// those it was made from, whose deletes must come after).
	DependsOn []string

	Description         string
	PreventDestroy      bool
	CreateBeforeDestroy bool
	SchemaVersion       int

	// Overlay and Completed say which values of Config no user wrote. They are
	// remembered with the object.
	Overlay   []state.Overlay
	Completed *state.Completed
}

// OutputChange is what is planned for one output of the root module.
type OutputChange struct {
	Name      string
	Action    Action // NoOp, Create, Update or Delete
	Before    cty.Value
	After     cty.Value
	Sensitive bool
}

// Drift is what was found to be different from what was last applied.
type Drift struct {
	Address addr.Instance
	Deposed string
	Action  Action // Update or Delete
	Before  cty.Value
	After   cty.Value
}

// Refreshed is what reality is for one object, where that differs from the
// state: the new object, or nil when it is gone.
type Refreshed struct {
	Key    state.ObjectKey
	Object *state.Object
}

// Move is an object whose address changed because count came or went.
type Move struct{ From, To state.ObjectKey }

// Plan is everything that is about to be done. It is not changed once made.
type Plan struct {
	Mode      Mode
	Version   string // of Clockwork
	Timestamp time.Time

	// Lineage and Serial are those of the state it was made from; ConfigHash
	// is that of the configuration. A plan that does not match is stale.
	Lineage    string
	Serial     uint64
	ConfigHash string

	// Variables are the root module's input values, marked where sensitive.
	Variables map[string]cty.Value

	// Changes are sorted by address; NoOp ones are left out. Unchanged says how
	// many there were.
	Changes   []Change
	Unchanged int
	Drift     []Drift
	Refreshed []Refreshed
	Moved     []Move
	Outputs   []OutputChange // sorted by name, NoOp ones included

	// Targets, Excludes, Replaces and Restarts are the options it was made with.
	Targets  []addr.Target
	Excludes []addr.Target
	Replaces []addr.Instance
	Restarts []addr.Instance
	// Overlays are what lies over the configuration, by address, whether it
	// changes anything now or not.
	Overlays []Overlay
	// FromModel says that a model proposed what is in it. Package apply takes it
	// only from package vet.
	FromModel bool
}

// Overlay is what lies over the configuration of one instance.
type Overlay struct {
	Address addr.Instance
	Entries []state.Overlay // sorted by path
}

// Counts is what the summary line says.
type Counts struct{ Add, Change, Destroy, Forget int }

// Counts adds up the plan's changes. A replacement is one to add and one to
// destroy.
func (p *Plan) Counts() Counts {
	var c Counts
	for i := range p.Changes {
		switch p.Changes[i].Action {
		case Create:
			c.Add++
		case Update, Restart:
			c.Change++
		case DeleteThenCreate, CreateThenDelete:
			c.Add++
			c.Destroy++
		case Delete:
			c.Destroy++
		case Forget:
			c.Forget++
		}
	}
	return c
}

// HasChanges tells whether applying p would do anything: to a resource or to
// an output. Drift alone is a change only of a refresh-only plan.
func (p *Plan) HasChanges() bool {
	for i := range p.Changes {
		if p.Changes[i].Action != Read {
			return true
		}
	}
	for _, o := range p.Outputs {
		if o.Action != NoOp {
			return true
		}
	}
	return p.Mode == RefreshOnly && len(p.Refreshed) > 0
}
