//go:build unix

package schedule

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The benchmarks watch a scheduler at work for a while of real time, so run
// them with -benchtime 1x. Each fails when what the monitor promises does not
// hold: a lag of which the 99th percentile is under 500 ms, 150 MB of memory,
// and 30 % of a core.

// BenchmarkAsserts is what is promised: 10,000 asserts at 30 s, in 1,000 projects.
func BenchmarkAsserts(b *testing.B) {
	for range b.N {
		watch(b, load{tasks: 10_000, interval: 30 * time.Second, lasts: 35 * time.Second})
	}
}

// BenchmarkAssertsThirtyfold has all of them each second, which takes more slots
// of the provider.
func BenchmarkAssertsThirtyfold(b *testing.B) {
	for range b.N {
		watch(b, load{tasks: 10_000, interval: time.Second, lasts: 10 * time.Second, cpu: 30, provider: 32})
	}
}

// BenchmarkHanging has 1,000 healthy tasks beside 10,000 that ignore their
// contexts. The lag of the healthy ones is measured from the start, while the
// others begin to hang.
func BenchmarkHanging(b *testing.B) {
	for range b.N {
		watch(b, load{tasks: 1_000, hanging: 10_000, interval: 30 * time.Second, lasts: 65 * time.Second})
	}
}

type load struct {
	tasks, hanging  int
	interval, lasts time.Duration
	provider        int     // the provider's limit, 8 when zero
	cpu             float64 // how many times what is promised it may cost; once when zero
}

func watch(b *testing.B, l load) {
	s := New(Options{Timeout: 2 * time.Second, Grace: time.Second, GroupLimit: func(name string) int {
		if name == "provider:docker" {
			return max(8, l.provider)
		}
		return 8
	}})
	var mu sync.Mutex
	var late []time.Duration // of healthy tasks
	begin := time.Now()
	stop := make(chan struct{})
	for i := range l.tasks {
		var last time.Time
		must(b, s.Set(Task{
			ID: fmt.Sprint("healthy", i), Interval: l.interval, Groups: []string{fmt.Sprint("project:", i%1000), "provider:docker"},
			Run: func(context.Context) {
				// What the scheduler says of itself is not relied on: a run is late
				// when it is later than the longest interval after the last.
				now := time.Now()
				if !last.IsZero() {
					mu.Lock()
					late = append(late, max(0, now.Sub(last)-l.interval*11/10))
					mu.Unlock()
				}
				last = now
				time.Sleep(time.Millisecond) // a provider's answer
			},
		}))
	}
	for i := range l.hanging {
		must(b, s.Set(Task{
			ID: fmt.Sprint("hanging", i), Interval: l.interval, Groups: []string{fmt.Sprint("project:", i%1000), "provider:docker"},
			Run: func(context.Context) { <-stop },
		}))
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	before := cpuTime(b)
	most := uint64(0)
	for time.Since(begin) < l.lasts {
		time.Sleep(100 * time.Millisecond)
		most = max(most, memory())
	}
	took := time.Since(begin)
	cpu := 100 * float64(cpuTime(b)-before) / float64(took)
	stats := s.Stats()
	cancel()
	close(stop)
	<-done // an error, when some are stuck

	lag := stats.Prompt.Lag
	if l.hanging > 0 {
		b.ReportMetric(float64(stats.Stuck), "stuck")
		if stats.Stuck < l.hanging {
			b.Errorf("%d of %d hanging tasks are stuck", stats.Stuck, l.hanging)
		}
	}
	slices.Sort(late)
	if len(late) == 0 {
		b.Fatal("no task ran twice")
	}
	p99 := late[len(late)*99/100]
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(lag.Count())/took.Seconds(), "runs/s")
	b.ReportMetric(milliseconds(lag.Quantile(0.5)), "lag-p50-ms")
	b.ReportMetric(milliseconds(lag.Quantile(0.99)), "lag-p99-ms")
	b.ReportMetric(milliseconds(lag.Max), "lag-max-ms")
	b.ReportMetric(milliseconds(p99), "late-p99-ms")
	b.ReportMetric(cpu, "cpu-%")
	b.ReportMetric(float64(most)/1e6, "memory-MB")
	if want := float64(l.tasks+l.hanging) * 0.95; float64(lag.Count()) < want {
		b.Errorf("%d runs, want %.0f", lag.Count(), want)
	}
	if q := max(p99, lag.Quantile(0.99)); q > 500*time.Millisecond {
		b.Errorf("the 99th percentile of the lag is %s, over 500ms", q)
	}
	if most > 150e6 {
		b.Errorf("%d MB of memory, over 150", most/1e6)
	}
	if limit := 30 * max(1, l.cpu); cpu > limit {
		b.Errorf("%.0f %% of a core, over %.0f", cpu, limit)
	}
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// cpuTime is what the process has used of all cores.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// memory is what the process has from the system, and did not give back.
func memory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// BenchmarkTrigger is the cost of an event: of Trigger, the pass and the run.
func BenchmarkTrigger(b *testing.B) {
	const tasks = 10_000
	s := New(Options{})
	ran := make(chan struct{}, 1)
	ids := make([]string, tasks)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
		must(b, s.Set(Task{ID: ids[i], Interval: time.Hour, Groups: []string{fmt.Sprint(i % 1000)},
			Run: func(context.Context) { ran <- struct{}{} }}))
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	b.ReportAllocs()
	runtime.GC()
	for i := 0; b.Loop(); i++ {
		s.Trigger(ids[i%tasks])
		<-ran
	}
	cancel()
	must(b, <-done)
}
