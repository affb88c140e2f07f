package views

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// Human reports to a person at a terminal: results on standard output,
// diagnostics and passing remarks on standard error.
type Human struct {
	t       *Terminal
	files   func() Files
	changes tracker
	refresh refreshCounter
	asked   completionWatch

	// gap says that a plan was printed, from which progress is to stand apart.
	// changes' lock guards it once progress begins.
	gap bool
}

// NewHuman returns a view that prints to t. files gives the sources that
// diagnostics quote; it is called when one is printed and may be nil.
func NewHuman(t *Terminal, files func() Files) *Human {
	h := &Human{t: t, files: files}
	h.changes.still = func(addr string, u *underway) {
		h.line(addr, verbsOf(u.action).still+" ["+seconds(u.elapsed())+" elapsed]", u.id)
	}
	status := planStatus{show: t.setStatus}
	h.refresh.show, h.asked.show = status.read, status.complete
	return h
}

// Diagnostics prints diagnostics to standard error, warnings first, so that
// what stopped the work is what is read last.
func (h *Human) Diagnostics(ds diag.Diagnostics) {
	var files Files
	if h.files != nil && len(ds) > 0 {
		files = h.files()
	}
	h.t.PrintErr(formatDiagnostics(ds, files, h.t.ErrStyle))
}

func formatDiagnostics(ds diag.Diagnostics, files Files, style Style) string {
	var b strings.Builder
	for _, severity := range []diag.Severity{diag.Warning, diag.Error} {
		for _, d := range ds {
			if d.Severity != severity {
				continue
			}
			if b.Len() > 0 && !style.Unicode {
				b.WriteByte('\n')
			}
			b.WriteString(FormatDiagnostic(d, files, style))
		}
	}
	return b.String()
}

// Refreshing implements View: on a terminal, a line says how far it is.
func (h *Human) Refreshing(total int) { h.refresh.start(total) }

// PreRefresh implements View; a line for each object would be noise.
func (h *Human) PreRefresh(string) {}

// PostRefresh implements View.
func (h *Human) PostRefresh(string) { h.refresh.one() }

// Refreshed implements View.
func (h *Human) Refreshed() { h.refresh.end() }

// PreComplete implements View: on a terminal, a line says so after a moment.
func (h *Human) PreComplete(addr, model string) { h.asked.start(addr, model) }

// PostComplete implements View.
func (h *Human) PostComplete(addr, _ string) { h.asked.end(addr) }

// Plan prints a plan.
func (h *Human) Plan(p *plan.Plan, schemas Schemas) {
	// The terminal keeps the error, and shows it to who asks at the end.
	_ = WritePlan(h.t.Out(), p, schemas, h.t.OutStyle)
	h.gap = true
}

// Applying implements View.
func (h *Human) Applying(p *plan.Plan, schemas Schemas) { h.changes.plan(p, schemas) }

// PreApply prints that a change begins.
func (h *Human) PreApply(addr string, action plan.Action) {
	h.changes.start(addr, action, func(u *underway) { h.line(addr, verbsOf(action).doing, u.id) })
}

// Progress prints what a provider says of a change under way.
func (h *Human) Progress(addr, message string) {
	h.changes.peek(addr, func(*underway) { h.line(addr, clean(message), identity{}) })
}

// Identify implements View.
func (h *Human) Identify(addr string, object cty.Value) { h.changes.identify(addr, object) }

// PostApply prints that a change has ended, and how. The diagnostics
// themselves are printed together at the end, by Diagnostics.
func (h *Human) PostApply(addr string, action plan.Action, elapsed time.Duration, ds diag.Diagnostics) {
	h.changes.finish(addr, action, func(u *underway) {
		v := verbsOf(action)
		switch {
		case ds.HasErrors():
			h.line(addr, v.fail+" after "+seconds(elapsed), u.id)
		case action == plan.Delete:
			h.line(addr, v.done+" after "+seconds(elapsed), identity{})
		default:
			h.line(addr, v.done+" after "+seconds(elapsed), u.id)
		}
	})
}

// line prints one line about one object. It is called with changes' lock held.
func (h *Human) line(addr, text string, id identity) {
	if h.gap {
		h.gap = false
		h.t.Print("\n")
	}
	h.t.Print(h.t.OutStyle.paint(bold, clean(addr)+": ") + text + id.suffix() + "\n")
}

// Applied prints what was done.
func (h *Human) Applied(s Summary) {
	head, rest := appliedText(s)
	color := boldGreen
	if s.Failed {
		color = boldRed
	}
	h.t.Print("\n" + h.t.OutStyle.paint(color, head) + rest + "\n")
}

// Outputs prints the outputs, or nothing when there are none.
func (h *Human) Outputs(outputs map[string]Output) {
	if len(outputs) == 0 {
		return
	}
	h.t.Print("\n" + h.t.OutStyle.paint(bold, "Outputs:") + "\n\n" + FormatOutputs(outputs))
}

// FormatOutputs returns outputs as lines NAME = VALUE, those that are
// sensitive without their values.
func FormatOutputs(outputs map[string]Output) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		b.WriteString(clean(name) + " = ")
		if o := outputs[name]; o.Sensitive || o.Value.IsMarked() {
			b.WriteString("<sensitive>")
		} else {
			b.WriteString(FormatValue(o.Value))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
