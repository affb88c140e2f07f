package views

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// longestCommon is the textbook's slow answer: the length of the longest
// common subsequence.
func longestCommon(a, b []int) int {
	row := make([]int, len(b)+1)
	for i := range a {
		prev := 0
		for j := range b {
			was := row[j+1]
			if a[i] == b[j] {
				row[j+1] = prev + 1
			} else {
				row[j+1] = max(row[j], row[j+1])
			}
			prev = was
		}
	}
	return row[len(b)]
}

// checkMatches makes sure that matches are of equal elements and in order.
func checkMatches(t testing.TB, a, b []int, ms []match) {
	t.Helper()
	last := match{-1, -1}
	for _, m := range ms {
		if m.A <= last.A || m.B <= last.B || a[m.A] != b[m.B] {
			t.Fatalf("%v of %v and %v: %v", m, a, b, ms)
		}
		last = m
	}
}

func TestCommonIsLongest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		letters := 1 + r.IntN(6)
		seq := func() []int {
			s := make([]int, r.IntN(14))
			for i := range s {
				s[i] = r.IntN(letters)
			}
			return s
		}
		a, b := seq(), seq()
		ms := common(a, b)
		checkMatches(t, a, b, ms)
		if want := longestCommon(a, b); len(ms) != want {
			t.Fatalf("common(%v, %v) has %d matches, not %d: %v", a, b, len(ms), want, ms)
		}
	}
}

// TestCommonOfFarApart makes sure that sequences too different for the best
// answer get a fair one, soon.
func TestCommonOfFarApart(t *testing.T) {
	const n = 50000
	a, b := make([]int, n), make([]int, n)
	for i := range n {
		a[i], b[i] = i, i
		if i%10 == 0 {
			b[i] = -i - 1 // every tenth line is another
		}
	}
	begin := time.Now()
	ms := common(a, b)
	checkMatches(t, a, b, ms)
	if want := n - n/10; len(ms) != want {
		t.Errorf("%d matches, not %d", len(ms), want)
	}
	for i := range n { // nothing in common but noise
		a[i], b[i] = i%7, 7+i%5
	}
	if ms := common(a, b); len(ms) != 0 {
		t.Errorf("%d matches of nothing", len(ms))
	}
	for i := range n { // only repeated elements in common, in another order
		a[i], b[i] = i%1000, (i*7)%1000
	}
	checkMatches(t, a, b, common(a, b))
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestIncreasing(t *testing.T) {
	got := increasing([]match{{0, 5}, {1, 1}, {2, 2}, {3, 0}, {4, 3}})
	if want := []match{{1, 1}, {2, 2}, {4, 3}}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if got := increasing(nil); got != nil {
		t.Errorf("%v of nothing", got)
	}
}

func FuzzCommon(f *testing.F) {
	f.Add([]byte("abcabba"), []byte("cbabac"))
	f.Add([]byte(""), []byte("a"))
	f.Fuzz(func(t *testing.T, x, y []byte) {
		if len(x) > 200 || len(y) > 200 {
			return
		}
		ints := func(bs []byte) []int {
			out := make([]int, len(bs))
			for i := range bs {
				out[i] = int(bs[i])
			}
			return out
		}
		a, b := ints(x), ints(y)
		ms := common(a, b)
		checkMatches(t, a, b, ms)
		if want := longestCommon(a, b); len(ms) != want {
			t.Fatalf("%d matches, not %d", len(ms), want)
		}
	})
}

func TestInterner(t *testing.T) {
	in := interner{}
	if fmt.Sprint(in.id("a"), in.id("b"), in.id("a")) != "0 1 0" {
		t.Error("equal strings are not numbered alike")
	}
}
