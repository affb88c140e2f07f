package vet

import (
	"encoding/json"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// Outcome is what a gate says.
type Outcome uint8

// The outcomes. The zero value denies.
const (
	Deny Outcome = iota
	NeedsApproval
	Allow
)

// String returns "deny", "needs approval" or "allow".
func (o Outcome) String() string {
	switch o {
	case NeedsApproval:
		return "needs approval"
	case Allow:
		return "allow"
	}
	return "deny"
}

// Request is what is vetted: an answer, and everything that it is measured by.
type Request struct {
	// Answer is what the model said, whatever that is.
	Answer []byte
	// Target is the only instance that may change. It is chosen by code.
	Target addr.Instance
	Policy plan.Policy
	// Input has the state as it is now, under its lock. Serial and ConfigHash are
	// those of the state and the configuration that the model was told of.
	Input      plan.Input
	Serial     uint64
	ConfigHash string
	Origin     state.Origin
	// Evidence are the ids that the answer may refer to.
	Evidence []string
	// Secrets are values that must not turn up in what is applied.
	Secrets []string
	// Failed are the changes of answers that were applied in this incident and did not
	// help. They are not tried again.
	Failed [][]Change
	// Spent returns an error when what may be spent is used up. Without it nothing
	// may be spent.
	Spent func() error
	// Approved is the hash of the plan that a person approved, "" when none did.
	Approved string
	// Hash is how plans are identified for approval.
	Hash func(*plan.Plan) string
	// Options is how to plan, apart from what is vetted.
	Options plan.Options
}

// Gate is what one gate said.
type Gate struct {
	Name    string  `json:"name"`
	Outcome Outcome `json:"-"`
	// Reason is "" where it allows, and else a clause that says why not. Nothing
	// secret is in it.
	Reason string `json:"reason,omitempty"`
}

// Verdict is what came of it.
type Verdict struct {
	// Outcome is the worst of the gates'. Where it is Deny, those after the gate
	// that denied were not asked.
	Outcome Outcome
	Gates   []Gate // all that were asked, in order
	Answer  Answer // as far as it could be read
	// Overlay is what would lie over the target's configuration.
	Overlay []state.Overlay
	// Proposed is the plan, for people to look at, and Hash names it. It is nil
	// where no gate got as far.
	Proposed *plan.Plan
	Hash     string
	// Vetted is what apply takes: nil unless Outcome is Allow.
	Vetted *Plan
}

// Plan is a plan from a model's proposal that has passed every gate. Only
// Vet makes one.
type Plan struct{ plan *plan.Plan }

// Plan returns the plan, for package apply.
func (p *Plan) Plan() *plan.Plan { return p.plan }

// What an answer can say that is to be done.
const (
	Fix       = "fix"        // the changes
	NoFix     = "no_fix"     // nothing that is allowed would help
	NeedHuman = "need_human" // a person has to decide
)

// Answer is a remediation as a model answers it.
type Answer struct {
	Verdict  string   `json:"verdict"`
	Cause    string   `json:"cause"`
	Evidence []string `json:"evidence"`
	Changes  []Change `json:"changes"`
	// Confidence is from 0 to 1, and only ever shown.
	Confidence float64 `json:"confidence"`
}

// Change is one attribute that the answer would have another value.
type Change struct {
	Path  string          `json:"path"` // as in state.Overlay
	Value json.RawMessage `json:"value"`
}

// proposed is a change whose path and value fit the target's schema.
type proposed struct {
	plan.AttributePath
	at    plan.Configured // what the user has there
	value cty.Value
	raw   json.RawMessage
}

// names are those of the attributes on the way, without keys.
func (p proposed) names() []string { return strings.Split(p.Attribute(), ".") }

// String names the attribute. A key is the model's word, and may be anything.
func (p proposed) String() string { return p.Attribute() }
