package incident

import (
	"fmt"
	"testing"
)

// BenchmarkAppend shows that an entry costs the same however many there are,
// and that many at once share the disk.
func BenchmarkAppend(b *testing.B) {
	for _, before := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("after=%d", before), func(b *testing.B) {
			s := open(b, b.TempDir(), Options{})
			fill(b, s, before)
			id := create(b, s, "shop")
			for b.Loop() {
				add(b, s, id, Noted, "", "still failing")
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		s := open(b, b.TempDir(), Options{})
		id := create(b, s, "shop")
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				add(b, s, id, Noted, "", "still failing")
			}
		})
	})
}

// BenchmarkOpen reads 1,000 projects of 40 entries.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s := open(b, dir, Options{})
	for p := range 1000 {
		l := s.logOf(about(fmt.Sprint(p)).Project)
		for range 10 {
			id := newID(s.opts.Now())
			fillOne(b, l, id)
		}
	}
	s.Close()
	for b.Loop() {
		s, _, err := Open(dir, Options{ReadOnly: true})
		must(b, err)
		s.Close()
	}
}

// fill writes incidents that are over, without waiting for the disk.
func fill(b *testing.B, s *Store, entries int) {
	l := s.logOf(about("shop").Project)
	for n := range entries / 4 {
		fillOne(b, l, fmt.Sprintf("20260101-0000-%d", n))
	}
}

func fillOne(b *testing.B, l *log, id string) {
	subject := about("shop")
	for _, r := range []record{{Kind: Opened, State: StateOpen, Subject: &subject}, {Kind: Confirmed}, {Kind: Attempted, State: StateHealing}, {Kind: Healed, State: StateHealed}} {
		r.Incident = id
		_, _, _, _, err := l.write(r)
		must(b, err)
	}
}
