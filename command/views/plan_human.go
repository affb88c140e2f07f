package views

import (
	"fmt"
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
		return v.flush()
	}
	v.changes()
	v.outputs()
	v.totals()
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

// drift shows what is no longer as it was applied.
func (v *planView) drift() {
	if len(v.plan.Drift) == 0 {
		return
	}
	sources := driftSources(v.plan, nil)
	v.paint(bold, "Changed outside of Clockwork since the last apply:")
	v.newline()
	v.newline()
	gone := false
	for i := range v.plan.Drift {
		d := &v.plan.Drift[i]
		key := state.ObjectKey{Instance: d.Address, Deposed: d.Deposed}
		if d.Action == plan.Delete {
			v.title(objectName(key), " has been ", "deleted", red)
			gone = true
			continue
		}
		if gone {
			v.newline()
			gone = false
		}
		v.title(objectName(key), " has changed", "", "")
		obj := objectScope(v.schemas.find(sources[key], d.Address.Resource))
		v.object("  ~ ", yellow, d.Address, v.body(d.Before, d.After, obj, opChange, nil))
	}
	if gone {
		v.newline()
	}
	if v.plan.Mode != plan.RefreshOnly {
		v.rule()
	}
}

// moves shows which objects have another address now and are otherwise left
// alone. Where there is more to a move, its change tells.
func (v *planView) moves() {
	moved := quietMoves(v.plan)
	if len(moved) == 0 {
		return
	}
	v.paint(bold, "Moved in the state, and nothing else about them changes:")
	v.newline()
	v.newline()
	for _, m := range moved {
		v.title(objectName(m.From), " has moved to "+objectName(m.To), "", "")
	}
	v.newline()
}

// quietMoves returns the moves of objects that do not change.
func quietMoves(p *plan.Plan) []plan.Move {
	if len(p.Moved) == 0 {
		return nil
	}
	changed := make(map[state.ObjectKey]bool, len(p.Changes))
	for i := range p.Changes {
		changed[state.ObjectKey{Instance: p.Changes[i].Address, Deposed: p.Changes[i].Deposed}] = true
	}
	var out []plan.Move
	for _, m := range p.Moved {
		if !changed[m.To] {
			out = append(out, m)
		}
	}
	return out
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

// sign is how an action is shown: its symbol (three wide), the parts of the
// symbol's colour, and what it means.
type sign struct {
	action plan.Action
	symbol string
	color  string
	means  string
}

// signOf returns the sign of an action.
func signOf(a plan.Action) sign {
	switch a {
	case plan.Create:
		return sign{a, "  +", green, "create"}
	case plan.Update:
		return sign{a, "  ~", yellow, "update in-place"}
	case plan.DeleteThenCreate:
		return sign{a, "-/+", red, "destroy and then create replacement"}
	case plan.CreateThenDelete:
		return sign{a, "+/-", green, "create replacement and then destroy"}
	case plan.Delete:
		return sign{a, "  -", red, "destroy"}
	case plan.Read:
		return sign{a, " <=", cyan, "read (data sources)"}
	case plan.Forget:
		return sign{a, "  .", red, "forget"}
	}
	return sign{a, "   ", "", "nothing"}
}

// legend explains the symbols that are used, and no others.
func (v *planView) legend() {
	used := map[plan.Action]bool{}
	for i := range v.plan.Changes {
		used[v.plan.Changes[i].Action] = true
	}
	for _, a := range []plan.Action{plan.Create, plan.Update, plan.DeleteThenCreate, plan.CreateThenDelete,
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
	v.object(s.symbol+" ", s.color, c.Address, v.body(before, after, sc, how, c.Replace))
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

// because says why something is destroyed or read late, or returns "".
func because(c *plan.Change) string {
	switch c.Reason {
	case plan.ReasonNoResourceConfig:
		return "because " + clean(c.Address.Resource.String()) + " is not in configuration"
	case plan.ReasonNoModule:
		return "because " + clean(string(c.Address.Module)) + " is not in configuration"
	case plan.ReasonWrongRepetition:
		if _, ok := c.Address.Key.IsInt(); ok {
			return "because the resource does not use count"
		}
		if _, ok := c.Address.Key.IsString(); ok {
			return "because the resource does not use for_each"
		}
		return "because the resource uses count or for_each"
	case plan.ReasonCountIndex:
		return "because index " + c.Address.Key.String() + " is out of range for count"
	case plan.ReasonEachKey:
		return "because key " + clean(c.Address.Key.String()) + " is not in for_each"
	case plan.ReasonDisabled:
		return "because lifecycle.enabled is false"
	case plan.ReasonDeposed:
		return "left over from a replacement that was not finished"
	case plan.ReasonConfigUnknown:
		return "because its configuration refers to values not yet known"
	case plan.ReasonDependencyPending:
		return "because it depends on something that changes"
	}
	return ""
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

// blockHeader returns what stands in front of the brace: resource "file" "a".
func blockHeader(r addr.Resource) string {
	word := "resource"
	if r.Mode == addr.Data {
		word = "data"
	}
	return word + " " + quote(r.Type) + " " + quote(r.Name)
}

// objectName returns the address of an object, fit to print.
func objectName(k state.ObjectKey) string {
	if k.Deposed == "" {
		return clean(k.Instance.String())
	}
	return clean(k.Instance.String()) + " (deposed object " + clean(k.Deposed) + ")"
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

// planTotals returns "1 to add, 0 to change, 0 to destroy.".
func planTotals(c plan.Counts) string {
	s := fmt.Sprintf("%d to add, %d to change, %d to destroy", c.Add, c.Change, c.Destroy)
	if c.Forget > 0 {
		s += fmt.Sprintf(", %d to forget", c.Forget)
	}
	return s + "."
}

// driftSources finds the provider of every drifted object: it stands with what
// was read, with the change that follows, or in the prior state, which may be
// nil.
func driftSources(p *plan.Plan, prior *state.State) map[state.ObjectKey]string {
	out := make(map[state.ObjectKey]string, len(p.Drift))
	for i := range p.Drift {
		k := state.ObjectKey{Instance: p.Drift[i].Address, Deposed: p.Drift[i].Deposed}
		out[k] = ""
		if prior != nil && prior.Objects[k] != nil {
			out[k] = prior.Objects[k].Provider.Source
		}
	}
	found := func(k state.ObjectKey, source string) {
		if _, drifted := out[k]; drifted {
			out[k] = source
		}
	}
	if len(out) == 0 {
		return out
	}
	for _, r := range p.Refreshed {
		if r.Object != nil {
			found(r.Key, r.Object.Provider.Source)
		}
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		found(state.ObjectKey{Instance: c.Address, Deposed: c.Deposed}, c.Provider.Source)
	}
	return out
}
