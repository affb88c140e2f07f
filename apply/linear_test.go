package apply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
)

// TestPlanningIsLinear plans ten times as much, which may cost at most fourteen
// times as much: whatever is quadratic costs a hundred times as much.
func TestPlanningIsLinear(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("it takes some seconds")
	}
	project := func(n int) *coretest.Project {
		var blocks strings.Builder
		for i := range n / 2 {
			fmt.Fprintf(&blocks, "resource \"memory_item\" \"i%d\" {\n  name = \"i%d\"\n  value = \"v\"\n}\n", i, i)
		}
		fmt.Fprintf(&blocks, "resource \"memory_item\" \"c\" {\n  count = %d\n  name = \"c${count.index}\"\n}\n", n/2)
		return coretest.New(t, blocks.String())
	}
	cost := func(p *coretest.Project) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			p.Plan(plan.Options{Parallelism: 2})
			best = min(best, time.Since(start))
		}
		return best
	}
	small, large := project(2000), project(20000)
	var times []string
	for range 3 { // a machine with other work to do disturbs one of them or the other
		s, l := cost(small), cost(large)
		if l < 14*s {
			return
		}
		times = append(times, fmt.Sprintf("%v and %v", s, l))
	}
	t.Errorf("2,000 and 20,000 items took %s", strings.Join(times, ", "))
}
