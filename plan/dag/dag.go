package dag

import (
	"context"
	"sync"
)

// Graph is a directed graph over the numbers 0 to n-1. The zero Graph is
// empty. It is not safe for changes while it is walked.
type Graph struct {
	deps [][]int // by node: the nodes it depends on
}

// Add adds a node and returns its number.
func (g *Graph) Add() int {
	g.deps = append(g.deps, nil)
	return len(g.deps) - 1
}

// Connect says that node depends on dep. Saying it twice does no harm.
func (g *Graph) Connect(node, dep int) {
	g.deps[node] = append(g.deps[node], dep)
}

// Deps returns the nodes that node depends on, perhaps some of them twice.
func (g *Graph) Deps(node int) []int { return g.deps[node] }

// Cycles returns one cycle of each strongly connected part of the graph, each
// as the nodes along it: every node depends on the next, the last on the
// first. An acyclic graph gives none.
func (g *Graph) Cycles() [][]int {
	var cycles [][]int
	for _, part := range g.components() {
		if c := g.cycleWithin(part); c != nil {
			cycles = append(cycles, c)
		}
	}
	return cycles
}

// components is Tarjan's algorithm ("Depth-first search and linear graph
// algorithms", 1972), with its own stack: a chain of 100,000 nodes must not
// exhaust the goroutine's.
func (g *Graph) components() [][]int {
	const unseen = -1
	n := len(g.deps)
	index, low := make([]int, n), make([]int, n)
	onStack := make([]bool, n)
	for i := range index {
		index[i] = unseen
	}
	type frame struct{ node, next int }
	var (
		out   [][]int
		stack []int
		calls []frame
		count int
	)
	enter := func(v int) {
		index[v], low[v] = count, count
		count++
		stack = append(stack, v)
		onStack[v] = true
		calls = append(calls, frame{node: v})
	}
	for root := range n {
		if index[root] != unseen {
			continue
		}
		enter(root)
		for len(calls) > 0 {
			f := &calls[len(calls)-1]
			v := f.node
			if f.next < len(g.deps[v]) {
				w := g.deps[v][f.next]
				f.next++
				if index[w] == unseen {
					enter(w)
				} else if onStack[w] {
					low[v] = min(low[v], index[w])
				}
				continue
			}
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				parent := calls[len(calls)-1].node
				low[parent] = min(low[parent], low[v])
			}
			if low[v] != index[v] {
				continue
			}
			var part []int
			for {
				w := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				onStack[w] = false
				part = append(part, w)
				if w == v {
					break
				}
			}
			out = append(out, part)
		}
	}
	return out
}

// cycleWithin returns a shortest cycle through the first node of a strongly
// connected part, or nil when the part is one node without an edge to itself.
func (g *Graph) cycleWithin(part []int) []int {
	start := part[0]
	for _, v := range part {
		start = min(start, v)
	}
	inside := make(map[int]bool, len(part))
	for _, v := range part {
		inside[v] = true
	}
	from := map[int]int{}
	queue := []int{start}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		for _, w := range g.deps[v] {
			if w == start {
				var path []int
				for v != start {
					path = append(path, v)
					v = from[v]
				}
				path = append(path, start)
				for i, j := 0, len(path)-1; i < j; i, j = i+1, j-1 {
					path[i], path[j] = path[j], path[i]
				}
				return path
			}
			if _, seen := from[w]; !seen && inside[w] {
				from[w] = v
				queue = append(queue, w)
			}
		}
	}
	return nil
}

// Walk visits every node of an acyclic graph once all that it depends on has
// been visited, at most parallelism at a time. A visit that returns false has
// failed: what depends on it, directly or not, is not visited. When ctx ends
// no further visit starts. Walk returns when every started visit has ended.
func (g *Graph) Walk(ctx context.Context, parallelism int, visit func(ctx context.Context, node int) bool) {
	n := len(g.deps)
	waiting := make([]int, n)
	dependents := make([][]int, n)
	for v, deps := range g.deps {
		waiting[v] = len(deps)
		for _, d := range deps {
			dependents[d] = append(dependents[d], v)
		}
	}
	var (
		mu    sync.Mutex
		some  = sync.NewCond(&mu)
		ready []int
		left  = n
		skip  = make([]bool, n)
	)
	// done is called with mu held.
	done := func(v int, ok bool) {
		finished := []int{v}
		skip[v] = !ok
		for len(finished) > 0 {
			v := finished[len(finished)-1]
			finished = finished[:len(finished)-1]
			left--
			for _, w := range dependents[v] {
				skip[w] = skip[w] || skip[v]
				waiting[w]--
				switch {
				case waiting[w] > 0:
				case skip[w]:
					finished = append(finished, w)
				default:
					ready = append(ready, w)
				}
			}
		}
		some.Broadcast()
	}
	for v := range n {
		if waiting[v] == 0 {
			ready = append(ready, v)
		}
	}
	var workers sync.WaitGroup
	for range min(max(parallelism, 1), n) {
		workers.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			for {
				for len(ready) == 0 && left > 0 {
					some.Wait()
				}
				if left == 0 {
					return
				}
				v := ready[0]
				ready = ready[1:]
				ok := false
				if ctx.Err() == nil {
					mu.Unlock()
					ok = visit(ctx, v)
					mu.Lock()
				}
				done(v, ok)
			}
		})
	}
	workers.Wait()
}
