//go:build unix

package session_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
)

// BenchmarkReadAlone reads one resource after the other: what a round trip costs.
func BenchmarkReadAlone(b *testing.B) {
	p := open(b, &able{})
	req := providers.ReadRequest{Target: target("a"), State: full("a")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Read(context.Background(), req); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadMany reads with many requests in flight: what a resource costs,
// both ends together. cpu-us/op is the time of all processors.
func BenchmarkReadMany(b *testing.B) {
	for _, drift := range []bool{false, true} {
		for _, inFlight := range []int{10, 64, 1000} {
			b.Run(fmt.Sprintf("drift=%v/inflight=%d", drift, inFlight), func(b *testing.B) {
				a := &able{}
				if drift {
					changed := full("changed")
					a.read = func(context.Context, providers.ReadRequest) (providers.ReadResponse, error) {
						return providers.ReadResponse{State: changed}, nil
					}
				}
				readMany(b, open(b, a), inFlight)
			})
		}
	}
}

func readMany(b *testing.B, p providers.Provider, inFlight int) {
	state := full("a")
	next := make(chan struct{}, inFlight)
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime(b)
	var wg sync.WaitGroup
	for range inFlight {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range next {
				res, err := p.Read(context.Background(), providers.ReadRequest{Target: target("a"), State: state})
				if err != nil || res.State == cty.NilVal {
					b.Error(err)
					return
				}
			}
		}()
	}
	for range b.N {
		next <- struct{}{}
	}
	close(next)
	wg.Wait()
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
	runtime.KeepAlive(p)
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
