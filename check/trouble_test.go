package check_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// odd is the provider in memory, with another Check.
type odd struct {
	providers.Provider
	check func(context.Context, providers.CheckRequest) (providers.CheckResponse, error)
}

func (o odd) Check(ctx context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	return o.check(ctx, req)
}

// Data keeps what the core may ask of it.
func (o odd) Data(ctx context.Context, req providers.DataRequest) (providers.DataResponse, error) {
	return o.Provider.(providers.DataReader).Data(ctx, req)
}

// oddly makes p's provider check with f.
func oddly(p *coretest.Project, f func(context.Context, providers.CheckRequest) (providers.CheckResponse, error)) func(*plan.Input) {
	return func(in *plan.Input) {
		provider, err := in.Providers.Provider(context.Background(), "clockwork/memory")
		if err != nil {
			p.Fatal(err)
		}
		in.Providers = oddFactory{odd{provider, f}}
	}
}

type oddFactory struct{ odd odd }

func (f oddFactory) Schema(ctx context.Context, _ string) (*providers.Schema, error) {
	return f.odd.Schema(ctx)
}

func (f oddFactory) Provider(context.Context, string) (providers.Provider, error) { return f.odd, nil }

// A check that hangs, whether it listens to its context or not, takes no longer
// than its timeout and delays none of the others.
func TestProviderHangs(t *testing.T) {
	p := applied(t, twoItems+`
assert "item_exists" "a" {
  target  = memory_item.a
  timeout = "50ms"
}
assert "item_exists" "b" { target = memory_item.b }
`)
	_, release := p.World.Hold(memory.OpCheck, "a")
	results, diags := tryRun(p, check.Options{Parallelism: 1})
	want(t, lines(results),
		"unknown memory_item.a assert.item_exists.a: Provider did not answer",
		"pass memory_item.b assert.item_exists.b: it exists")
	if diags.HasErrors() {
		t.Error(diags)
	}
	release()

	left := make(chan struct{})
	t.Cleanup(func() { close(left) })
	results, diags = tryRunIn(context.Background(), p, check.Options{Parallelism: 1},
		oddly(p, func(_ context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
			if req.Address == "memory_item.a" {
				<-left
			}
			return providers.CheckResponse{Outcome: providers.Pass}, nil
		}))
	want(t, lines(results),
		"unknown memory_item.a assert.item_exists.a: it did not end within 50ms",
		"pass memory_item.b assert.item_exists.b")
	if len(diags) > 0 {
		t.Error(diags)
	}
}

func TestProviderPanics(t *testing.T) {
	p := applied(t, twoItems+`
assert "item_exists" "a" { target = memory_item.a }
assert "item_exists" "b" { target = memory_item.b }
`)
	results, diags := tryRunIn(context.Background(), p, check.Options{},
		oddly(p, func(_ context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
			if req.Address == "memory_item.a" {
				var none *odd
				_ = none.check // a nil pointer
			}
			return providers.CheckResponse{Outcome: providers.Pass}, nil
		}))
	if len(diags) > 0 || len(results) != 2 {
		t.Fatal(lines(results), diags)
	}
	if r := results[0]; r.Outcome != providers.Unknown || !strings.Contains(r.Message, "the check itself failed at trouble_test.go:") {
		t.Errorf("%+v", r)
	}
	if r := results[1]; r.Outcome != providers.Pass {
		t.Errorf("%+v", r)
	}
}

// What a provider says is judged: errors are unknown whatever the outcome, and
// so is an outcome that there is not.
func TestProviderAnswers(t *testing.T) {
	warning := diag.Warningf("Slow", "It took long.")
	for _, c := range []struct {
		name   string
		answer providers.CheckResponse
		want   string
		diags  int
	}{
		{"pass", providers.CheckResponse{Outcome: providers.Pass, Message: "fine"}, "pass: fine", 0},
		{"unknown", providers.CheckResponse{Message: "who knows"}, "unknown: who knows", 0},
		{"warning", providers.CheckResponse{Outcome: providers.Fail, Diagnostics: warning}, "fail", 1},
		{"error", providers.CheckResponse{Outcome: providers.Fail, Diagnostics: diag.Errorf("Daemon is down", "Start it.")}, "unknown: Daemon is down", 1},
		{"error and message", providers.CheckResponse{Outcome: providers.Pass, Message: "no answer", Diagnostics: diag.Errorf("Daemon is down", "Start it.")},
			"unknown: no answer", 1},
		{"nonsense", providers.CheckResponse{Outcome: 77, Message: "?"}, "unknown: ?", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := applied(t, twoItems+`assert "item_exists" "a" { target = memory_item.a }`)
			results, diags := tryRunIn(context.Background(), p, check.Options{},
				oddly(p, func(context.Context, providers.CheckRequest) (providers.CheckResponse, error) { return c.answer, nil }))
			want(t, lines(results), strings.Replace(c.want, results[0].Outcome.String(), results[0].Outcome.String()+" memory_item.a assert.item_exists.a", 1))
			if len(diags) != c.diags || diags.HasErrors() {
				t.Errorf("diagnostics: %v", diags)
			}
		})
	}
}

// A provider gets its values without marks, with defaults, and the state; what
// it says of secrets is hidden all the same.
func TestSecrets(t *testing.T) {
	p := applied(t, `
variable "password" {
  default   = "hunter2"
  sensitive = true
}
resource "memory_item" "a" {
  name   = "a"
  secret = "top\nsecret \"quoted\""
  value  = var.password
}
assert "item_value" "v" {
  target = memory_item.a
  equals = var.password
}
`)
	var seen providers.CheckRequest
	results, diags := tryRunIn(context.Background(), p, check.Options{},
		oddly(p, func(_ context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
			seen = req
			text := fmt.Sprintf("%s is not %q, %s", req.Config.GetAttr("equals").AsString(), req.State.GetAttr("secret").AsString(), "and so on")
			return providers.CheckResponse{Outcome: providers.Fail, Message: text, Diagnostics: diag.Warningf("About "+text, "See %s.", text)}, nil
		}))
	want(t, lines(results), `fail memory_item.a assert.item_value.v: (sensitive) is not "(sensitive)", and so on`)
	if seen.State.ContainsMarked() || seen.Config.ContainsMarked() {
		t.Error("the provider got marked values")
	}
	if !seen.Config.GetAttr("matches").RawEquals(cty.NullVal(cty.String)) || seen.Configuration == "" || seen.Type != "memory_item" {
		t.Errorf("the provider was asked %+v", seen)
	}
	if len(diags) != 1 || strings.Contains(diags.Error(), "hunter2") || strings.Contains(diags.Error(), "quoted") {
		t.Errorf("diagnostics: %v", diags)
	}
}

// Nothing that is said of asserts of any type, in any way, holds a secret.
func TestNoSecretIsShown(t *testing.T) {
	closed := closedPort(t)
	p := coretest.New(t, fmt.Sprintf(`
variable "s" {
  default   = "hunter2"
  sensitive = true
}
assert "command" "a" { command = ["missing-${var.s}"] }
assert "command" "b" {
  command     = [%[1]q, var.s]
  environment = { %[2]s = "fail ${var.s}" }
}
assert "command" "c" {
  command     = [%[1]q]
  working_dir = "missing-${var.s}"
}
assert "command" "d" {
  command = [%[1]q]
  stdout  = "(${var.s}"
}
assert "command" "e" {
  command     = [%[1]q]
  environment = { "=${var.s}" = "x" }
}
assert "healthcheck" "a" { url = "http://${var.s}.invalid:port" }
assert "healthcheck" "b" { url = "http://${var.s}@127.0.0.1:%[3]d/${var.s}" }
assert "healthcheck" "c" {
  url     = "http://127.0.0.1:%[3]d"
  headers = { "x-${var.s}" = var.s, "${var.s}:" = "x" }
}
assert "healthcheck" "d" {
  url    = "http://127.0.0.1:%[3]d"
  method = "GET ${var.s}"
}
assert "healthcheck" "e" { url = "http://me:hunter2@127.0.0.1:%[3]d/" }
assert "port_accessible" "a" {
  port = %[3]d
  host = "a ${var.s}"
}
assert "condition" "a" {
  condition     = var.s == "x"
  error_message = var.s
}
assert "condition" "b" { condition = var.s }
assert "condition" "c" {
  condition = true
  timeout   = var.s
}
assert "condition" "d" {
  condition = true
  severity  = var.s
}
`, os.Args[0], helper, closed))
	results, diags := tryRun(p, check.Options{})
	if len(results) != 15 {
		t.Errorf("%d results: %v", len(results), lines(results))
	}
	for _, r := range results {
		if text := fmt.Sprintf("%+v", r); strings.Contains(text, "hunter2") || r.Outcome == providers.Pass {
			t.Error(text)
		}
	}
	// In the source that is shown with a diagnostic the secret is spelt out
	// only where the user did.
	for _, d := range diags {
		if strings.Contains(d.Summary+d.Detail+d.Address, "hunter2") {
			t.Error(d)
		}
	}
}

func TestInterrupted(t *testing.T) {
	p := applied(t, twoItems+`
assert "item_exists" "a" { target = memory_item.a }
assert "condition" "c" { condition = true }
`)
	ctx, cancel := context.WithCancel(context.Background())
	gate, release := p.World.Hold(memory.OpCheck, "a")
	defer release()
	go func() {
		<-gate.Reached()
		cancel()
	}()
	started := time.Now()
	results, _ := tryRunIn(ctx, p, check.Options{Parallelism: 1}, nil)
	want(t, lines(results),
		"unknown memory_item.a assert.item_exists.a: it was interrupted",
		"unknown assert.condition.c: it was interrupted")
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("it took %s to stop", took)
	}
}

// Asserts run at the same time, but no more of them than asked for.
func TestParallelism(t *testing.T) {
	p := applied(t, `
resource "memory_item" "m" {
  count = 20
  name  = "m${count.index}"
}
assert "item_exists" "m" { target = memory_item.m }
`)
	var running, most atomicMax
	_, diags := tryRunIn(context.Background(), p, check.Options{Parallelism: 3},
		oddly(p, func(ctx context.Context, _ providers.CheckRequest) (providers.CheckResponse, error) {
			most.raise(running.add(1))
			for most.load() < 3 && ctx.Err() == nil { // until three have met here
				time.Sleep(time.Millisecond)
			}
			running.add(-1)
			return providers.CheckResponse{Outcome: providers.Pass}, nil
		}))
	if len(diags) > 0 || most.load() != 3 {
		t.Errorf("%d at once, %v", most.load(), diags)
	}
}
