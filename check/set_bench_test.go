package check_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
)

// BenchmarkSet makes a set of 10,000 checks, and runs them one after the other.
// MB is all that is held for it, the configuration, the state and the provider
// in memory included; %core is what running them all every 30 seconds takes.
func BenchmarkSet(b *testing.B) {
	const all = 10_000
	const each = `toset([for p in setproduct(range(100), range(100)) : "${p[0]}-${p[1]}"])`
	const item = "resource \"memory_item\" \"a\" { name = \"a\" }\n"
	l := listen(b, "127.0.0.1:0")
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	var blocks strings.Builder
	for i := range all {
		fmt.Fprintf(&blocks, "assert \"condition\" \"c%d\" {\n  target = memory_item.a\n  condition = memory_item.a.name == \"a\"\n}\n", i)
	}
	for _, c := range []struct{ name, source string }{
		{"condition", item + "assert \"condition\" \"c\" {\n  for_each = " + each + "\n  condition = memory_item.a.name == \"a\"\n}\n"},
		{"blocks", item + blocks.String()},
		{"port", fmt.Sprintf("assert \"port_accessible\" \"p\" {\n  for_each = %s\n  host = \"127.0.0.1\"\n  port = %d\n}\n", each, portOf(l))},
		{"instances", "resource \"memory_item\" \"a\" {\n  for_each = " + each +
			"\n  name = each.key\n  monitor { interval = \"1m\" }\n}\nassert \"item_exists\" \"a\" { target = memory_item.a }\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			before := held()
			p := coretest.New(b, c.source)
			if _, ds := p.TryRun(plan.Options{}); ds.HasErrors() {
				b.Fatal(ds)
			}
			var set *check.Set
			b.Run("make", func(b *testing.B) {
				for b.Loop() {
					set = setOf(b, p)
				}
				b.ReportMetric(float64(held()-before)/1e6, "MB")
			})
			if set == nil {
				set = setOf(b, p)
			}
			checks := set.Checks()
			if len(checks) != all {
				b.Fatalf("%d checks", len(checks))
			}
			b.Run("run", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					if r := set.Run(context.Background(), checks[i%all]); r.Outcome != providers.Pass {
						b.Fatal(r.Message)
					}
				}
				b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*all/30*100, "%core")
			})
		})
	}
}

// held is how much memory is in use, in bytes.
func held() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
