package state

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
)

func benchSizes(b *testing.B, run func(b *testing.B, n int)) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { run(b, n) })
	}
}

func BenchmarkEncode(b *testing.B) {
	benchSizes(b, func(b *testing.B, n int) {
		st := bigState(n)
		b.ReportAllocs()
		for b.Loop() {
			must(b, Encode(io.Discard, st))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	benchSizes(b, func(b *testing.B, n int) {
		var buf bytes.Buffer
		must(b, Encode(&buf, bigState(n)))
		b.ReportAllocs()
		b.ReportMetric(float64(buf.Len())/float64(n), "bytes/object")
		for b.Loop() {
			if _, err := Decode(bytes.NewReader(buf.Bytes()), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpen reads a state from disk, and says how much memory it then takes.
func BenchmarkOpen(b *testing.B) {
	benchSizes(b, func(b *testing.B, n int) {
		dir := b.TempDir()
		f, err := os.Create(filepath.Join(dir, snapshotName))
		must(b, err)
		must(b, Encode(f, bigState(n)))
		must(b, f.Close())
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var s *Store
		for b.Loop() {
			s, err = Open(dir, Options{})
			must(b, err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "live-MB")
		runtime.KeepAlive(s)
	})
}

// BenchmarkStep is one resource: intent made durable, result recorded.
func BenchmarkStep(b *testing.B) {
	for _, parallel := range []int{1, 10} {
		b.Run(fmt.Sprint("parallel-", parallel), func(b *testing.B) {
			s := locked(b, newDir(b), Options{})
			var n atomic.Int64
			b.SetParallelism(parallel)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					id := fmt.Sprint(n.Add(1))
					must(b, s.Begin(context.Background(), create(id, id)))
					must(b, s.Commit(result(id, id, "x")))
				}
			})
		})
	}
}
