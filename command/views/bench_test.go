package views

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
)

// TestPlanIsQuick makes sure of the figure that this package promises: 10,000
// creates are printed in less than a second, and ten times the changes take
// about ten times as long.
func TestPlanIsQuick(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector slows it down")
	}
	took := func(n int) time.Duration {
		p := manyCreates(t, n)
		best := time.Hour
		for range 3 {
			begin := time.Now()
			if err := WritePlan(io.Discard, p, schemas(kitchen()), fancy); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(begin))
		}
		return best
	}
	small, large := took(1000), took(10000)
	if large > 3*time.Second {
		t.Errorf("10,000 creates took %v", large)
	}
	if large > 50*small { // 12 is the promise, 100 would be quadratic; the machine is shared
		t.Errorf("1,000 took %v but 10,000 %v", small, large)
	}
}

func benchmarkPlan(b *testing.B, make func(testing.TB, int) *plan.Plan) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p, s := make(b, n), schemas(kitchen())
			b.ReportAllocs()
			for b.Loop() {
				if err := WritePlan(io.Discard, p, s, fancy); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPlanCreates(b *testing.B) { benchmarkPlan(b, manyCreates) }
func BenchmarkPlanUpdates(b *testing.B) { benchmarkPlan(b, manyUpdates) }

func BenchmarkPlanDocument(b *testing.B) {
	p, s := manyUpdates(b, 10000), schemas(kitchen())
	b.ReportAllocs()
	for b.Loop() {
		if err := WritePlanJSON(io.Discard, p, nil, s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlanLines(b *testing.B) {
	p := manyUpdates(b, 10000)
	b.ReportAllocs()
	for b.Loop() {
		NewJSON(NewTerminal(Streams{Stdout: io.Discard, Stderr: io.Discard}, noEnv, false), "1", nil).Plan(p, nil)
	}
}

// BenchmarkLongText compares two texts of 50,000 lines, a tenth of which
// changes.
func BenchmarkLongText(b *testing.B) {
	var was, is strings.Builder
	for i := range 50000 {
		fmt.Fprintf(&was, "line %d\n", i)
		if i%10 == 0 {
			fmt.Fprintf(&is, "changed %d\n", i)
		} else {
			fmt.Fprintf(&is, "line %d\n", i)
		}
	}
	before, after := cty.StringVal(was.String()), cty.StringVal(is.String())
	b.ReportAllocs()
	for b.Loop() {
		differ{}.diff(before, after, scope{}, nil)
	}
}
