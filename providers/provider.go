package providers

import (
	"context"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/zclconf/go-cty/cty"
)

// Provider is what every provider implements. Every method may be called from
// many goroutines at once, and must return soon after its context ends.
//
// What is wrong with a configuration or with the world is said in a response's
// Diagnostics, with attribute paths. An error returned beside a response means
// that the call itself did not work (transport, a bug).
type Provider interface {
	// Schema describes the provider. It is called before anything else, needs
	// no configuration and always gives the same answer.
	Schema(ctx context.Context) (*Schema, error)

	// Configure makes one configuration known under a name that later requests
	// carry. It is called once for each configuration that is used, before
	// any other method but Schema and Validate; it must not reach out to the
	// world, so that a daemon that is down matters only to what needs it.
	// Values may be unknown at plan time.
	Configure(ctx context.Context, req ConfigureRequest) (ConfigureResponse, error)

	// Validate checks one object's configuration beyond what its schema says.
	// It must not reach out to the world. Any value may be unknown.
	Validate(ctx context.Context, req ValidateRequest) (ValidateResponse, error)

	// Read looks at the world and returns what is there now of one resource,
	// or a null State when it is gone. Nothing is unknown.
	Read(ctx context.Context, req ReadRequest) (ReadResponse, error)

	// Apply creates, updates, deletes or restarts one resource. Planned may hold
	// unknown values only for computed attributes. An Apply that fails half-way
	// returns what exists together with its diagnostics.
	Apply(ctx context.Context, req ApplyRequest) (ApplyResponse, error)

	// Close frees everything. It is called once, last.
	Close() error
}

// Project is where a configuration belongs; relative paths in a resource are
// relative to Dir.
type Project struct {
	Name string // clockwork.project
	Dir  string // absolute
}

// ConfigureRequest names one provider configuration.
type ConfigureRequest struct {
	Name    string // unique in the process, e.g. "docker" or "docker.eu"
	Project Project
	Config  cty.Value // conforms to Schema.Provider
}

// ConfigureResponse is the answer to Configure.
type ConfigureResponse struct {
	Diagnostics diag.Diagnostics
}

// Kind tells what a type name in a request is the name of.
type Kind uint8

// The kinds.
const (
	KindResource Kind = iota
	KindData
	KindAssert
	KindProvider
)

// ValidateRequest asks for one object's configuration to be checked.
type ValidateRequest struct {
	Kind   Kind
	Type   string // "" for KindProvider
	Config cty.Value
}

// ValidateResponse is the answer to Validate.
type ValidateResponse struct {
	Diagnostics diag.Diagnostics
}

// Target names one resource object in requests about it.
type Target struct {
	Configuration string // the ConfigureRequest.Name it belongs to
	Type          string
	Address       string // canonical, for labels and messages
}

// ReadRequest asks what is there now.
type ReadRequest struct {
	Target
	State   cty.Value // as last applied or read
	Private []byte
}

// ReadResponse is the answer to Read.
type ReadResponse struct {
	// State is null when the object is gone. What is as it was is spelled as in
	// the request's State, so that nothing seems to have changed.
	State       cty.Value
	Private     []byte
	Diagnostics diag.Diagnostics
}

// Action is what Apply is to do. A replacement is a delete and a create. A
// restart begins an object's work anew and changes nothing that a user can set;
// only types whose ResourceType.Restartable is set are asked for it. An object
// that is gone cannot be restarted: that is an error.
type Action uint8

// The actions.
const (
	Create Action = iota + 1
	Update
	Delete
	Restart
)

// String returns the action's name: "create", "update", "delete" or "restart".
func (a Action) String() string {
	return [...]string{"none", "create", "update", "delete", "restart"}[a]
}

// ApplyRequest asks for one change.
type ApplyRequest struct {
	Target
	Action Action

	// Intent is unique to this attempt and is durable before the call, so that
	// an object marked with it can be found again after a crash.
	Intent string

	Config  cty.Value // what the user wrote, unset attributes null; null for Delete and Restart
	Prior   cty.Value // null for Create
	Planned cty.Value // null for Delete; see Restarted for a Restart
	Private []byte

	// Replaces is, for a Create that comes before the deletion of what it takes
	// the place of, the state of that; else null or cty.NilVal. The two
	// exist side by side until then.
	Replaces cty.Value

	// Progress may be called, from any goroutine until Apply returns, with a
	// short line for a person. It is never nil.
	Progress func(message string) `json:"-"`
}

// ApplyResponse is the answer to Apply.
type ApplyResponse struct {
	// State is what exists now, wholly known: null after a delete, or when a
	// create failed before anything came to be. After a failed update or
	// delete it is what is left; cty.NilVal is the prior state then. After a success it holds what was known in
	// Planned as it stands there: only what was unknown is the provider's to
	// fill in.
	State   cty.Value
	Private []byte

	// Tainted says that what exists is not fit for use and must be replaced.
	// It only has a meaning beside an error.
	Tainted     bool
	Diagnostics diag.Diagnostics
}

// Planner is the optional capability of a provider that has more to say of a
// change than its schema: computed values that are already known, attributes
// that force replacement only sometimes, a change in a file that is only
// referred to. It is called only for types whose ResourceType.CustomPlan is set, and see PlanAlways.
type Planner interface {
	Plan(ctx context.Context, req PlanRequest) (PlanResponse, error)
}

// PlanRequest holds what the core planned from the schema alone.
type PlanRequest struct {
	Target
	Config   cty.Value // may hold unknowns
	Prior    cty.Value // null for a create
	Proposed cty.Value // may hold unknowns
	Private  []byte
}

// PlanResponse is Proposed with changes only to computed attributes, and which
// paths force a replacement beside those that the schema names.
type PlanResponse struct {
	Planned     cty.Value
	Replace     []cty.Path
	Diagnostics diag.Diagnostics
}

// Importer is the optional capability to take over what exists.
type Importer interface {
	Import(ctx context.Context, req ImportRequest) (ImportResponse, error)
}

// ImportRequest names an object by an id in the provider's own words.
type ImportRequest struct {
	Target
	ID string
}

// ImportResponse is the answer to Import; State is null when there is no such
// object.
type ImportResponse struct {
	State       cty.Value
	Private     []byte
	Diagnostics diag.Diagnostics
}

// DataReader is the optional capability to read data sources.
type DataReader interface {
	Data(ctx context.Context, req DataRequest) (DataResponse, error)
}

// DataRequest asks for one data source. Nothing is unknown.
type DataRequest struct {
	Target
	Config cty.Value
}

// DataResponse is the answer to Data.
type DataResponse struct {
	State       cty.Value
	Diagnostics diag.Diagnostics
}

// Outcome is the result of a check.
type Outcome uint8

// The outcomes. Unknown is the zero value: a check that could not be made says
// nothing about the thing checked, and nothing is healed for it.
const (
	Unknown Outcome = iota
	Pass
	Fail
)

// String returns "unknown", "pass" or "fail".
func (o Outcome) String() string { return [...]string{"unknown", "pass", "fail"}[o] }

// Checker is the optional capability to evaluate the provider's assert types.
type Checker interface {
	Check(ctx context.Context, req CheckRequest) (CheckResponse, error)
}

// CheckRequest asks for one assert about one resource.
type CheckRequest struct {
	Target
	Assert string    // the assert type
	Config cty.Value // the assert's own arguments
	State  cty.Value // the target as last known; null if it was never applied
}

// CheckResponse is the answer to Check. Message says what was found, in a few
// words, for a person; it holds no secret.
type CheckResponse struct {
	Outcome     Outcome
	Message     string
	Diagnostics diag.Diagnostics
}

// Diagnoser is the optional capability to say what is the matter with a
// resource.
type Diagnoser interface {
	Diagnose(ctx context.Context, req DiagnoseRequest) (DiagnoseResponse, error)
}

// DiagnoseRequest names the resource to look at.
type DiagnoseRequest struct {
	Target
	State cty.Value
}

// DiagnoseResponse is what was found: facts by name, and a bounded tail of
// log lines. Errors among the diagnostics say that it cannot be looked at now,
// so that nothing can be done about it either.
type DiagnoseResponse struct {
	Summary     string
	Facts       map[string]string
	Logs        []string
	Diagnostics diag.Diagnostics
}

// Watcher is the optional capability to say at once when something changes.
type Watcher interface {
	// Watch calls notify for every change of the given resources until ctx
	// ends. It first reports Resync, and again whenever events may have been
	// lost.
	Watch(ctx context.Context, req WatchRequest, notify func(Event)) error
}

// WatchRequest names the resources to watch.
type WatchRequest struct {
	Configuration string
	Resources     []WatchTarget
}

// WatchTarget is one resource to watch.
type WatchTarget struct {
	Target
	State cty.Value
}

// Event is something that happened to a resource.
type Event struct {
	Address string
	Kind    string // Resync or Late (Address empty), or the provider's word
	Message string
}

// The kinds of Event that are about no resource.
const (
	// Resync says that events may have been lost.
	Resync = "resync"
	// Late says that from now on some changes are told late, and in Message why.
	// The changes themselves are not lost.
	Late = "late"
)

// Recoverer is the optional capability to find what an apply that was cut
// short left behind. Without it the core reads the prior state again, as it
// does after a restart anyway.
type Recoverer interface {
	Recover(ctx context.Context, req RecoverRequest) (RecoverResponse, error)
}

// RecoverRequest is the request whose answer was never seen.
type RecoverRequest struct {
	Target
	Action  Action
	Intent  string
	Prior   cty.Value
	Planned cty.Value
	Private []byte
}

// RecoverResponse is what exists now: State null when nothing does, Tainted
// when it exists half made.
type RecoverResponse struct {
	State       cty.Value
	Private     []byte
	Tainted     bool
	Diagnostics diag.Diagnostics
}

// Upgrader is the optional capability to read attributes that were stored
// under an older version of a resource type's schema.
type Upgrader interface {
	Upgrade(ctx context.Context, req UpgradeRequest) (UpgradeResponse, error)
}

// UpgradeRequest carries the stored attributes as JSON.
type UpgradeRequest struct {
	Type    string
	Version int
	State   []byte
}

// UpgradeResponse is the answer to Upgrade, conforming to today's schema.
type UpgradeResponse struct {
	State       cty.Value
	Diagnostics diag.Diagnostics
}
