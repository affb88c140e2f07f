package command

import (
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// applyHook tells a view what an apply does.
type applyHook struct{ view views.View }

func (h applyHook) PreApply(a string, action plan.Action) { h.view.PreApply(a, action) }
func (h applyHook) Progress(a, message string)            { h.view.Progress(a, message) }

func (h applyHook) PostApply(a string, action plan.Action, elapsed time.Duration, result cty.Value, ds diag.Diagnostics) {
	h.view.Identify(a, result)
	h.view.PostApply(a, action, elapsed, ds)
}

// planHook tells a view how a plan goes on.
type planHook struct {
	views.View
	model string // that completes, "" where its name is not known
}

func (h planHook) PreComplete(a string)  { h.View.PreComplete(a, h.model) }
func (h planHook) PostComplete(a string) { h.View.PostComplete(a, h.model) }
