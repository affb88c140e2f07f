package parallel

import (
	"sync"
	"sync/atomic"
)

// Each calls f for 0 to n-1, at most limit at a time, and returns when all
// calls have. With one call, or a limit of one, it stays on the caller's
// goroutine.
func Each(limit, n int, f func(i int)) {
	if limit <= 1 || n == 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(limit, n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
