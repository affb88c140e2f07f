package check_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// becomes runs a check until its outcome is as wanted.
func becomes(t *testing.T, set *check.Set, k check.Check, want providers.Outcome) {
	t.Helper()
	var r check.Result
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if r = set.Run(context.Background(), k); r.Outcome == want {
			return
		}
	}
	t.Errorf("%s stays %s: %s", k.Address, r.Outcome, r.Message)
}

// What an assert refers to outside of the state changes, and the same set
// notices.
func TestSetEvaluatesAnew(t *testing.T) {
	p := coretest.New(t, `
data "memory_item" "d" { name = "d" }
locals { there = fileexists("flag") }
assert "condition" "function" { condition = fileexists("flag") }
assert "condition" "local" { condition = local.there }
assert "condition" "data" { condition = data.memory_item.d.value == "good" }
`)
	item := func(value string) memory.Item { return memory.Item{Name: "d", Value: &value, Ready: true} }
	p.World.SetDown(true) // when the set is made
	set := setOf(t, p)
	checks := set.Checks()
	if len(checks) != 3 {
		t.Fatal(checks)
	}
	becomes(t, set, checks[0], providers.Fail)
	becomes(t, set, checks[1], providers.Fail)
	becomes(t, set, checks[2], providers.Unknown)
	p.World.SetDown(false)
	p.World.PutItem(memory.DefaultNamespace, item("bad"))
	if err := os.WriteFile(filepath.Join(p.Dir, "flag"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	becomes(t, set, checks[0], providers.Pass)
	becomes(t, set, checks[1], providers.Pass)
	becomes(t, set, checks[2], providers.Fail)
	p.World.PutItem(memory.DefaultNamespace, item("good"))
	becomes(t, set, checks[2], providers.Pass)
}

// A provider that cannot be configured yet is asked again.
func TestSetConfiguresAgain(t *testing.T) {
	p := applied(t, twoItems+`assert "item_exists" "a" { target = memory_item.a }`)
	var ready atomic.Bool
	real := p.Builtin["memory"]
	p.Builtin["memory"] = func() providers.Provider { return late{real(), &ready} }
	set := setOf(t, p)
	becomes(t, set, set.Checks()[0], providers.Unknown)
	ready.Store(true)
	becomes(t, set, set.Checks()[0], providers.Pass)
}

// late is a provider that cannot be configured before it is ready.
type late struct {
	providers.Provider
	ready *atomic.Bool
}

func (l late) Configure(ctx context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	if !l.ready.Load() {
		return providers.ConfigureResponse{Diagnostics: diag.Errorf("Not ready", "Wait.")}, nil
	}
	return l.Provider.Configure(ctx, req)
}

func (l late) Check(ctx context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	return l.Provider.(providers.Checker).Check(ctx, req)
}

// A check that does not even end when its context does is left behind once,
// not each time.
func TestSetLeavesOneRunBehind(t *testing.T) {
	p := applied(t, twoItems+`
assert "item_exists" "a" {
  target  = memory_item.a
  timeout = "50ms"
}
`)
	var calls atomic.Int32
	release := make(chan struct{})
	set := oddSet(t, p, func(context.Context, providers.CheckRequest) (providers.CheckResponse, error) {
		calls.Add(1)
		<-release
		return providers.CheckResponse{Outcome: providers.Pass}, nil
	})
	k := set.Checks()[0]
	for i, message := range []string{"it did not end within 50ms", "an earlier run of it has not ended yet", "an earlier run of it has not ended yet"} {
		if r := set.Run(context.Background(), k); r.Outcome != providers.Unknown || r.Message != message {
			t.Errorf("run %d: %s, %q", i, r.Outcome, r.Message)
		}
	}
	if calls.Load() != 1 {
		t.Errorf("%d calls", calls.Load())
	}
	close(release)
	becomes(t, set, k, providers.Pass)
}

func oddSet(t *testing.T, p *coretest.Project, f func(context.Context, providers.CheckRequest) (providers.CheckResponse, error)) *check.Set {
	t.Helper()
	store := p.Open()
	defer store.Close()
	in, ds := p.Input(store)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	oddly(p, f)(&in)
	set, ds := check.NewSet(context.Background(), in, check.SetOptions{})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return set
}

// Nothing is left of checks that hang once their time is up.
func TestHangingChecksLeaveNothing(t *testing.T) {
	silent := listen(t, "127.0.0.1:0") // what connects is in its queue for ever
	const many = 1000
	p := applied(t, twoItems+fmt.Sprintf(`
assert "item_exists" "a" {
  for_each = toset([for i in range(%d) : tostring(i)])
  target   = memory_item.a
  timeout  = "200ms"
}
assert "port_accessible" "silent" {
  for_each = toset([for i in range(20) : tostring(i)])
  host     = "127.0.0.1"
  port     = %[2]d
  expect   = "."
  timeout  = "200ms"
}
assert "healthcheck" "silent" {
  for_each = toset([for i in range(20) : tostring(i)])
  url      = "https://127.0.0.1:%[2]d"
  timeout  = "200ms"
}
assert "tls_certificate" "silent" {
  for_each = toset([for i in range(20) : tostring(i)])
  host     = "127.0.0.1"
  port     = %[2]d
  timeout  = "200ms"
}
`, many, portOf(silent)))
	set := oddSet(t, p, func(ctx context.Context, _ providers.CheckRequest) (providers.CheckResponse, error) {
		<-ctx.Done()
		return providers.CheckResponse{}, ctx.Err()
	})
	if len(set.Checks()) != many+60 {
		t.Fatalf("%d checks", len(set.Checks()))
	}
	before := runtime.NumGoroutine()
	for range 2 {
		var wg sync.WaitGroup
		for _, k := range set.Checks() {
			wg.Go(func() {
				if r := set.Run(context.Background(), k); r.Outcome == providers.Pass {
					t.Errorf("%s passes: %s", r.Address, r.Message)
				}
			})
		}
		wg.Wait()
	}
	left := runtime.NumGoroutine()
	for end := time.Now().Add(10 * time.Second); left > before+5 && time.Now().Before(end); left = runtime.NumGoroutine() {
		time.Sleep(10 * time.Millisecond)
	}
	if left > before+5 {
		t.Errorf("%d goroutines before, %d afterwards", before, left)
	}
}
