package apply_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
)

// BenchmarkPlan plans again what is applied already, load of the
// configuration and state included.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		var blocks strings.Builder
		for i := range n {
			fmt.Fprintf(&blocks, "resource \"memory_item\" \"i%d\" {\n  name  = \"i%d\"\n  value = \"value %d\"\n}\n", i, i, i)
		}
		count := fmt.Sprintf("resource \"memory_item\" \"i\" {\n  count = %d\n  name  = \"i${count.index}\"\n  value = \"value ${count.index}\"\n}\n", n)
		for _, shape := range []struct{ name, cfg string }{{"blocks", blocks.String()}, {"count", count}} {
			b.Run(fmt.Sprintf("%s/%d", shape.name, n), func(b *testing.B) {
				p := coretest.New(b, shape.cfg)
				if _, diags := p.TryRun(plan.Options{}); diags.HasErrors() {
					b.Fatal(diags)
				}
				b.ReportAllocs()
				for b.Loop() {
					if made := p.Plan(plan.Options{}); made.HasChanges() {
						b.Fatal(coretest.Summary(made))
					}
				}
			})
		}
	}
}
