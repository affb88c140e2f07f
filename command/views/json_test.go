package views

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

var timestamp = regexp.MustCompile(`"@timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)"`)

// lines checks that every line is a JSON object with what all lines have, and
// returns them without their timestamps.
func jsonLines(t *testing.T, text string) string {
	t.Helper()
	for _, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		var m map[string]any
		if err := json.Unmarshal([]byte(l), &m); err != nil {
			t.Fatalf("%v: %s", err, l)
		}
		for _, k := range []string{"@level", "@message", "@module", "@timestamp", "type"} {
			if _, ok := m[k].(string); !ok {
				t.Errorf("%s is missing of %s", k, l)
			}
		}
		if !timestamp.MatchString(l) {
			t.Errorf("the timestamp is not one: %s", l)
		}
	}
	return timestamp.ReplaceAllString(text, `"@timestamp":"T"`)
}

func TestJSONApply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c capture
		applyThings(t, NewJSON(NewTerminal(c.streams(true), noEnv, false), "1.2.3", nil))
		golden(t, "apply/json", jsonLines(t, c.out.String()))
		assertHarmless(t, c.both.String(), false)
		if strings.Contains(c.both.String(), "hunter2") {
			t.Error("a secret shows")
		}
	})
}

func TestJSONPlan(t *testing.T) {
	for name, p := range map[string]*plan.Plan{"mixed": mixedPlan(t), "drift": driftedPlan(t, plan.Normal), "nothing": {}} {
		var c capture
		j := NewJSON(NewTerminal(c.streams(false), noEnv, false), "1.2.3", func() Files { return sourceFile(t) })
		j.Refreshing(1)
		j.PreRefresh("thing.it[0]")
		j.PostRefresh("thing.it[0]")
		j.Refreshed()
		j.Log("a remark")
		j.Plan(p, schemas(kitchen()))
		j.Diagnostics(diag.Diagnostics{
			{Severity: diag.Warning, Summary: "Careful", Detail: "Look."},
			{Summary: "Wrong", Detail: "Correct it.", Address: "thing.it", Subject: at(t, "path")},
		})
		golden(t, "plan_json/"+name, jsonLines(t, c.both.String()))
	}
}
