package vet

import (
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

// Request is what is vetted: an answer, and everything that it is measured by.
type Request struct {
	// Answer is what the model said, whatever that is.
	Answer []byte
	// Target is the only instance that may change. It is chosen by code.
	Target addr.Instance
	Policy plan.Policy
	// Input has the state as it is now, under its lock. Serial is the state's at
	// the time that the model was asked.
	Input  plan.Input
	Serial uint64
	Origin state.Origin
	// Evidence are the ids that the answer may refer to.
	Evidence []string
	// Secrets are values that must not turn up in what is applied.
	Secrets []string
	// Spent tells whether what may be spent is used up, and why. Nil is an error.
	Spent func() error
	// Approved is the hash of the plan that a person approved, "" when none did.
	Approved string
	// Hash is how plans are identified for approval.
	Hash    func(*plan.Plan) string
	Options plan.Options // how to plan, apart from what is vetted
}

// Gate is what one gate said.
type Gate struct {
	Name    string
	Outcome Outcome
	Reason  string // "" where it allows; a full sentence else; nothing secret in it
}

// Verdict is what came of it.
type Verdict struct {
	// Outcome is the worst of the gates'. Where it is Deny, those after the gate
	// that denied were not asked.
	Outcome Outcome
	Gates   []Gate // all that were asked, in order
	Answer  Answer // as far as it could be read
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

// Answer is a remediation as a model answers it.
type Answer struct {
	Verdict  string // "fix", "no_fix" or "need_human"
	Cause    string
	Evidence []string
	Changes  []Change
	// Confidence is from 0 to 1, and only ever shown.
	Confidence float64
}

// Change is one attribute that the answer would have another value.
type Change struct {
	Path  string // as in state.Overlay
	Value []byte // JSON
}
