package watch

import (
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// most is how many events may wait for who is told of them; more are lost.
const most = 4096

// Subscription is what one user wants to know. Its methods Add, Remove and Close
// are for one goroutine at a time.
type Subscription struct {
	w       *Watcher
	wanted  func(name string) bool
	folders map[string]string // their paths without links, by name

	ready chan struct{}

	mu     sync.Mutex
	events []fsnotify.Event
	lost   bool
}

// Subscribe returns a subscription to no folder yet, for which only events of
// wanted names count; with nil all do. A busy folder that many watch wakes nobody
// then. The function may be called by any goroutine, and must not call the watcher.
func (w *Watcher) Subscribe(wanted func(name string) bool) *Subscription {
	return &Subscription{w: w, wanted: wanted, folders: map[string]string{}, ready: make(chan struct{}, 1)}
}

// Add has a folder watched: what comes, goes and changes in it, and that it goes
// itself. Events have the name that the folder is given here. A folder that has
// gone, and come again, is to be added again.
func (s *Subscription) Add(name string) error {
	s.w.arming.Lock()
	defer s.w.arming.Unlock()
	if s.w.closed {
		return ErrClosed
	}
	path, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	if was, known := s.folders[name]; known && was != path {
		s.remove(name)
	}
	s.folders[name] = path
	s.w.mu.Lock()
	f := s.w.folders[path]
	if f == nil {
		f = &folder{users: map[user]bool{}}
		s.w.folders[path] = f
	}
	f.users[user{s, name}] = true
	s.w.mu.Unlock()
	if err := s.w.arm(path, f); err != nil {
		s.remove(name)
		return err
	}
	return nil
}

// Remove has a folder not watched any more.
func (s *Subscription) Remove(name string) {
	s.w.arming.Lock()
	defer s.w.arming.Unlock()
	s.remove(name)
}

// remove does so; arming must be held.
func (s *Subscription) remove(name string) {
	path, known := s.folders[name]
	if !known {
		return
	}
	delete(s.folders, name)
	s.w.mu.Lock()
	f := s.w.folders[path]
	delete(f.users, user{s, name})
	last := len(f.users) == 0
	if last {
		delete(s.w.folders, path)
	}
	s.w.mu.Unlock()
	if last && s.w.system != nil {
		_ = s.w.system.Remove(path) // the system forgets what is gone by itself
	}
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.w.arming.Lock()
	defer s.w.arming.Unlock()
	for name := range s.folders {
		s.remove(name)
	}
}

// Late says why some of the folders are looked at now and then only, or nil. It
// is the same for all to whom that happens for one reason.
func (s *Subscription) Late() error {
	s.w.arming.Lock()
	defer s.w.arming.Unlock()
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	for _, path := range s.folders {
		if why := s.w.folders[path].why; why != nil {
			return why
		}
	}
	return nil
}

// Ready is sent something when there is something to take.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Take returns the events since it was called last. If some were lost, anything
// may have happened.
func (s *Subscription) Take() (events []fsnotify.Event, lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events, lost = s.events, s.lost
	s.events, s.lost = nil, false
	return events, lost
}

func (s *Subscription) push(e fsnotify.Event) {
	if s.wanted != nil && !s.wanted(e.Name) {
		return
	}
	s.mu.Lock()
	if len(s.events) < most {
		s.events = append(s.events, e)
	} else {
		s.events, s.lost = nil, true
	}
	s.mu.Unlock()
	s.wake()
}

func (s *Subscription) lose() {
	s.mu.Lock()
	s.lost = true
	s.mu.Unlock()
	s.wake()
}

func (s *Subscription) wake() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}
