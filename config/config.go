package config

import (
	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
)

// Config is a whole project: its root module and all modules it calls. It is
// never changed after Load returned it.
type Config struct {
	Root *Module

	// Dir is the project's folder, absolute. Project is its name:
	// clockwork.project.
	Dir     string
	Project string

	// Files is the source of every file that was read, by the name that ranges
	// carry (relative to Dir), for snippets.
	Files map[string]*hcl.File

	// Hash is the SHA-256 of all files that were read, with their names, in hex.
	Hash string

	tree tree // for the files that give variables their values
}

// Module is one module as it stands in its folder: shared by all instances of
// the call that loaded it. A folder called twice is two Modules.
type Module struct {
	// Path is the names of the calls that lead here; empty for the root.
	Path   []string
	Parent *Module // nil for the root
	Call   *ModuleCall

	Dir string // relative to the project's folder, "." for the root

	Settings  *Settings                  // nil when there is no clockwork block
	Providers map[string]*ProviderConfig // by "name" or "name.alias"
	Variables map[string]*Variable
	Locals    map[string]*Local
	Outputs   map[string]*Output
	Resources map[string]*Resource // managed, by "type.name"
	Data      map[string]*Resource // data sources, by "type.name"
	Asserts   map[string]*Assert   // by "type.name"
	Calls     map[string]*ModuleCall
	Children  map[string]*Module // by call name

	Remediations map[string]*Remediation // by name

	Moved   []*Move
	Removed []*Removal

	opts *Options
}

// Settings is the clockwork block.
type Settings struct {
	RequiredVersion   version.Constraints
	RequiredProviders map[string]*RequiredProvider
	Service           *Service    // nil when there is no service block
	Completion        *Completion // nil when there is no completion block
	Range             hcl.Range
}

// Service is what the project wants of the service that monitors it.
type Service struct {
	Required bool // it is an error when it does not run
	Range    hcl.Range
}

// RequiredProvider says where a provider of a local name comes from.
type RequiredProvider struct {
	Name    string // local name
	Source  string // "clockwork/file", "example.com/acme/acme"
	Version version.Constraints
	Range   hcl.Range
}

// ProviderConfig is a provider block.
type ProviderConfig struct {
	Name   string
	Alias  string
	Config hcl.Body
	Range  hcl.Range
}

// ProviderRef names a provider configuration as it is written: docker, or
// docker.eu.
type ProviderRef struct {
	Name  string
	Alias string
	Range hcl.Range
}

// String returns "name" or "name.alias".
func (r ProviderRef) String() string {
	if r.Alias == "" {
		return r.Name
	}
	return r.Name + "." + r.Alias
}

// Variable is a variable block.
type Variable struct {
	Name        string
	Description string
	// Type is what values are converted to; cty.DynamicPseudoType when none is
	// given. Defaults fills in optional object attributes and may be nil.
	Type        cty.Type
	Defaults    *TypeDefaults
	Default     cty.Value // cty.NilVal when the variable is required
	Sensitive   bool
	Nullable    bool
	Validations []*CheckRule
	Range       hcl.Range

	// literal says that a value from the command line or the environment is
	// the text itself, not an expression.
	literal bool
}

// Local is one attribute of a locals block.
type Local struct {
	Name  string
	Expr  hcl.Expression
	Range hcl.Range
}

// Output is an output block.
type Output struct {
	Name          string
	Description   string
	Expr          hcl.Expression
	Sensitive     bool
	DependsOn     []Reference
	Preconditions []*CheckRule
	Range         hcl.Range
}

// CheckRule is a validation, precondition or postcondition.
type CheckRule struct {
	Condition    hcl.Expression
	ErrorMessage hcl.Expression
	Range        hcl.Range
}

// Resource is a resource or a data block.
type Resource struct {
	Mode addr.Mode
	Type string
	Name string

	// Config is what is left for the provider's schema. TypeRange and Range
	// are the type label and the block's header.
	Config    hcl.Body
	TypeRange hcl.Range
	Range     hcl.Range

	Description hcl.Expression // nil when not given
	Count       hcl.Expression
	ForEach     hcl.Expression
	DependsOn   []Reference

	// Provider is which configuration it uses: what the block says, or the
	// default of the type's provider.
	Provider ProviderRef

	Lifecycle Lifecycle
	Monitor   *Monitor // nil when there is no monitor block
}

// Lifecycle is a lifecycle block; the zero value is that of a resource
// without one. Expressions are nil when not given.
type Lifecycle struct {
	PreventDestroy      hcl.Expression
	CreateBeforeDestroy bool
	Enabled             hcl.Expression
	IgnoreAll           bool
	IgnoreChanges       []hcl.Traversal // relative: ports, env["A"]
	ReplaceTriggeredBy  []hcl.Expression
	Preconditions       []*CheckRule
	Postconditions      []*CheckRule
}

// Monitor is the monitor block of a resource. Expressions are nil when not
// given.
type Monitor struct {
	Interval hcl.Expression
	Enabled  hcl.Expression
	Policy   *PolicyRef // nil when none is named
	Range    hcl.Range
}

// PolicyRef names a remediation policy.
type PolicyRef struct {
	Name  string
	Range hcl.Range
}

// Remediation is a remediation block: a policy. Expressions are nil when not
// given.
type Remediation struct {
	Name         string
	Mode         hcl.Expression
	Ladder       hcl.Expression
	Attempts     hcl.Expression
	Window       hcl.Expression
	Verify       hcl.Expression
	Backoff      hcl.Expression
	OnManualStop hcl.Expression
	AI           *RemediationAI // nil when there is no ai block
	Notify       []*Notify
	Range        hcl.Range
}

// RemediationAI is the ai block of a policy.
type RemediationAI struct {
	Allow      hcl.Expression
	Bounds     hcl.Expression
	Images     hcl.Expression
	MaxChanges hcl.Expression
	Budget     hcl.Expression
	Send       hcl.Expression
	Range      hcl.Range
}

// Notify is a notify block of a policy. One of Webhook, Command and SMTP is
// set; Secret and Headers go with Webhook.
type Notify struct {
	Name    string // "" when it has none
	Webhook hcl.Expression
	Secret  hcl.Expression
	Headers hcl.Expression
	Command hcl.Expression
	SMTP    hcl.Expression
	On      hcl.Expression
	Range   hcl.Range
}

// Assert is an assert block. Target is nil for an assert about nothing in
// particular, as condition and command may be.
type Assert struct {
	Type string
	Name string

	Config hcl.Body // the arguments that belong to the type

	Target           hcl.Expression
	ForEach          hcl.Expression
	Interval         hcl.Expression
	Timeout          hcl.Expression
	FailureThreshold hcl.Expression
	SuccessThreshold hcl.Expression
	StartGrace       hcl.Expression
	Severity         hcl.Expression
	Remediate        hcl.Expression

	TypeRange hcl.Range
	Range     hcl.Range
}

// ModuleCall is a module block.
type ModuleCall struct {
	Name      string
	Source    string
	Config    hcl.Body // the inputs
	Count     hcl.Expression
	ForEach   hcl.Expression
	DependsOn []Reference
	// Providers maps a configuration's name in the child ("docker",
	// "docker.eu") to one of the caller's.
	Providers map[string]ProviderRef
	Range     hcl.Range

	sourceRange hcl.Range
}

// Move is a moved block: what was From, as seen from the module it stands in, is To now.
// The two are resources of one type, or modules.
type Move struct {
	From, To addr.Target
	Range    hcl.Range
}

// Removal is a removed block: what was From, a resource or a module, has no block any
// more.
type Removal struct {
	From    addr.Target
	Destroy bool // or else it is forgotten
	Range   hcl.Range
}
