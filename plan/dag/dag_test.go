package dag

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func graphOf(deps ...[]int) *Graph {
	g := &Graph{}
	for range deps {
		g.Add()
	}
	for v, ds := range deps {
		for _, d := range ds {
			g.Connect(v, d)
		}
	}
	return g
}

func TestCycles(t *testing.T) {
	tests := []struct {
		name string
		g    *Graph
		want [][]int
	}{
		{"empty", graphOf(), nil},
		{"chain", graphOf(nil, []int{0}, []int{1}), nil},
		{"diamond", graphOf(nil, []int{0}, []int{0}, []int{1, 2}), nil},
		{"self", graphOf([]int{0}), [][]int{{0}}},
		{"pair", graphOf([]int{1}, []int{0}), [][]int{{0, 1}}},
		{"tail into a ring", graphOf([]int{1}, []int{2}, []int{3}, []int{1}), [][]int{{1, 2, 3}}},
		{"shortest", graphOf([]int{1, 2}, []int{2}, []int{0}), [][]int{{0, 2}}},
		{"two rings", graphOf([]int{1}, []int{0}, []int{3}, []int{2}), [][]int{{0, 1}, {2, 3}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.g.Cycles()
			if !slices.EqualFunc(got, tt.want, slices.Equal) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCyclesLongChain(t *testing.T) {
	g := &Graph{}
	for v := range 200_000 {
		g.Add()
		if v > 0 {
			g.Connect(v, v-1)
		}
	}
	if c := g.Cycles(); c != nil {
		t.Fatalf("a chain has no cycle, got one of %d nodes", len(c[0]))
	}
	g.Connect(0, 199_999)
	if c := g.Cycles(); len(c) != 1 || len(c[0]) != 200_000 {
		t.Fatalf("got %d cycles", len(c))
	}
}

// Every node is visited once, after all it depends on, never more than
// parallelism at a time.
func TestWalkOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	g := &Graph{}
	for v := range 500 {
		g.Add()
		for range rnd.IntN(4) {
			if v > 0 {
				g.Connect(v, rnd.IntN(v))
			}
		}
	}
	var mu sync.Mutex
	var running, most atomic.Int32
	visited := map[int]bool{}
	g.Walk(context.Background(), 7, func(_ context.Context, v int) bool {
		n := running.Add(1)
		defer running.Add(-1)
		mu.Lock()
		defer mu.Unlock()
		most.Store(max(most.Load(), n))
		for _, d := range g.Deps(v) {
			if !visited[d] {
				t.Errorf("%d visited before %d", v, d)
			}
		}
		if visited[v] {
			t.Errorf("%d visited twice", v)
		}
		visited[v] = true
		return true
	})
	if len(visited) != 500 {
		t.Errorf("visited %d of 500", len(visited))
	}
	if most.Load() > 7 {
		t.Errorf("%d at a time", most.Load())
	}
}

func TestWalkFailureSkipsDependents(t *testing.T) {
	// 0 <- 1 <- 2, 3 stands alone, 4 depends on 2 and 3.
	g := graphOf(nil, []int{0}, []int{1}, nil, []int{2, 3})
	var mu sync.Mutex
	var visited []int
	g.Walk(context.Background(), 2, func(_ context.Context, v int) bool {
		mu.Lock()
		defer mu.Unlock()
		visited = append(visited, v)
		return v != 1
	})
	slices.Sort(visited)
	if want := []int{0, 1, 3}; !slices.Equal(visited, want) {
		t.Errorf("visited %v, want %v", visited, want)
	}
}

func TestWalkCancelled(t *testing.T) {
	g := graphOf(nil, []int{0}, []int{1})
	ctx, cancel := context.WithCancel(context.Background())
	var visits atomic.Int32
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		g.Walk(ctx, 1, func(context.Context, int) bool {
			visits.Add(1)
			cancel()
			return true
		})
	}()
	select {
	case <-finished:
	case <-time.After(10 * time.Second):
		t.Fatal("the walk did not end")
	}
	if visits.Load() != 1 {
		t.Errorf("%d visits after the context ended", visits.Load())
	}
}
