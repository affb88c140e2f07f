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

// BenchmarkStart starts a built-in provider until it is ready, and ends it.
// ready-ms/op is the first part alone.
func BenchmarkStart(b *testing.B) {
	for _, mtls := range []bool{false, true} {
		b.Run(fmt.Sprintf("mtls=%v", mtls), func(b *testing.B) {
			opts := builtin("subject")
			opts.AutoMTLS = &mtls
			var ready time.Duration
			for b.Loop() {
				start := time.Now()
				m := plugins.NewManager(opts)
				get(b, m, "clockwork/subject")
				ready += time.Since(start)
				if err := m.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(ready.Microseconds())/1000/float64(b.N), "ready-ms/op")
		})
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

func readAll(b *testing.B, p providers.Provider, n, inFlight int) {
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
func cpu(b *testing.B, p providers.Provider) time.Duration {
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
