package views

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// because makes a change with a reason.
func withReason(c plan.Change, r plan.Reason) plan.Change {
	c.Reason = r
	return c
}

func output(name string, a plan.Action, before, after cty.Value, sensitive bool) plan.OutputChange {
	return plan.OutputChange{Name: name, Action: a, Before: before, After: after, Sensitive: sensitive}
}

var (
	noValue = cty.NullVal(cty.DynamicPseudoType)
	someOut = cty.StringVal("http://localhost:8081")
)

// mixedPlan has a change of every kind.
func mixedPlan(t testing.TB) *plan.Plan {
	thing := func(name string, a plan.Action, before, after string) plan.Change {
		return change(t, name, a, before, after)
	}
	replaced := withReason(thing("thing.replaced", plan.DeleteThenCreate, `{path="a", id="1"}`, `{path="b", id=unknown}`), plan.ReasonCannotUpdate)
	replaced.Replace = []cty.Path{cty.GetAttrPath("path")}
	deposed := withReason(thing("thing.old", plan.Delete, `{path="a"}`, ``), plan.ReasonDeposed)
	deposed.Deposed = "a1b2c3d4"
	movedToo := thing("module.web[\"a\"].thing.moved", plan.Update, `{path="a", content="x"}`, `{path="a", content="y"}`)
	movedToo.Previous = instance(t, "thing.moved")
	return &plan.Plan{
		Unchanged: 3,
		Moved: []plan.Move{
			{From: state.ObjectKey{Instance: instance(t, "thing.moved")}, To: state.ObjectKey{Instance: instance(t, `module.web["a"].thing.moved`)}},
			{From: state.ObjectKey{Instance: instance(t, "thing.quiet")}, To: state.ObjectKey{Instance: instance(t, "thing.quiet[0]")}},
			{From: state.ObjectKey{Instance: instance(t, "thing.quiet"), Deposed: "d1"}, To: state.ObjectKey{Instance: instance(t, "thing.quiet[0]"), Deposed: "d1"}},
		},
		Changes: []plan.Change{
			withReason(thing("data.thing.late", plan.Read, ``, `{path="a", content=unknown}`), plan.ReasonConfigUnknown),
			thing("thing.created", plan.Create, ``, `{path="a", id=unknown}`),
			withReason(thing("thing.disabled", plan.Delete, `{path="a"}`, ``), plan.ReasonDisabled),
			thing("thing.forgotten", plan.Forget, `{path="a", content="long"}`, ``),
			withReason(thing(`thing.gone["it's"]`, plan.Delete, `{path="a"}`, ``), plan.ReasonEachKey),
			withReason(thing("thing.gone[7]", plan.Delete, `{path="a"}`, ``), plan.ReasonCountIndex),
			withReason(thing("thing.gone", plan.Delete, `{path="a"}`, ``), plan.ReasonNoResourceConfig),
			deposed,
			withReason(thing("thing.other", plan.CreateThenDelete, `{path="a", id="1"}`, `{path="a", id=unknown}`), plan.ReasonTainted),
			replaced,
			withReason(thing("thing.requested", plan.DeleteThenCreate, `{path="a", id="1"}`, `{path="a", id=unknown}`), plan.ReasonRequested),
			thing("thing.restarted", plan.Restart, `{path="a", id="1"}`, `{path="a", id="1"}`),
			withReason(thing("thing.triggered", plan.DeleteThenCreate, `{path="a", id="1"}`, `{path="a", id=unknown}`), plan.ReasonTriggered),
			thing("thing.updated", plan.Update, `{path="a", content="x"}`, `{path="a", content="y"}`),
			withReason(thing("thing.wrong[0]", plan.Delete, `{path="a"}`, ``), plan.ReasonWrongRepetition),
			withReason(thing(`thing.wrong["a"]`, plan.Delete, `{path="a"}`, ``), plan.ReasonWrongRepetition),
			withReason(thing("thing.wrong", plan.Delete, `{path="a"}`, ``), plan.ReasonWrongRepetition),
			withReason(thing("module.gone.thing.inside", plan.Delete, `{path="a"}`, ``), plan.ReasonNoModule),
			movedToo,
		},
		Outputs: []plan.OutputChange{
			output("gone", plan.Delete, someOut, noValue, false),
			output("long_name", plan.Create, noValue, cty.ListVal([]cty.Value{someOut}), false),
			output("same", plan.NoOp, someOut, someOut, false),
			output("secret", plan.Update, cty.StringVal("k1"), cty.StringVal("k2"), true),
			output("secret_by_mark", plan.Create, noValue, cty.StringVal("k3").Mark(marks.Sensitive), false),
			output("unknown", plan.Update, someOut, cty.UnknownVal(cty.String), false),
		},
	}
}

// driftedPlan is a plan in which things were found changed.
func driftedPlan(t testing.TB, mode plan.Mode) *plan.Plan {
	obj := kitchen()
	p := &plan.Plan{Mode: mode}
	for _, d := range []struct {
		addr          string
		action        plan.Action
		before, after string
	}{
		{"thing.edited", plan.Update, `{path="a", content="one\ntwo\n", mode="0644", secret="k1"}`, `{path="a", content="one\n2\n", mode="0600", secret="k2"}`},
		{"thing.gone", plan.Delete, `{path="a"}`, ``},
		{"thing.gone_too", plan.Delete, `{path="a"}`, ``},
		{"thing.zapped", plan.Update, `{path="a", size=1}`, `{path="a", size=2}`},
	} {
		in := instance(t, d.addr)
		p.Drift = append(p.Drift, plan.Drift{Address: in, Action: d.action, Before: object(t, d.before, obj), After: object(t, d.after, obj)})
		r := plan.Refreshed{Key: state.ObjectKey{Instance: in}}
		if d.action == plan.Update {
			r.Object = &state.Object{Provider: state.ProviderConfig{Source: testSource}}
		}
		p.Refreshed = append(p.Refreshed, r)
	}
	if mode == plan.Normal {
		p.Changes = []plan.Change{
			change(t, "thing.edited", plan.Update, `{path="a", content="one\n2\n", mode="0600"}`, `{path="a", content="one\ntwo\n", mode="0644"}`),
			change(t, "thing.gone", plan.Create, ``, `{path="a"}`),
		}
	}
	return p
}

// TestPlans pins the frame of a plan: order, symbols, words and totals.
func TestPlans(t *testing.T) {
	noChanges := func(mode plan.Mode) *plan.Plan { return &plan.Plan{Mode: mode, Unchanged: 4} }
	driftOnly := driftedPlan(t, plan.Normal)
	driftOnly.Changes = nil
	unknownType := mixedPlan(t)
	unknownType.Changes, unknownType.Moved = unknownType.Changes[1:2], nil
	unknownType.Changes[0].Address.Type, unknownType.Changes[0].Previous.Type = "mystery", "mystery"
	movedOnly := mixedPlan(t)
	movedOnly.Changes, movedOnly.Outputs = nil, nil
	readOnly := mixedPlan(t)
	readOnly.Changes, readOnly.Outputs, readOnly.Moved = readOnly.Changes[:1], nil, nil
	outputsOnly := mixedPlan(t)
	outputsOnly.Changes, outputsOnly.Moved = nil, nil
	few := mixedPlan(t)
	few.Changes, few.Outputs, few.Moved = few.Changes[1:2], nil, nil
	destroyed := &plan.Plan{Mode: plan.Destroy, Changes: []plan.Change{
		change(t, "thing.a", plan.Delete, `{path="a", content="x"}`, ``),
		change(t, "thing.b[0]", plan.Delete, `{path="b"}`, ``),
	}, Outputs: []plan.OutputChange{output("url", plan.Delete, someOut, noValue, false)}}

	for _, c := range []struct {
		name  string
		plan  *plan.Plan
		style Style
	}{
		{"mixed", mixedPlan(t), plain},
		{"mixed_color", mixedPlan(t), fancy},
		{"few", few, plain},
		{"moved_only", movedOnly, plain},
		{"reads_only", readOnly, plain},
		{"outputs_only", outputsOnly, plain},
		{"no_schema", unknownType, plain},
		{"destroy", destroyed, plain},
		{"drift", driftedPlan(t, plan.Normal), plain},
		{"drift_ascii", driftedPlan(t, plan.Normal), ascii},
		{"drift_color", driftedPlan(t, plan.Normal), fancy},
		{"drift_without_changes", driftOnly, plain},
		{"refresh_only", driftedPlan(t, plan.RefreshOnly), plain},
		{"nothing", noChanges(plan.Normal), plain},
		{"nothing_color", noChanges(plan.Normal), fancy},
		{"nothing_refresh_only", noChanges(plan.RefreshOnly), plain},
		{"nothing_destroy", noChanges(plan.Destroy), plain},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := planText(t, c.plan, c.style)
			golden(t, "plans/"+c.name, out)
			if !c.style.Color {
				for i, l := range strings.Split(out, "\n") {
					if strings.TrimRight(l, " ") != l {
						t.Errorf("line %d ends in a space: %q", i+1, l)
					}
				}
			}
			if strings.Contains(out, "k1") || strings.Contains(out, "k2") || strings.Contains(out, "k3") {
				t.Error("a secret shows")
			}
		})
	}
}

// TestPlanWithoutSchemas makes sure that a value is hidden when nothing says
// whether it is secret.
func TestPlanWithoutSchemas(t *testing.T) {
	p := mixedPlan(t)
	var b strings.Builder
	if err := WritePlan(&b, p, nil, plain); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), `"x"`) || !strings.Contains(b.String(), "~ content = (sensitive value)") {
		t.Errorf("values show without a schema:\n%s", b.String())
	}
}

// manyCreates is a plan that creates n things.
func manyCreates(tb testing.TB, n int) *plan.Plan {
	one := change(tb, "thing.it", plan.Create, ``, `{path="a/b/c", content="hello world\nof several\nlines\n", mode="0644", id=unknown, size=unknown, env={A="1", B="2"}}`)
	p := &plan.Plan{Changes: make([]plan.Change, n)}
	for i := range p.Changes {
		c := one
		c.Address.Key = addr.StringKey(fmt.Sprintf("file-%06d", i))
		c.Previous = c.Address
		p.Changes[i] = c
	}
	return p
}

func manyUpdates(tb testing.TB, n int) *plan.Plan {
	one := change(tb, "thing.it", plan.Update, `{path="a/b/c", content="hello world\nof several\nlines\n", mode="0644", id="x", size=5, list=["a","b","c"]}`,
		`{path="a/b/c", content="hello world\nof some\nlines\n", mode="0600", id="x", size=unknown, list=["a","c"]}`)
	p := &plan.Plan{Changes: make([]plan.Change, n)}
	for i := range p.Changes {
		c := one
		c.Address.Key = addr.IntKey(i)
		c.Previous = c.Address
		p.Changes[i] = c
	}
	return p
}
