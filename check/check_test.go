package check_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// tryRun evaluates the project's asserts.
func tryRun(p *coretest.Project, opts check.Options) ([]check.Result, diag.Diagnostics) {
	p.Helper()
	return tryRunIn(context.Background(), p, opts, nil)
}

// tryRunIn evaluates them after change, if any, was made to what they start
// from.
func tryRunIn(ctx context.Context, p *coretest.Project, opts check.Options, change func(*plan.Input)) ([]check.Result, diag.Diagnostics) {
	p.Helper()
	store := p.Open()
	defer store.Close()
	in, diags := p.Input(store)
	if diags.HasErrors() {
		p.Fatalf("load: %v", diags)
	}
	if change != nil {
		change(&in)
	}
	return check.Run(ctx, in, opts)
}

// run evaluates the project's asserts, about which there must be nothing to
// say, and returns a line for each.
func run(p *coretest.Project, addresses ...string) []string {
	p.Helper()
	results, diags := tryRun(p, check.Options{Addresses: addresses})
	if len(diags) > 0 {
		p.Errorf("diagnostics: %v", diags)
	}
	return lines(results)
}

// lines writes results one a line: "pass TARGET ADDRESS (DETAIL): MESSAGE".
func lines(results []check.Result) []string {
	out := []string{}
	for _, r := range results {
		line := r.Outcome.String()
		if r.Target != "" {
			line += " " + r.Target
		}
		line += " " + r.Address
		if r.Detail != "" {
			line += " (" + r.Detail + ")"
		}
		if r.Message != "" {
			line += ": " + r.Message
		}
		out = append(out, line)
	}
	return out
}

func want(t testing.TB, got []string, wanted ...string) {
	t.Helper()
	if !slices.Equal(got, wanted) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(wanted, "\n  "))
	}
}

func applied(t testing.TB, main string) *coretest.Project {
	t.Helper()
	p := coretest.New(t, main)
	p.Run(plan.Options{})
	return p
}

const twoItems = `
resource "memory_item" "a" {
  name  = "a"
  value = "hello"
}
resource "memory_item" "b" { name = "b" }
`

func TestProviderAsserts(t *testing.T) {
	p := applied(t, twoItems+`
assert "item_exists" "b" { target = memory_item.b }
assert "item_exists" "a" { target = memory_item.a }
assert "item_value" "hello" {
  target = memory_item.a
  equals = "hello"
}
assert "item_value" "pattern" {
  target  = memory_item.a
  matches = "^h.*o$"
}
`)
	want(t, run(p),
		"pass memory_item.a assert.item_exists.a: it exists",
		"pass memory_item.a assert.item_value.hello (hello): its value is as expected",
		"pass memory_item.a assert.item_value.pattern (pattern): its value matches",
		"pass memory_item.b assert.item_exists.b: it exists",
	)
	p.World.RemoveItem(memory.DefaultNamespace, "b")
	p.World.EditItem(memory.DefaultNamespace, "a", func(i *memory.Item) { v := "bye"; i.Value = &v })
	want(t, run(p),
		"pass memory_item.a assert.item_exists.a: it exists",
		"fail memory_item.a assert.item_value.hello (hello): its value is not as expected",
		"fail memory_item.a assert.item_value.pattern (pattern): its value does not match",
		"fail memory_item.b assert.item_exists.b: it does not exist",
	)
}

// What is down is unknown, and not an error: nothing is wrong with the project.
func TestProviderIsDown(t *testing.T) {
	p := applied(t, twoItems+`assert "item_exists" "a" { target = memory_item.a }`)
	p.World.SetDown(true)
	want(t, run(p), "unknown memory_item.a assert.item_exists.a: the store could not be asked")
	p.World.SetDown(false)

	p.World.Inject(memory.Fault{Op: memory.OpCheck, Err: fmt.Errorf("the pipe broke")})
	results, diags := tryRun(p, check.Options{})
	want(t, lines(results), "unknown memory_item.a assert.item_exists.a: Provider did not answer")
	if len(diags) != 1 || diags[0].Severity != diag.Warning || !strings.Contains(diags[0].Error(), "The pipe broke.") {
		t.Errorf("diagnostics: %v", diags)
	}
}

func TestNotApplied(t *testing.T) {
	p := coretest.New(t, twoItems+`
resource "memory_item" "many" {
  count = 2
  name  = "many${count.index}"
}
resource "memory_item" "off" {
  name = "off"
  lifecycle { enabled = false }
}
assert "item_exists" "a" { target = memory_item.a }
assert "item_exists" "many" { target = memory_item.many }
assert "item_exists" "off" { target = memory_item.off }
assert "port_accessible" "a" {
  target = memory_item.a
  port   = 1
}
assert "condition" "value" { condition = memory_item.a.id != "" }
assert "condition" "one" { condition = memory_item.many[1].id != "" }
assert "item_value" "id" {
  target = memory_item.b
  equals = memory_item.a.id
}
assert "item_exists" "each" {
  for_each = toset([memory_item.a.id])
  target   = memory_item.b
}
`)
	want(t, run(p),
		"unknown memory_item.a assert.item_exists.a: it is not applied yet",
		"unknown memory_item.a assert.port_accessible.a (port 1): it is not applied yet",
		"unknown memory_item.b assert.item_value.id: it is not applied yet",
		"unknown memory_item.b assert.item_exists.each: its for_each depends on what is not applied yet",
		"unknown memory_item.many[0] assert.item_exists.many: it is not applied yet",
		"unknown memory_item.many[1] assert.item_exists.many: it is not applied yet",
		"unknown assert.condition.value: it depends on a value that is known only after apply",
		"unknown assert.condition.one: it depends on a value that is known only after apply",
	)
}

func TestTargetsWithKeys(t *testing.T) {
	p := applied(t, `
resource "memory_item" "list" {
  count = 3
  name  = "list${count.index}"
}
resource "memory_item" "map" {
  for_each = { x = "1", y = "2" }
  name     = "map-${each.key}"
  value    = each.value
}
assert "item_exists" "list" { target = memory_item.list }
assert "item_exists" "second" { target = memory_item.list[1] }
assert "item_exists" "x" { target = memory_item.map["x"] }
assert "item_value" "map" {
  for_each = { x = "1", y = "2" }
  target   = memory_item.map[each.key]
  equals   = each.value
}
locals { last = 2 }
assert "item_exists" "last" { target = (memory_item.list[local.last]) }
`)
	p.World.RemoveItem(memory.DefaultNamespace, "list1")
	want(t, run(p),
		"pass memory_item.list[0] assert.item_exists.list: it exists",
		"fail memory_item.list[1] assert.item_exists.list (list): it does not exist",
		"fail memory_item.list[1] assert.item_exists.second (second): it does not exist",
		"pass memory_item.list[2] assert.item_exists.list (list): it exists",
		"pass memory_item.list[2] assert.item_exists.last (last): it exists",
		`pass memory_item.map["x"] assert.item_exists.x: it exists`,
		`pass memory_item.map["x"] assert.item_value.map["x"]: its value is as expected`,
		`pass memory_item.map["y"] assert.item_value.map["y"]: its value is as expected`,
	)

	// Instances that are in state but no longer configured, and the other way
	// round.
	p.Files["main.cw.hcl"] = strings.NewReplacer("count = 3", "count = 4", `{ x = "1", y = "2" }
  name`, `{ x = "1" }
  name`).Replace(p.Files["main.cw.hcl"])
	got := run(p, "assert.item_exists.list", "assert.item_value.map")
	want(t, got,
		"pass memory_item.list[0] assert.item_exists.list: it exists",
		"fail memory_item.list[1] assert.item_exists.list: it does not exist",
		"pass memory_item.list[2] assert.item_exists.list: it exists",
		"unknown memory_item.list[3] assert.item_exists.list: it is not applied yet",
		`pass memory_item.map["x"] assert.item_value.map["x"]: its value is as expected`,
		`pass memory_item.map["y"] assert.item_value.map["y"]: its value is as expected`,
	)
}

func TestNoSuchInstance(t *testing.T) {
	p := applied(t, `
resource "memory_item" "list" {
  count = 1
  name  = "list${count.index}"
}
assert "item_exists" "list" { target = memory_item.list[7] }
assert "item_exists" "good" { target = memory_item.list[0] }
`)
	results, diags := tryRun(p, check.Options{})
	want(t, lines(results),
		"pass memory_item.list[0] assert.item_exists.good: it exists",
		"unknown memory_item.list[7] assert.item_exists.list: there is no memory_item.list[7]")
	if len(diags) != 1 || !diags.HasErrors() || diags[0].Subject == nil || diags[0].Subject.Start.Line != 6 {
		t.Errorf("diagnostics: %v", diags)
	}
}

func TestModules(t *testing.T) {
	p := coretest.New(t, `
module "site" {
  for_each = { eu = "1", us = "2" }
  source   = "./site"
  name     = each.key
}
module "plain" {
  source = "./site"
  name   = "plain"
}
`)
	p.Files["site/main.cw.hcl"] = `
variable "name" { type = string }
resource "memory_item" "i" {
  name  = var.name
  value = "of ${var.name}"
}
assert "item_value" "v" {
  target = memory_item.i
  equals = "of ${var.name}"
}
assert "condition" "named" {
  condition     = var.name != "us"
  error_message = "It is ${var.name}."
}
`
	p.Run(plan.Options{})
	all := []string{
		"pass module.plain.memory_item.i module.plain.assert.item_value.v: its value is as expected",
		`pass module.site["eu"].memory_item.i module.site["eu"].assert.item_value.v: its value is as expected`,
		`pass module.site["us"].memory_item.i module.site["us"].assert.item_value.v: its value is as expected`,
		"pass module.plain.assert.condition.named",
		`pass module.site["eu"].assert.condition.named`,
		`fail module.site["us"].assert.condition.named: It is us.`,
	}
	want(t, run(p), all...)
	for _, c := range []struct {
		address string
		rows    []int
	}{
		{"module.plain", []int{0, 3}},
		{"module.site", []int{1, 2, 4, 5}},
		{`module.site["us"]`, []int{2, 5}},
		{"module.site.memory_item.i", []int{1, 2}},
		{`module.site["eu"].memory_item.i`, []int{1}},
		{"module.site.assert.condition.named", []int{4, 5}},
		{`module.site["us"].assert.item_value.v`, []int{2}},
	} {
		var wanted []string
		for _, i := range c.rows {
			wanted = append(wanted, all[i])
		}
		t.Run(c.address, func(t *testing.T) { want(t, run(p, c.address), wanted...) })
	}
}

func TestAddresses(t *testing.T) {
	p := applied(t, twoItems+`
resource "memory_item" "none" {
  count = 0
  name  = "none"
}
assert "item_exists" "a" { target = memory_item.a }
assert "item_exists" "b" { target = memory_item.b }
assert "item_exists" "none" { target = memory_item.none }
assert "condition" "each" {
  for_each  = toset(["x", "y"])
  condition = each.key == "x"
}
assert "no_such_type" "broken" { target = memory_item.b }
`)
	// What is not asked for is not even looked at.
	want(t, run(p, "memory_item.a"), "pass memory_item.a assert.item_exists.a: it exists")
	want(t, run(p, "assert.item_exists.b"), "pass memory_item.b assert.item_exists.b: it exists")
	want(t, run(p, "assert.item_exists.a", `assert.condition.each["y"]`),
		"pass memory_item.a assert.item_exists.a: it exists",
		`fail assert.condition.each["y"]: the condition is not met`)
	want(t, run(p, "assert.condition.each"),
		`pass assert.condition.each["x"]`, `fail assert.condition.each["y"]: the condition is not met`)
	want(t, run(p, "assert.item_exists.none"))
	want(t, run(p, "memory_item.none"))

	for address, hint := range map[string]string{
		"memory_item.aa":             `Did you mean "memory_item.a"?`,
		"assert.item_exist.a":        `Did you mean "assert.item_exists.a"?`,
		`assert.condition.each["z"`:  "not an address",
		`assert.condition.each["z"]`: `Did you mean "assert.condition.each["`,
		"module.none":                "Nothing to check",
		"memory_item.none[0]":        "Nothing to check",
		"data.memory_item.a":         "Nothing to check",
		"what is this":               "not an address",
	} {
		results, diags := tryRun(p, check.Options{Addresses: []string{"memory_item.a", address}})
		if len(results) != 0 || !diags.HasErrors() || !strings.Contains(diags.Error(), hint) {
			t.Errorf("%s: %v, %v", address, lines(results), diags)
		}
	}
}

// An error in one assert is reported, with its place, and does not keep the
// others from being made.
func TestMistakes(t *testing.T) {
	p := applied(t, twoItems+`
assert "item_exists" "a" { target = memory_item.a }
assert "item_value" "typo" {
  target = memory_item.a
  equal  = "hello"
}
assert "item_value" "pattern" {
  target  = memory_item.a
  matches = "("
}
assert "condition" "key" { condition = memory_item.a.tags["x"] == "" }
assert "condition" "late" {
  condition = true
  timeout   = "5"
}
locals { broken = tonumber("x") }
assert "condition" "local" { condition = local.broken == 1 }
`)
	results, diags := tryRun(p, check.Options{})
	want(t, lines(results),
		"pass memory_item.a assert.item_exists.a: it exists",
		"unknown memory_item.a assert.item_value.typo (typo): its arguments are not right: Unsupported argument",
		"unknown memory_item.a assert.item_value.pattern (pattern): its arguments are not right: Not a regular expression",
		"unknown assert.condition.key: its arguments are not right: Attempt to index null value",
		"unknown assert.condition.late: its arguments are not right: Invalid duration",
		"unknown assert.condition.local: something that it refers to could not be evaluated",
	)
	var at []int
	for _, d := range diags {
		if d.Severity == diag.Error && d.Subject != nil {
			at = append(at, d.Subject.Start.Line)
		}
	}
	// The missing argument of the typo is reported too.
	if !slices.Equal(slices.Compact(at), []int{9, 11, 15, 17, 20, 22}) {
		t.Errorf("errors in lines %d: %v", at, diags)
	}
}

func TestSeverityAndTime(t *testing.T) {
	p := coretest.New(t, `
assert "condition" "warning" {
  condition = false
  severity  = "warning"
}
assert "condition" "error" {
  condition = true
  severity  = "error"
}
assert "condition" "default" { condition = true }
`)
	clock := time.Unix(0, 0)
	results, diags := tryRun(p, check.Options{Parallelism: 1, Now: func() time.Time {
		clock = clock.Add(time.Second)
		return clock
	}})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var got []string
	for _, r := range results {
		got = append(got, fmt.Sprintf("%s %s %s %s", r.Type, r.Name, r.Severity, r.Elapsed))
	}
	want(t, got, "condition warning warning 1s", "condition error error 1s", "condition default error 1s")
}

func TestJSON(t *testing.T) {
	p := coretest.New(t, `
resource "memory_item" "m" {
  for_each = toset(["x", "y"])
  name     = each.key
}
resource "memory_item" "a" { name = "a" }
`)
	p.Run(plan.Options{})
	p.Files["asserts.cw.hcl.json"] = `{"assert": {"item_exists": {
  "bare": {"target": "memory_item.a"},
  "template": {"target": "${memory_item.a}"},
  "key": {"target": "memory_item.m[\"x\"]"},
  "each": {"for_each": "${toset([\"x\"])}", "target": "${memory_item.m[each.key]}", "timeout": "5s"}
}}}`
	want(t, run(p),
		"pass memory_item.a assert.item_exists.bare (bare): it exists",
		"pass memory_item.a assert.item_exists.template (template): it exists",
		`pass memory_item.m["x"] assert.item_exists.key (key): it exists`,
		`pass memory_item.m["x"] assert.item_exists.each["x"] (each["x"]): it exists`,
	)
}

func TestNothing(t *testing.T) {
	want(t, run(coretest.New(t, twoItems)))
}

func TestData(t *testing.T) {
	p := coretest.New(t, `
data "memory_item" "a" { name = "a" }
assert "condition" "data" { condition = data.memory_item.a.value == "hello" }
`)
	hello := "hello"
	p.World.PutItem(memory.DefaultNamespace, memory.Item{Name: "a", Value: &hello, Ready: true})
	want(t, run(p), "pass assert.condition.data")
	p.World.SetDown(true)
	results, diags := tryRun(p, check.Options{})
	want(t, lines(results), "unknown assert.condition.data: something that it refers to could not be evaluated")
	if len(diags) != 1 || diags[0].Severity != diag.Warning || !strings.Contains(diags[0].Detail, "The store is down.") {
		t.Errorf("diagnostics: %v", diags)
	}
}
