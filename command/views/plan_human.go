package views

import (
	"io"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// summaryFrom is how many changes make a list of them, one a line, worth
// having below their details.
const summaryFrom = 6

// WritePlan writes a plan for a person to read: what was found changed, what
// will be done in detail, and the totals on the last line.
func WritePlan(w io.Writer, p *plan.Plan, schemas Schemas, style Style) error {
	v := planView{printer: newPrinter(w, style), plan: p, schemas: schemas, differ: differ{ascii: !style.Unicode}}
	v.drift()
	v.moves()
	if p.Mode == plan.RefreshOnly {
		v.outputs()
		v.refreshOnly()
		return v.flush()
	}
	if !p.HasChanges() && len(p.Changes) == 0 {
		v.nothing()
		v.overlaid()
		return v.flush()
	}
	v.changes()
	v.outputs()
	v.totals()
	v.overlaid()
	return v.flush()
}

type planView struct {
	*printer
	differ
	plan    *plan.Plan
	schemas Schemas
}

func (v *planView) say(text string) {
	for _, l := range wrap(text, v.style.width()) {
		v.write(l)
		v.newline()
	}
}

func (v *planView) rule() {
	v.paint(dim, strings.Repeat(v.style.pick("─", "-"), min(v.style.width(), 76)))
	v.newline()
	v.newline()
}

// body is differ's; printer has one too.
func (v *planView) body(before, after cty.Value, sc scope, how op, forced []cty.Path) *body {
	return v.differ.body(before, after, sc, how, forced)
}

func (v *planView) refreshOnly() {
	if !v.plan.HasChanges() && len(v.plan.Drift) == 0 {
		v.paint(bold, "No changes.")
		v.write(" What is deployed is as the state has it.")
		v.newline()
		return
	}
	v.say("Applying this plan takes these changes into the state, so that they are no longer reported. Nothing deployed is touched.")
}

// nothing says that there is nothing to do.
func (v *planView) nothing() {
	v.paint(boldGreen, "No changes.")
	switch {
	case v.plan.Mode == plan.Destroy:
		v.write(" There is nothing to destroy.")
	case len(v.plan.Drift) > 0:
		v.write(" What the configuration asks for is deployed.")
		v.newline()
		v.newline()
		v.say("The differences above are in what the configuration leaves open. To take them into the state, run: clockwork apply -refresh-only")
		return
	default:
		v.write(" What is deployed matches the configuration.")
	}
	v.newline()
}

// changes shows every change in detail, those that destroy last.
func (v *planView) changes() {
	if len(v.plan.Changes) == 0 {
		return
	}
	v.say("Clockwork will perform the following actions. The symbols mean:")
	v.legend()
	v.newline()
	v.eachChange(v.change)
}

// eachChange calls do for every change, those that destroy last.
func (v *planView) eachChange(do func(*plan.Change)) {
	for _, last := range []bool{false, true} {
		for i := range v.plan.Changes {
			if c := &v.plan.Changes[i]; (c.Action == plan.Delete) == last {
				do(c)
			}
		}
	}
}

// legend explains the symbols that are used, and no others.
func (v *planView) legend() {
	used := map[plan.Action]bool{}
	for i := range v.plan.Changes {
		used[v.plan.Changes[i].Action] = true
	}
	for _, a := range []plan.Action{plan.Create, plan.Update, plan.Restart, plan.DeleteThenCreate, plan.CreateThenDelete,
		plan.Delete, plan.Read, plan.Forget} {
		if used[a] {
			s := signOf(a)
			v.paint(s.color, s.symbol)
			v.write(" " + s.means)
			v.newline()
		}
	}
}

// title writes the comment above an object: what it is called, and what
// becomes of it, the last words in a colour.
func (v *planView) title(name, will, what, color string) {
	v.write("  ")
	v.paint(bold, "# "+name)
	v.write(will)
	if color != "" {
		v.paint(color, what)
	} else {
		v.write(what)
	}
	v.newline()
}

// change shows one change.
func (v *planView) change(c *plan.Change) {
	name := objectName(state.ObjectKey{Instance: c.Address, Deposed: c.Deposed})
	how, before, after := opChange, c.Before, c.After
	switch c.Action {
	case plan.Create:
		v.title(name, " will be created", "", "")
		how = opAdd
	case plan.Read:
		v.title(name, " will be read during apply", "", "")
		how = opAdd
	case plan.Update:
		v.title(name, " will be updated in-place", "", "")
	case plan.Restart:
		v.title(name, " will be restarted", "", "")
	case plan.DeleteThenCreate, plan.CreateThenDelete:
		v.replaceTitle(name, c.Reason)
	case plan.Delete:
		v.title(name, " will be ", "destroyed", boldRed)
		how = opRemove
	case plan.Forget:
		v.title(name, " will be forgotten: no longer managed by Clockwork, but not destroyed", "", "")
		after = before
	}
	if why := because(c); why != "" {
		v.comment(2, "("+why+")")
	}
	if movedTo(c) {
		v.comment(2, "(moved from "+clean(c.Previous.String())+")")
	}
	s := signOf(c.Action)
	sc := objectScope(v.schemas.find(c.Provider.Source, c.Address.Resource))
	b := v.body(before, after, sc, how, c.Replace)
	noteCompleted(b, c.Completed, c.Overlay)
	noteOverlay(b, c.Overlay)
	v.object(s.symbol+" ", s.color, c.Address, b)
}

// movedTo tells whether c's object had another address before.
func movedTo(c *plan.Change) bool {
	return c.Previous != c.Address && c.Previous != (addr.Instance{})
}

func (v *planView) replaceTitle(name string, why plan.Reason) {
	switch why {
	case plan.ReasonTainted:
		v.title(name, " is tainted, so must be ", "replaced", boldRed)
	case plan.ReasonRequested:
		v.title(name, " will be ", "replaced, as requested", boldRed)
	case plan.ReasonTriggered:
		v.title(name, " will be ", "replaced, because of replace_triggered_by", boldRed)
	default:
		v.title(name, " must be ", "replaced", boldRed)
	}
}

// object writes the block of an object, and an empty line behind it. symbol
// is four columns wide.
func (v *planView) object(symbol, color string, in addr.Instance, b *body) {
	v.paint(color, symbol)
	v.write(blockHeader(in.Resource))
	if b.empty() {
		v.write(" {}")
	} else {
		v.write(" {")
		v.newline()
		v.printer.body(b, 8)
		v.write("    }")
	}
	v.newline()
	v.newline()
}

// outputs shows what becomes of the outputs of the root module.
func (v *planView) outputs() {
	var items []item
	for _, o := range v.plan.Outputs {
		if n := v.output(o); n != nil {
			items = append(items, item{key: clean(o.Name), val: n})
		}
	}
	if len(items) == 0 {
		return
	}
	v.paint(bold, "Changes to Outputs:")
	v.newline()
	v.printer.body(&body{attrs: items}, 4)
	v.newline()
	if len(v.plan.Changes) == 0 && v.plan.Mode == plan.Normal {
		v.say("Applying this plan saves the outputs in the state. Nothing deployed is touched.")
		v.newline()
	}
}

func (v *planView) output(o plan.OutputChange) *node {
	sc := scope{secret: o.Sensitive, nulls: true}
	switch o.Action {
	case plan.Create:
		return v.whole(o.After, opAdd, sc)
	case plan.Delete:
		n := v.whole(o.Before, opRemove, sc)
		n.tail = " -> null"
		return n
	case plan.Update:
		n := v.diff(o.Before, o.After, sc, nil)
		n.op = opChange
		return n
	}
	return nil
}

// totals writes the list of changes, where there are many, and their number.
func (v *planView) totals() {
	if len(v.plan.Changes) >= summaryFrom {
		v.paint(bold, "Summary:")
		v.newline()
		v.eachChange(func(c *plan.Change) {
			s := signOf(c.Action)
			v.paint(s.color, s.symbol)
			v.write(" " + objectName(state.ObjectKey{Instance: c.Address, Deposed: c.Deposed}))
			v.newline()
		})
		v.newline()
	}
	v.paint(bold, "Plan:")
	v.write(" " + planTotals(v.plan.Counts()))
	v.newline()
}
