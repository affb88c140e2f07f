//go:build unix

package plugins_test

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
)

// starts are the ways in which a provider is started.
func starts(t testing.TB) map[string]func() (*plugins.Manager, string) {
	way := func(source string, opts plugins.ManagerOptions) func() (*plugins.Manager, string) {
		return func() (*plugins.Manager, string) { return plugins.NewManager(opts), source }
	}
	_, theirs := third(t, "subject")
	return map[string]func() (*plugins.Manager, string){
		"builtin": way("clockwork/subject", builtin("subject")),
		"third":   way("example.com/acme/subject", theirs),
	}
}

// start starts a provider until it is ready, and ends it. It returns how long
// the first part took.
func start(t testing.TB, way func() (*plugins.Manager, string)) time.Duration {
	t.Helper()
	begun := time.Now()
	m, source := way()
	get(t, m, source)
	ready := time.Since(begun)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return ready
}

// BenchmarkStart starts a provider that is built in, or somebody else's with
// AutoMTLS, its checksum and its guard. ready-ms/op is the time until it is
// ready, best-ms the shortest, cpu-ms/op the processor time of all processes
// until it has ended.
func BenchmarkStart(b *testing.B) {
	for name, way := range starts(b) {
		b.Run(name, func(b *testing.B) {
			var ready time.Duration
			best := time.Hour
			before := cpuOfAll(b)
			for b.Loop() {
				took := start(b, way)
				ready, best = ready+took, min(best, took)
			}
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(ms(ready)/float64(b.N), "ready-ms/op")
			b.ReportMetric(ms(best), "best-ms")
			b.ReportMetric(ms(cpuOfAll(b)-before)/float64(b.N), "cpu-ms/op")
		})
	}
}

// cpuOfAll returns the processor time of this process and of those that it has
// seen the end of.
func cpuOfAll(t testing.TB) time.Duration {
	var all time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			t.Fatal(err)
		}
		all += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return all
}

// What is promised of starts and of the cost of a message, with room for a
// machine that has other work to do: what is slower than that has grown many
// times over. docs/performance.md has the figures.
const tolerance = 4

func TestStartIsQuick(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("it measures")
	}
	limits := map[string]time.Duration{"builtin": 30 * time.Millisecond, "third": 80 * time.Millisecond}
	for name, way := range starts(t) {
		best := time.Hour
		for range 10 {
			if best = min(best, start(t, way)); best < limits[name] {
				break
			}
		}
		if best > tolerance*limits[name] {
			t.Errorf("%s: it took %s to start, at best", name, best)
		}
	}
}

func TestMessageIsCheap(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("it measures")
	}
	const limit, n = 25 * time.Microsecond, 10_000
	p := get(t, manage(t, builtin("ten")), "clockwork/ten")
	best := time.Hour
	for range 5 {
		before := cpu(t, p)
		readAll(t, p, n, 64)
		if best = min(best, (cpu(t, p)-before)/n); best < limit {
			break
		}
	}
	if best > tolerance*limit {
		t.Errorf("a message costs %s of processor time, at best", best)
	}
}

// BenchmarkRead reads a thing of ten attributes from a provider in a process of
// its own. cpu-us/op is the processor time of both processes.
func BenchmarkRead(b *testing.B) {
	for _, mtls := range []bool{false, true} {
		for _, inFlight := range []int{1, 10, 64, 1000} {
			b.Run(fmt.Sprintf("mtls=%v/inflight=%d", mtls, inFlight), func(b *testing.B) {
				opts := builtin("ten")
				opts.AutoMTLS = &mtls
				m := plugins.NewManager(opts)
				defer m.Close()
				p := get(b, m, "clockwork/ten")
				readAll(b, p, 1000, inFlight) // warm up
				before := cpu(b, p)
				b.ResetTimer()
				readAll(b, p, b.N, inFlight)
				b.StopTimer()
				b.ReportMetric(float64((cpu(b, p)-before).Microseconds())/float64(b.N), "cpu-us/op")
			})
		}
	}
}

func readAll(b testing.TB, p providers.Provider, n, inFlight int) {
	state := cty.ObjectVal(tenValues())
	next := make(chan struct{}, inFlight)
	var wg sync.WaitGroup
	for range inFlight {
		wg.Go(func() {
			for range next {
				res, err := p.Read(context.Background(), providers.ReadRequest{Target: target("a"), State: state})
				if err != nil || res.State == cty.NilVal {
					b.Error(err)
					return
				}
			}
		})
	}
	for range n {
		next <- struct{}{}
	}
	close(next)
	wg.Wait()
}

// cpu returns the processor time that we and the provider have used.
func cpu(b testing.TB, p providers.Provider) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	own := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	res, err := p.Read(context.Background(), providers.ReadRequest{Target: target("cpu"), State: named("cpu")})
	if err != nil {
		b.Fatal(err)
	}
	theirs, err := time.ParseDuration(res.State.GetAttr("content").AsString())
	if err != nil {
		b.Fatal(err)
	}
	return own + theirs
}

// forUnix returns a provider that only the benchmarks need.
func forUnix(name string) providers.Provider {
	if name == "ten" {
		return ten{}
	}
	return nil
}

// ten is a provider of a thing of ten attributes, that changes nothing.
type ten struct{ subject }

func tenValues() map[string]cty.Value {
	return map[string]cty.Value{
		"name": cty.StringVal("a"), "content": cty.StringVal("hello world, this is some content\n"),
		"mode": cty.StringVal("0644"), "owner": cty.NullVal(cty.String), "group": cty.NullVal(cty.String),
		"sha256": cty.StringVal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
		"size":   cty.NumberIntVal(1234), "adopt": cty.False,
		"tags": cty.MapVal(map[string]cty.Value{"a": cty.StringVal("b"), "c": cty.StringVal("d")}),
		"vars": cty.ListVal([]cty.Value{cty.StringVal("x"), cty.StringVal("y")}),
	}
}

func named(name string) cty.Value {
	values := tenValues()
	values["name"] = cty.StringVal(name)
	return cty.ObjectVal(values)
}

func (ten) Schema(context.Context) (*providers.Schema, error) {
	object := providers.Object{Attributes: map[string]*providers.Attribute{}}
	for name, v := range tenValues() {
		object.Attributes[name] = &providers.Attribute{Type: v.Type(), Optional: true}
	}
	return &providers.Schema{Provider: &providers.Object{}, Resources: map[string]*providers.ResourceType{"thing": {Object: object}}}, nil
}

func (ten) Read(_ context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	if req.Address != "thing.cpu" {
		return providers.ReadResponse{State: req.State}, nil
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return providers.ReadResponse{}, err
	}
	values := tenValues()
	values["content"] = cty.StringVal(time.Duration(u.Utime.Nano() + u.Stime.Nano()).String())
	return providers.ReadResponse{State: cty.ObjectVal(values)}, nil
}
