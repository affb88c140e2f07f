package parallel

import (
	"sync/atomic"
	"testing"
)

func TestEach(t *testing.T) {
	for _, limit := range []int{0, 1, 3, 100} {
		for _, n := range []int{0, 1, 2, 50} {
			calls := make([]atomic.Int32, n)
			var running, most atomic.Int32
			Each(limit, n, func(i int) {
				now := running.Add(1)
				for was := most.Load(); now > was && !most.CompareAndSwap(was, now); was = most.Load() {
				}
				calls[i].Add(1)
				running.Add(-1)
			})
			for i := range calls {
				if calls[i].Load() != 1 {
					t.Errorf("limit %d, n %d: %d was called %d times", limit, n, i, calls[i].Load())
				}
			}
			if int(most.Load()) > max(limit, 1) {
				t.Errorf("limit %d: %d at a time", limit, most.Load())
			}
		}
	}
}
