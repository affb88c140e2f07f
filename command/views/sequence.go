package views

import "slices"

// maxEdits bounds how far apart two sequences may be for the shortest way from
// one to the other to be sought; the time and memory it takes grow with the
// square of it.
const maxEdits = 1024

// match is an element that two sequences share: a[A] == b[B].
type match struct{ A, B int }

// common returns elements that a and b share, in order in both, as many as can
// be had at reasonable cost: the longest such sequence where a and b differ by
// at most maxEdits, else one that is anchored at elements that are unique.
func common(a, b []int) []match {
	return appendCommon(nil, a, b, 0, 0)
}

// appendCommon adds the matches of a and b, which begin at a0 and b0 of the
// whole.
func appendCommon(out []match, a, b []int, a0, b0 int) []match {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		out = append(out, match{a0, b0})
		a, b, a0, b0 = a[1:], b[1:], a0+1, b0+1
	}
	tail := 0
	for tail < len(a) && tail < len(b) && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	a, b = a[:len(a)-tail], b[:len(b)-tail]
	if len(a) > 0 && len(b) > 0 {
		if found, ok := shortest(a, b); ok {
			for _, m := range found {
				out = append(out, match{a0 + m.A, b0 + m.B})
			}
		} else {
			out = appendAnchored(out, a, b, a0, b0)
		}
	}
	for i := range tail {
		out = append(out, match{a0 + len(a) + i, b0 + len(b) + i})
	}
	return out
}

// shortest is Myers's greedy algorithm: it finds the most matches, walking
// forward along diagonals and keeping how far each step of the way had come.
// It gives up beyond maxEdits.
func shortest(a, b []int) ([]match, bool) {
	limit := min(len(a)+len(b), maxEdits)
	far := make([]int32, 2*limit+3) // by diagonal: the furthest a reached
	mid := limit + 1
	var trace [][]int32 // per number of edits, far over the diagonals used
	for d := 0; d <= limit; d++ {
		for k := -d; k <= d; k += 2 {
			var x int32
			if k == -d || k != d && far[mid+k-1] < far[mid+k+1] {
				x = far[mid+k+1]
			} else {
				x = far[mid+k-1] + 1
			}
			for int(x) < len(a) && int(x)-k < len(b) && int(x)-k >= 0 && a[x] == b[int(x)-k] {
				x++
			}
			far[mid+k] = x
			if int(x) >= len(a) && int(x)-k >= len(b) {
				return backtrack(a, b, trace, d, k), true
			}
		}
		trace = append(trace, slices.Clone(far[mid-d:mid+d+1]))
	}
	return nil, false
}

// backtrack reads the matches off the trace, from the end.
func backtrack(a, b []int, trace [][]int32, d, k int) []match {
	var out []match
	x, y := len(a), len(b)
	for ; d > 0; d-- {
		prev := trace[d-1] // diagonals -(d-1) .. d-1
		at := func(k int) int32 {
			if i := k + d - 1; i >= 0 && i < len(prev) {
				return prev[i]
			}
			return -1
		}
		from := k - 1
		if k == -d || k != d && at(k-1) < at(k+1) {
			from = k + 1
		}
		px := int(at(from))
		py := px - from
		for x > px && y > py && x > 0 && y > 0 && a[x-1] == b[y-1] {
			x, y = x-1, y-1
			out = append(out, match{x, y})
		}
		x, y, k = px, py, from
	}
	for x > 0 && y > 0 {
		x, y = x-1, y-1
		out = append(out, match{x, y})
	}
	slices.Reverse(out)
	return out
}

// appendAnchored matches the elements that occur once in a and once in b, the
// longest run of them that keeps its order, and then what lies between.
// Without any such element nothing matches.
func appendAnchored(out []match, a, b []int, a0, b0 int) []match {
	anchors := increasing(unique(a, b))
	if len(anchors) == 0 {
		return out
	}
	ai, bi := 0, 0
	for _, m := range anchors {
		out = appendCommon(out, a[ai:m.A], b[bi:m.B], a0+ai, b0+bi)
		out = append(out, match{a0 + m.A, b0 + m.B})
		ai, bi = m.A+1, m.B+1
	}
	return appendCommon(out, a[ai:], b[bi:], a0+ai, b0+bi)
}

// unique returns the elements that occur exactly once in either, by position
// in a.
func unique(a, b []int) []match {
	type seen struct{ na, nb, ib int }
	counts := make(map[int]*seen, len(a))
	for _, v := range a {
		if s := counts[v]; s != nil {
			s.na++
		} else {
			counts[v] = &seen{na: 1}
		}
	}
	for i, v := range b {
		if s := counts[v]; s != nil {
			s.nb++
			s.ib = i
		}
	}
	var out []match
	for i, v := range a {
		if s := counts[v]; s.na == 1 && s.nb == 1 {
			out = append(out, match{i, s.ib})
		}
	}
	return out
}

// increasing returns the longest part of ms, which is sorted by A, in which B
// increases too.
func increasing(ms []match) []match {
	var ends []int // by length: index of the smallest end of such a part
	prev := make([]int, len(ms))
	for i, m := range ms {
		n, _ := slices.BinarySearchFunc(ends, m.B, func(e, b int) int { return ms[e].B - b })
		prev[i] = -1
		if n > 0 {
			prev[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	if len(ends) == 0 {
		return nil
	}
	out := make([]match, len(ends))
	for i, at := len(ends)-1, ends[len(ends)-1]; i >= 0; i, at = i-1, prev[at] {
		out[i] = ms[at]
	}
	return out
}

// interner numbers strings, equal ones alike.
type interner map[string]int

func (in interner) id(s string) int {
	n, ok := in[s]
	if !ok {
		n = len(in)
		in[s] = n
	}
	return n
}
