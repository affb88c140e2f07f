package views

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

func completedBefore(model string, names ...string) *state.Completed {
	c := &state.Completed{Values: map[string]json.RawMessage{}, Origin: state.Origin{Model: model}}
	for _, name := range names {
		c.Values[name] = json.RawMessage(`"x"`)
	}
	return c
}

// completedPlan has a completed attribute in each kind of change.
func completedPlan(t testing.TB) *plan.Plan {
	with := func(c plan.Change, names ...string) plan.Change {
		c.Completed = completedBefore("qwen2.5:7b", names...)
		return c
	}
	forced := with(change(t, "thing.forced", plan.DeleteThenCreate, `{path="a", id="1"}`, `{path="b", id=unknown}`), "path")
	forced.Replace = []cty.Path{cty.GetAttrPath("path")}
	evil := with(change(t, "thing.evil", plan.Create, ``, `{path="$${x} \u001b[2J\u202e"}`), "path")
	evil.Completed.Origin.Model = "m\x1b[2J\n+ size = 1"
	laidOver := with(change(t, "thing.laid_over", plan.Create, ``, `{path="a", content="healed"}`), "path", "content")
	laidOver.Overlay = []state.Overlay{{Path: "content"}}
	return &plan.Plan{Changes: []plan.Change{
		with(change(t, "thing.created", plan.Create, ``, `{path="a", content="one\ntwo\n", size=3}`), "content", "size"),
		evil,
		forced,
		with(change(t, "thing.json", plan.Create, ``, `{path="a", content="{\"a\":[1]}"}`), "content"),
		laidOver,
		with(change(t, "thing.last_line", plan.Update, `{path="a", content="one\ntwo"}`, `{path="a", content="one\ntwo\n"}`), "content"),
		with(change(t, "thing.unchanged", plan.Update, `{path="a", content="x", size=1}`, `{path="a", content="x", size=2}`), "content"),
	}}
}

// TestCompletedIsMarked: whoever reads a plan sees what no user wrote.
func TestCompletedIsMarked(t *testing.T) {
	golden(t, "plans/completed", planText(t, completedPlan(t), plain))

	var b strings.Builder
	if err := WritePlanJSON(&b, completedPlan(t), nil, schemas(kitchen())); err != nil {
		t.Fatal(err)
	}
	golden(t, "documents/plan_completed", indentJSON(t, b.String()))

	var c capture
	j := NewJSON(NewTerminal(c.streams(false), noEnv, false), "1.2.3", nil)
	j.PreComplete("thing.it[0]", "qwen2.5:7b")
	j.PostComplete("thing.it[0]", "qwen2.5:7b")
	j.PreComplete("thing.other", "")
	j.Plan(completedPlan(t), schemas(kitchen()))
	golden(t, "plan_json/completed", jsonLines(t, c.both.String()))

	o := stored(t, `{path="a", content="x"}`)
	o.Completed = completedBefore("qwen2.5:7b", "content")
	b.Reset()
	key := state.ObjectKey{Instance: instance(t, "thing.it")}
	if err := WriteObject(&b, key, o, schemas(kitchen()), plain); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`content += "x" # completed by qwen2\.5:7b\n`).MatchString(b.String()) {
		t.Errorf("the state shows\n%s", b.String())
	}
	b.Reset()
	if err := WriteStateJSON(&b, &state.State{Objects: map[state.ObjectKey]*state.Object{key: o}}, schemas(kitchen()), "1.2.3"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"completed_by":{"content":"qwen2.5:7b"}`) {
		t.Errorf("the state is %s", b.String())
	}
}

// TestCompletingStatus: on a terminal, a line says what a model is asked for, only
// after a moment, and leaves nothing behind.
func TestCompletingStatus(t *testing.T) {
	run := func(terminal bool, slow time.Duration) string {
		var c capture
		synctest.Test(t, func(t *testing.T) {
			term := NewTerminal(c.streams(terminal), noEnv, true)
			h := NewHuman(term, nil)
			h.Refreshing(3)
			for i := range 3 {
				h.PreComplete(fmt.Sprintf("thing.it[%d]", i), "m-1")
			}
			time.Sleep(slow)
			h.PostRefresh("thing.it")
			for i := range 3 {
				h.PostComplete(fmt.Sprintf("thing.it[%d]", i), "m-1")
				time.Sleep(slow)
			}
			h.Refreshed()
			term.Print("the end\n")
			time.Sleep(time.Minute)
		})
		return c.both.String()
	}
	if got := run(true, 0); got != "the end\n" {
		t.Errorf("a quick model shows: %q", got)
	}
	if got := run(false, time.Minute); got != "the end\n" {
		t.Errorf("progress shows where nobody looks: %q", got)
	}
	got := run(true, 3*time.Second)
	for _, want := range []string{"Completing thing.it[0] (m-1)... and 2 more", "Completing thing.it[1] (m-1)... and 1 more, 1 done", "Completing thing.it[2] (m-1)..., 2 done\r",
		"Reading 3 resources... 1 done\r"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if !strings.HasSuffix(got, "\r\x1b[Kthe end\n") {
		t.Errorf("it ends with %q", got)
	}
}
