package check_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// setOf makes the set of a project that was applied.
func setOf(t testing.TB, p *coretest.Project) *check.Set {
	t.Helper()
	store := p.Open()
	defer store.Close()
	in, ds := p.Input(store)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	set, ds := check.NewSet(context.Background(), in, check.SetOptions{Interval: 17 * time.Second})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return set
}

// What the core looks at runs as often as is usual for the type that it is about,
// or as often as the set says where the type says nothing, also if it is watched.
func TestIntervalsOfTheCore(t *testing.T) {
	p := coretest.New(t, `
resource "memory_item" "a" { name = "a" }
resource "memory_shelf" "s" { name = "s" }
assert "condition" "item" {
  target    = memory_item.a
  condition = true
}
assert "condition" "own" {
  target    = memory_item.a
  condition = true
  interval  = "3s"
}
assert "condition" "shelf" {
  target    = memory_shelf.s
  condition = true
}
assert "condition" "none" { condition = true }
`)
	p.Run(plan.Options{})
	got := map[string]time.Duration{}
	for _, c := range setOf(t, p).Checks() {
		got[c.Name] = c.Settings.Interval
	}
	want := map[string]time.Duration{"item": 30 * time.Second, "own": 3 * time.Second, "shelf": 17 * time.Second, "none": 17 * time.Second}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestSetRunsAgainAndAgain(t *testing.T) {
	p := coretest.New(t, `
resource "memory_item" "a" {
  count = 2
  name  = "a${count.index}"
  value = "1"
}
assert "item_value" "a" {
  target            = memory_item.a
  equals            = "1"
  failure_threshold = 3
}
resource "memory_item" "slow" {
  for_each = { x = "7m" }
  name     = each.key
  monitor {
    interval    = each.value
    remediation = remediation.calm
  }
}
resource "memory_item" "left" {
  name = "left"
  monitor { enabled = false }
}
remediation "calm" { mode = "suggest" }
assert "item_exists" "slow" { target = memory_item.slow }
assert "item_exists" "left" { target = memory_item.left }
assert "condition" "sum" {
  condition = length(memory_item.a) == 2
  interval  = "5m"
}
`)
	p.Run(plan.Options{})
	set := setOf(t, p)
	checks := set.Checks()
	var said []string
	for _, c := range checks {
		said = append(said, fmt.Sprintf("%s every %s, %d of %d, %q, %s", c.ID(), c.Settings.Interval, c.Settings.FailureThreshold, c.Settings.SuccessThreshold, c.Provider, c.Policy.Mode))
	}
	want := []string{
		`assert.item_value.a of memory_item.a[0] every 30s, 3 of 1, "clockwork/memory", auto`,
		`assert.item_value.a of memory_item.a[1] every 30s, 3 of 1, "clockwork/memory", auto`,
		`assert.item_exists.slow of memory_item.slow["x"] every 7m0s, 1 of 1, "clockwork/memory", suggest`,
		`assert.condition.sum every 5m0s, 1 of 1, "", `,
	}
	if got := strings.Join(said, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s", got)
	}
	outcome := func(c check.Check) providers.Outcome { return set.Run(context.Background(), c).Outcome }
	if got := outcome(checks[1]); got != providers.Pass {
		t.Errorf("at first it is %s", got)
	}
	bad := "2"
	p.World.EditItem(memory.DefaultNamespace, "a1", func(i *memory.Item) { i.Value = &bad })
	if a, b := outcome(checks[0]), outcome(checks[1]); a != providers.Pass || b != providers.Fail {
		t.Errorf("after a change they are %s and %s", a, b)
	}
	if got := outcome(check.Check{}); got != providers.Unknown {
		t.Errorf("what there is not is %s", got)
	}
	found, err := set.Diagnose(context.Background(), checks[1].Target)
	if err != nil || found.Summary == "" {
		t.Errorf("%v %+v", err, found)
	}
}
