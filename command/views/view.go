package views

import (
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// View is what a command that plans or applies reports to: Human or JSON.
// All methods are safe for concurrent use.
type View interface {
	Diagnostics(ds diag.Diagnostics)

	// Refreshing says that as many objects are about to be read;
	// PreRefresh and PostRefresh bracket each, and Refreshed ends it.
	Refreshing(total int)
	PreRefresh(addr string)
	PostRefresh(addr string)
	Refreshed()

	// PreComplete and PostComplete bracket the asking of a model, "" where its
	// name is not known.
	PreComplete(addr, model string)
	PostComplete(addr, model string)

	// Plan shows a plan. Applying tells the view which plan the calls of the
	// hook below are about.
	Plan(p *plan.Plan, schemas Schemas)
	Applying(p *plan.Plan, schemas Schemas)

	// PreApply, Progress and PostApply are called around each change; addr is
	// the object's address, with " (deposed MARK)" behind a deposed one.
	// Identify may be called before PostApply with the new object, that its
	// id can be told.
	PreApply(addr string, action plan.Action)
	Progress(addr, message string)
	Identify(addr string, object cty.Value)
	PostApply(addr string, action plan.Action, elapsed time.Duration, ds diag.Diagnostics)

	// Applied says what was done, at the end.
	Applied(s Summary)
	// Outputs shows the outputs of the root module.
	Outputs(outputs map[string]Output)
}

// Summary is what an apply has done.
type Summary struct {
	Mode plan.Mode
	plan.Counts
	// Failed says that not all was done.
	Failed bool
}

// Output is the value of one output. A sensitive one is not shown.
type Output struct {
	Value     cty.Value
	Sensitive bool
}

var (
	_ View = (*Human)(nil)
	_ View = (*JSON)(nil)
)
