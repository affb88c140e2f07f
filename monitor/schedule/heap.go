package schedule

import "container/heap"

// item is what a sorted heap holds. An item is in one heap at most.
type item[T any] interface {
	before(T) bool
	// position is where the item keeps its index.
	position() *int
}

// sorted is a heap whose first item is at hand, and from which any can be taken.
type sorted[T item[T]] struct{ items items[T] }

func (s *sorted[T]) len() int { return len(s.items) }

func (s *sorted[T]) first() T { return s.items[0] }

func (s *sorted[T]) add(x T) { heap.Push(&s.items, x) }

func (s *sorted[T]) remove(x T) { heap.Remove(&s.items, *x.position()) }

// items is what container/heap works on.
type items[T item[T]] []T

func (l items[T]) Len() int { return len(l) }

func (l items[T]) Less(i, j int) bool { return l[i].before(l[j]) }

func (l items[T]) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	*l[i].position(), *l[j].position() = i, j
}

func (l *items[T]) Push(x any) {
	added := x.(T)
	*added.position() = len(*l)
	*l = append(*l, added)
}

func (l *items[T]) Pop() any {
	last := len(*l) - 1
	x := (*l)[last]
	clear((*l)[last:]) // not to keep it from being freed
	*l = (*l)[:last]
	return x
}
