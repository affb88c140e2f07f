package notify

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// BenchmarkEnqueue shows what telling nobody yet costs who has something to
// tell, alone and with many at once.
func BenchmarkEnqueue(b *testing.B) {
	var n atomic.Int64
	next := func() Message {
		m := message(0, Opened)
		m.Incident = fmt.Sprint(n.Add(1))
		return m
	}
	b.Run("alone", func(b *testing.B) {
		q := open(b, b.TempDir(), (&logs{}).options(nil))
		defer q.Close()
		for b.Loop() {
			must(b, q.Enqueue(next(), "x"))
		}
	})
	b.Run("parallel", func(b *testing.B) {
		q := open(b, b.TempDir(), (&logs{}).options(nil))
		defer q.Close()
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				must(b, q.Enqueue(next(), "x"))
			}
		})
	})
}
