package plan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/state"
)

// running evaluates a configuration whose objects are all still to be made.
func running(t *testing.T, files map[string]string) *plan.Run {
	t.Helper()
	ctx := context.Background()
	overlay := map[string][]byte{}
	for name, src := range files {
		overlay[name] = []byte(src)
	}
	cfg, diags := config.Load(ctx, t.TempDir(), config.Options{Project: "test", BuiltinProviders: []string{"memory"}, Overlay: overlay})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	vars, diags := cfg.Variables(ctx, config.VariableArgs{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	run, diags := plan.NewRun(ctx, plan.Input{Config: cfg, Variables: vars, Providers: richFactory{}, Version: "0.1.0", State: &state.State{}}, false)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	run.UseApplied(ctx)
	return run
}

// policyIn is the policy of memory_loose.a in the module at path.
func policyIn(t *testing.T, run *plan.Run, defaults plan.PolicyDefaults, path ...string) (plan.Policy, bool) {
	t.Helper()
	m := run.Config.Root
	for _, name := range path {
		m = m.Children[name]
	}
	scopes, _ := run.Eval.Scopes(m)
	p, diags, ok := plan.PolicyOf(scopes[0], m.Resources["memory_loose.a"], defaults)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return p, ok
}

func loose(more string) string {
	return "resource \"memory_loose\" \"a\" {\n  content = \"x\"\n" + more + "}\n"
}

// builtin is the policy where nothing is said.
func builtin() plan.Policy {
	return plan.Policy{Mode: plan.HealAuto, Ladder: []plan.Rung{plan.RungRestart, plan.RungRecreate, plan.RungRollback, plan.RungEscalate},
		Attempts: 3, Window: 30 * time.Minute, Backoff: plan.Backoff{Initial: time.Second, Factor: 2, Max: 5 * time.Minute},
		OnManualStop: plan.ManualStopHeal}
}

func with(edit func(*plan.Policy)) plan.Policy {
	p := builtin()
	edit(&p)
	return p
}

// comparing looks into secrets.
func comparing() cmp.Options {
	return cmp.Options{
		cmp.Comparer(func(a, b plan.Secret) bool { return a.Reveal() == b.Reveal() }),
		cmp.Comparer(func(a, b cty.Value) bool { return a.RawEquals(b) }),
		cmpopts.IgnoreUnexported(plan.AllowPattern{}, plan.Bound{}),
	}
}

func TestPolicyValues(t *testing.T) {
	null := cty.NullVal(cty.DynamicPseudoType)
	ai := func(edit func(*plan.AIPolicy)) func(*plan.Policy) {
		return func(p *plan.Policy) {
			p.Ladder = []plan.Rung{plan.RungAI, plan.RungEscalate}
			p.AI = &plan.AIPolicy{MaxChanges: 1, Budget: plan.Budget{CallsPerHour: 10, TokensPerDay: 200_000}, Send: []string{"status", "exit_code", "health"}}
			edit(p.AI)
		}
	}
	all := []plan.Occasion{plan.OnOpened, plan.OnProposed, plan.OnHealed, plan.OnEscalated}
	for block, want := range map[string]plan.Policy{
		``: builtin(),
		"mode = \"suggest\"\nattempts = var.n\nwindow = \"${var.n}h\"\nverify = \"${var.n}s\"\non_manual_stop = \"hold\"": with(func(p *plan.Policy) {
			p.Mode, p.Attempts, p.Window, p.OnManualStop = plan.HealSuggest, 7, 7*time.Hour, plan.ManualStopHold
			p.Verify = 7 * time.Second
		}),
		`ladder = []`:                         with(func(p *plan.Policy) { p.Ladder = []plan.Rung{plan.RungEscalate} }),
		`ladder = var.rungs`:                  with(func(p *plan.Policy) { p.Ladder = []plan.Rung{plan.RungRollback, plan.RungRestart, plan.RungEscalate} }),
		`ladder = ["recreate", "escalate"]`:   with(func(p *plan.Policy) { p.Ladder = []plan.Rung{plan.RungRecreate, plan.RungEscalate} }),
		`ladder = null`:                       builtin(),
		`backoff = { factor = 1.5 }`:          with(func(p *plan.Policy) { p.Backoff.Factor = 1.5 }),
		`backoff = { initial = "10m" }`:       with(func(p *plan.Policy) { p.Backoff.Initial, p.Backoff.Max = 10*time.Minute, 10*time.Minute }),
		`backoff = tomap({ max = "2m" })`:     with(func(p *plan.Policy) { p.Backoff.Max = 2 * time.Minute }),
		"ladder = [\"ai\"]\nai {\n}":          with(ai(func(*plan.AIPolicy) {})),
		"ladder = [\"ai\"]\nai {\nsend=[]\n}": with(ai(func(a *plan.AIPolicy) { a.Send = []string{} })),
		"notify {\ncommand = [\"a\", \"b\"]\n}": with(func(p *plan.Policy) {
			p.Notify = []plan.Notify{{On: all, Command: []plan.Secret{plan.NewSecret("a"), plan.NewSecret("b")}}}
		}),
		"notify {\nname = \"hook\"\nwebhook = var.hook\nsecret = \"s\"\nheaders = { X-A = \"1\" }\non = [\"healed\"]\n}": with(func(p *plan.Policy) {
			p.Notify = []plan.Notify{{Name: "hook", On: []plan.Occasion{plan.OnHealed}, Webhook: &plan.Webhook{
				URL: plan.NewSecret("https://hooks/secret"), Secret: plan.NewSecret("s"), Headers: map[string]plan.Secret{"X-A": plan.NewSecret("1")}}}}
		}),
		"notify {\nsmtp = { host = \"::1\", from = \"a@b\", to = \"c@d\" }\n}\nnotify {\nsmtp = { host = \"m\", port = 25, from = \"a@b\", to = [\"c@d\", \"X <e@f>\"], username = \"u\", password = \"p\", starttls = false }\n}": with(func(p *plan.Policy) {
			p.Notify = []plan.Notify{
				{On: all, SMTP: &plan.SMTP{Host: "::1", Port: 587, From: "a@b", To: []string{"c@d"}, StartTLS: true}},
				{On: all, SMTP: &plan.SMTP{Host: "m", Port: 25, From: "a@b", To: []string{"c@d", "X <e@f>"}, Username: "u", Password: plan.NewSecret("p")}}}
		}),
		"ladder = [\"ai\"]\nai {\nallow = [\"memory_loose.a.content\"]\nbounds = { content = { min = \"1MiB\", max = \"1g\" }, id = { max = 3 } }\nimages = [\"a/b\"]\nmax_changes = 2\nbudget = { calls_per_hour = 1 }\nsend = [\"logs\"]\n}": with(ai(func(a *plan.AIPolicy) {
			a.Allow = []plan.AllowPattern{{Type: "memory_loose", Name: "a", Attribute: "content"}}
			a.Bounds = map[string]plan.Bound{"content": {Min: cty.StringVal("1MiB"), Max: cty.StringVal("1g")}, "id": {Min: null, Max: cty.NumberIntVal(3)}}
			a.Images, a.MaxChanges, a.Budget.CallsPerHour, a.Send = []string{"a/b"}, 2, 1, []string{"logs"}
		})),
	} {
		t.Run(block, func(t *testing.T) {
			run := running(t, map[string]string{"main.cw.hcl": `
variable "n" { default = 7 }
variable "rungs" { default = ["rollback", "restart"] }
variable "hook" {
  default   = "https://hooks/secret"
  sensitive = true
}
remediation "default" {
` + block + "\n}\n" + loose("")})
			got, ok := policyIn(t, run, plan.PolicyDefaults{})
			want.Name = "default"
			if diff := cmp.Diff(want, got, comparing()); diff != "" || !ok {
				t.Errorf("%v (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestWhichPolicyHolds(t *testing.T) {
	named := func(name, mode string) string { return fmt.Sprintf("remediation %q {\n  mode = %q\n}\n", name, mode) }
	call := "module \"m\" {\n  source = \"./m\"\n}\n"
	monitor := "  monitor {\n    remediation = remediation.own\n  }\n"
	for name, c := range map[string]struct {
		main, child string
		want        string // of memory_loose.a in module.m
		mode        plan.HealMode
	}{
		"none":                      {call, loose(""), "", plan.HealAuto},
		"the root's default":        {call + named("default", "off"), loose(""), "default in ", plan.HealOff},
		"its module's default":      {call + named("default", "off"), named("default", "suggest") + loose(""), "default in module.m", plan.HealSuggest},
		"one that it names":         {call + named("default", "off"), named("own", "approve") + loose(monitor), "own in module.m", plan.HealApprove},
		"one of its caller":         {call + named("own", "off"), loose(monitor), "own in ", plan.HealOff},
		"none that nobody names":    {call + named("own", "off"), loose(""), "", plan.HealAuto},
		"a monitor that names none": {call + named("default", "off"), loose("  monitor {\n  }\n"), "default in ", plan.HealOff},
	} {
		t.Run(name, func(t *testing.T) {
			run := running(t, map[string]string{"main.cw.hcl": c.main, "m/main.cw.hcl": c.child})
			p, ok := policyIn(t, run, plan.PolicyDefaults{Attempts: 9}, "m")
			got := p.Name
			if got != "" {
				got += " in " + string(p.Module)
			}
			if got != c.want || p.Mode != c.mode || p.Attempts != 9 || !ok {
				t.Errorf("%q, mode %s, attempts %d, %v", got, p.Mode, p.Attempts, ok)
			}
		})
	}
}

// What is not known yet is no mistake, and is as if it were not set.
func TestPolicyNotKnownYet(t *testing.T) {
	for _, block := range []string{
		"mode = memory_loose.a.id", "ladder = [memory_loose.a.id]", "ladder = memory_loose.a.list", "attempts = memory_loose.a.id",
		"backoff = { initial = memory_loose.a.id }", "backoff = memory_loose.a", "window = memory_loose.a.id",
		"ladder = [\"ai\"]\nai {\nallow = [memory_loose.a.id]\nbounds = { content = { min = memory_loose.a.id } }\nimages = memory_loose.a.id\nsend = [memory_loose.a.id]\nbudget = memory_loose.a\n}",
		"notify {\nwebhook = memory_loose.a.id\nheaders = memory_loose.a\n}", "notify {\ncommand = [memory_loose.a.id]\n}",
		"notify {\nsmtp = { host = memory_loose.a.id, from = memory_loose.a.id, to = memory_loose.a.id, password = memory_loose.a.id, username = \"\" }\n}",
	} {
		run := running(t, map[string]string{"main.cw.hcl": "remediation \"default\" {\n" + strings.ReplaceAll(block, "memory_loose.a.list", "memory_loose.a.id") + "\n}\n" + loose("")})
		if _, ok := policyIn(t, run, plan.PolicyDefaults{}); ok {
			t.Errorf("%s is known", block)
		}
	}
}

// What is wrong, or not known yet, never lets more be done.
func TestPolicyInDoubtAllowsNothing(t *testing.T) {
	for block, mode := range map[string]plan.HealMode{
		"mode = null":              plan.HealAuto,
		"mode = \"aprove\"":        plan.HealOff,
		"mode = memory_loose.a.id": plan.HealOff,
		"mode = [1]":               plan.HealOff,
		"attempts = \"many\"":      plan.HealAuto,
		"ai {\nbounds = { content = { most = 1 } }\n}":            plan.HealAuto,
		"mode = \"approve\"\nai {\nsend = [memory_loose.a.id]\n}": plan.HealApprove,
		"mode = \"approve\"\nwindow = memory_loose.a.id\nai {\n}": plan.HealApprove,
	} {
		run := running(t, map[string]string{"main.cw.hcl": "remediation \"default\" {\n" + block + "\n}\n" + loose("")})
		scopes, _ := run.Eval.Scopes(run.Config.Root)
		if p, _, ok := plan.PolicyOf(scopes[0], run.Config.Root.Resources["memory_loose.a"], plan.PolicyDefaults{}); p.Mode != mode || p.AI != nil || ok != (block == "mode = null") {
			t.Errorf("%s: %q, %+v, %v", block, p.Mode, p.AI, ok)
		}
	}
}

func TestMonitorSettings(t *testing.T) {
	run := running(t, map[string]string{"main.cw.hcl": `
variable "every" { default = "5s" }
resource "memory_loose" "a" {
  for_each = { x = "1m", y = null }
  content  = each.key
  monitor {
    interval = each.value
    enabled  = each.key != "y"
  }
}
resource "memory_loose" "b" {
  content = "b"
  monitor {
    interval = var.every
  }
}
resource "memory_loose" "c" {
  content = "c"
}
resource "memory_loose" "d" {
  content = "d"
  monitor {
    enabled = memory_loose.b.id != ""
  }
}
`})
	key := func(k, v string) eval.Repetition {
		value := cty.NullVal(cty.String)
		if v != "" {
			value = cty.StringVal(v)
		}
		return eval.Repetition{Key: addr.StringKey(k), Value: value}
	}
	for _, c := range []struct {
		name string
		rep  eval.Repetition
		want plan.MonitorSettings
		ok   bool
	}{
		{"a", key("x", "1m"), plan.MonitorSettings{Interval: time.Minute, Enabled: true}, true},
		{"a", key("y", ""), plan.MonitorSettings{}, true},
		{"b", eval.Repetition{}, plan.MonitorSettings{Interval: 5 * time.Second, Enabled: true}, true},
		{"c", eval.Repetition{}, plan.MonitorSettings{Enabled: true}, true},
		{"d", eval.Repetition{}, plan.MonitorSettings{Enabled: true}, false},
	} {
		got, diags, ok := plan.MonitorSettingsOf(run.Eval.Root(), run.Config.Root.Resources["memory_loose."+c.name], c.rep)
		if got != c.want || ok != c.ok || len(diags) > 0 {
			t.Errorf("%s: %+v, %v, %v", c.name, got, ok, diags)
		}
	}
}

func TestAllowPatternMatches(t *testing.T) {
	at := func(s string) addr.Resource { return instance(s).Resource }
	one, all := plan.AllowPattern{Type: "t", Name: "a", Attribute: "x.y"}, plan.AllowPattern{Type: "t", Name: "*", Attribute: "x"}
	for _, c := range []struct {
		p         plan.AllowPattern
		resource  string
		attribute string
		want      bool
	}{
		{one, "t.a", "x.y", true}, {one, "module.m[0].t.a", "x.y", true}, {one, "t.b", "x.y", false}, {one, "t.a", "x", false}, {one, "data.t.a", "x.y", false},
		{all, "t.a", "x", true}, {all, "t.b", "x", true}, {all, "u.a", "x", false}, {all, "t.a", "x.y", false},
	} {
		if got := c.p.Matches(at(c.resource), c.attribute); got != c.want {
			t.Errorf("%s on %s.%s: %v", c.p, c.resource, c.attribute, got)
		}
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	s := plan.NewSecret("hunter2")
	hook := plan.Notify{Webhook: &plan.Webhook{URL: s, Headers: map[string]plan.Secret{"a": s}}, Command: []plan.Secret{s}}
	raw, err := json.Marshal(hook)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "hook", hook)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "hook", *hook.Webhook)
	for _, shown := range []string{string(raw), log.String(), fmt.Sprint(s, hook, *hook.Webhook), fmt.Sprintf("%v %+v %#v %s %q %x", s, hook.Command, *hook.Webhook, s, s, s)} {
		if strings.Contains(shown, "hunter2") || strings.Contains(shown, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("shown: %s", shown)
		}
	}
	if s.Reveal() != "hunter2" || s.IsZero() || !(plan.Secret{}).IsZero() {
		t.Error("lost")
	}
}
