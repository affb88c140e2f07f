package memory

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// DefaultNamespace is where a provider configuration without a namespace keeps
// what it makes.
const DefaultNamespace = "default"

// Store is the world: what exists, seen by every provider that was given it.
// The zero value is empty and ready for use, from many goroutines at once. Its
// methods are what a hand, not a provider, does to the world.
type Store struct {
	mu      sync.Mutex
	items   map[key]*Item
	shelves map[key]*Shelf
	lastID  int

	watchers map[chan change]struct{}
	faults   []*Fault
	gates    []*Gate
	latency  map[Op]time.Duration
	down     bool
	calls    map[Op]int
	inFlight int
	busiest  int
}

type key struct{ namespace, name string }

// Item is one item as it exists in the world.
type Item struct {
	Name   string
	Shelf  string // "" when it lies on none
	Kind   string
	Value  *string
	Secret *string
	Limit  *int64 // bytes
	Tags   map[string]string
	Parts  []Part

	ID       string
	Revision int
	Intent   string // of the change that touched it last; "" for one made by hand
	Ready    bool   // false when its creation stopped half-way
	Restarts int    // how often it was restarted
	Log      []string
}

// Part is a part of an item.
type Part struct {
	Name   string
	Size   *int64 // bytes
	Weight int64
}

// Shelf is one shelf as it exists in the world.
type Shelf struct {
	Name     string
	Capacity int // 0 means no bound
	ID       string
	Intent   string
}

func (i *Item) clone() *Item {
	c := *i
	c.Tags = maps.Clone(i.Tags)
	c.Parts = slices.Clone(i.Parts)
	return &c
}

// change is what watchers are told.
type change struct {
	typeName string
	key      key
	kind     string // "created", "changed" or "removed"
}

// Item returns a copy of an item.
func (s *Store) Item(namespace, name string) (Item, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.items[key{namespace, name}]; i != nil {
		return *i.clone(), true
	}
	return Item{}, false
}

// Items returns the names of all items in a namespace, sorted.
func (s *Store) Items(namespace string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for k := range s.items {
		if k.namespace == namespace {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	return names
}

// PutItem makes an item by hand, over one that may be there.
func (s *Store) PutItem(namespace string, item Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if item.ID == "" {
		item.ID = s.newID("item")
	}
	s.setItem(key{namespace, item.Name}, item.clone())
}

// EditItem lets a hand change an item; false means that there is none.
func (s *Store) EditItem(namespace, name string, edit func(*Item)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key{namespace, name}
	old := s.items[k]
	if old == nil {
		return false
	}
	item := old.clone()
	edit(item)
	s.setItem(k, item)
	return true
}

// RemoveItem removes an item by hand; false means that there is none.
func (s *Store) RemoveItem(namespace, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deleteItem(key{namespace, name})
}

// Shelf returns a copy of a shelf.
func (s *Store) Shelf(namespace, name string) (Shelf, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sh := s.shelves[key{namespace, name}]; sh != nil {
		return *sh, true
	}
	return Shelf{}, false
}

// PutShelf makes or changes a shelf by hand.
func (s *Store) PutShelf(namespace string, shelf Shelf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if shelf.ID == "" {
		shelf.ID = s.newID("shelf")
	}
	s.setShelf(key{namespace, shelf.Name}, &shelf)
}

// RemoveShelf removes a shelf by hand, whatever lies on it; false means that
// there is none.
func (s *Store) RemoveShelf(namespace, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deleteShelf(key{namespace, name})
}

// The rest is called with mu held.

func (s *Store) newID(prefix string) string {
	s.lastID++
	return fmt.Sprintf("%s-%d", prefix, s.lastID)
}

func (s *Store) setItem(k key, item *Item) {
	kind := "changed"
	if s.items[k] == nil {
		kind = "created"
	}
	if s.items == nil {
		s.items = map[key]*Item{}
	}
	s.items[k] = item
	s.tell(change{itemType, k, kind})
}

func (s *Store) deleteItem(k key) bool {
	if s.items[k] == nil {
		return false
	}
	delete(s.items, k)
	s.tell(change{itemType, k, "removed"})
	return true
}

func (s *Store) setShelf(k key, shelf *Shelf) {
	kind := "changed"
	if s.shelves[k] == nil {
		kind = "created"
	}
	if s.shelves == nil {
		s.shelves = map[key]*Shelf{}
	}
	s.shelves[k] = shelf
	s.tell(change{shelfType, k, kind})
}

func (s *Store) deleteShelf(k key) bool {
	if s.shelves[k] == nil {
		return false
	}
	delete(s.shelves, k)
	s.tell(change{shelfType, k, "removed"})
	return true
}

// itemsOn counts what lies on a shelf.
func (s *Store) itemsOn(shelf key) int {
	n := 0
	for k, i := range s.items {
		if k.namespace == shelf.namespace && i.Shelf == shelf.name {
			n++
		}
	}
	return n
}

// tell never waits: a watcher that is behind finds its channel full, and knows
// by that that it has lost something.
func (s *Store) tell(c change) {
	for w := range s.watchers {
		select {
		case w <- c:
		default:
		}
	}
}

func (s *Store) watch() (<-chan change, func()) {
	w := make(chan change, watchBuffer)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watchers == nil {
		s.watchers = map[chan change]struct{}{}
	}
	s.watchers[w] = struct{}{}
	return w, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, w)
	}
}
