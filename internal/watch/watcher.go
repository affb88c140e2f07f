package watch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// ErrClosed says that the watcher was closed.
var ErrClosed = errors.New("the watcher of folders was closed")

// errPolled is why a folder is not watched that is not meant to be.
var errPolled = errors.New("that was asked for")

// Options are how a watcher works. The zero value is good.
type Options struct {
	// Every is how often a folder is looked at that cannot be watched: 10 s when
	// zero. It is seldomer where looking takes long.
	Every time.Duration
	// Poll has all folders looked at, as if the system could watch none.
	Poll bool

	open func() (system, error)
}

// system is the operating system's watcher.
type system interface {
	Add(folder string) error
	Remove(folder string) error
	Close() error
	channels() (<-chan fsnotify.Event, <-chan error)
}

type notifier struct{ *fsnotify.Watcher }

func (n notifier) channels() (<-chan fsnotify.Event, <-chan error) { return n.Events, n.Errors }

func openNotifier() (system, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return notifier{w}, nil
}

// Watcher watches folders. The system's watcher is opened with the first.
type Watcher struct {
	opts  Options
	ended chan struct{}
	work  sync.WaitGroup

	// arming is held by who adds and removes folders. It is never taken by who
	// tells of events, since adding one waits for that on some systems.
	arming sync.Mutex
	closed bool
	system system // nil before the first folder, and while it cannot be opened

	mu      sync.Mutex
	folders map[string]*folder // by path, without links
	polling bool
}

// folder is one that somebody wants to be watched.
type folder struct {
	users map[user]bool
	why   error // why it is looked at instead, or nil
	seen  map[string]os.FileInfo
}

// user is a subscription, and the name by which it knows a folder.
type user struct {
	*Subscription
	name string
}

// New returns a watcher, which has opened nothing yet.
func New(opts Options) *Watcher {
	if opts.Every == 0 {
		opts.Every = 10 * time.Second
	}
	if opts.open == nil {
		opts.open = openNotifier
	}
	return &Watcher{opts: opts, ended: make(chan struct{}), folders: map[string]*folder{}}
}

// Close ends it. Nobody is told of anything any more.
func (w *Watcher) Close() error {
	w.arming.Lock()
	var err error
	if !w.closed {
		w.closed = true
		close(w.ended)
		if w.system != nil {
			err = w.system.Close()
		}
	}
	w.arming.Unlock()
	w.work.Wait()
	return err
}

// arm has a folder watched or else looked at; arming must be held. One that is
// known already is armed anew, as another may be in its place.
func (w *Watcher) arm(path string, f *folder) error {
	err := w.add(path)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		if f.why != nil {
			w.look(path, f) // what happened since
			f.why, f.seen = nil, nil
		}
		return nil
	}
	if f.why != nil {
		return nil
	}
	seen, unreadable := list(path)
	if unreadable != nil {
		return err
	}
	f.why, f.seen = w.reason(err), seen
	if !w.polling {
		w.polling = true
		w.work.Go(w.poll)
	}
	return nil
}

// add has the system watch a folder; arming must be held.
func (w *Watcher) add(path string) error {
	if w.opts.Poll {
		return errPolled
	}
	if w.system == nil {
		s, err := w.opts.open()
		if err != nil {
			return err
		}
		w.system = s
		w.work.Go(func() { w.pass(s.channels()) })
	}
	return w.system.Add(path)
}

// reason says what it means that the system cannot watch a folder. It is the same
// for all folders.
func (w *Watcher) reason(err error) error {
	const late = "changes of some files are noticed up to %s late, because %w"
	switch {
	case errors.Is(err, syscall.ENOSPC):
		err = errors.New("the system's limit of watched folders is reached (fs.inotify.max_user_watches)")
	case errors.Is(err, syscall.EMFILE):
		err = errors.New("the system's limit of watchers or of open files is reached (fs.inotify.max_user_instances)")
	default:
		err = fmt.Errorf("the system cannot watch them: %w", err)
	}
	return fmt.Errorf(late, w.opts.Every, err)
}

// pass passes on what the system tells.
func (w *Watcher) pass(events <-chan fsnotify.Event, errs <-chan error) {
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return
			}
			e.Name = filepath.Clean(e.Name)
			w.mu.Lock()
			w.tell(e)
			w.mu.Unlock()
		case _, ok := <-errs:
			if !ok {
				return
			}
			w.lose()
		case <-w.ended:
			return
		}
	}
}

// tell tells those of an event who want to know of the folder that it is in, or
// that it is about. The lock must be held.
func (w *Watcher) tell(e fsnotify.Event) {
	dir := filepath.Dir(e.Name)
	if f := w.folders[dir]; f != nil {
		for u := range f.users {
			name := e.Name
			if u.name != dir {
				name = filepath.Join(u.name, filepath.Base(e.Name))
			}
			u.push(fsnotify.Event{Name: name, Op: e.Op})
		}
	}
	if f := w.folders[e.Name]; f != nil {
		for u := range f.users {
			u.push(fsnotify.Event{Name: u.name, Op: e.Op})
		}
	}
}

// lose tells everybody that events were lost.
func (w *Watcher) lose() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.folders {
		for u := range f.users {
			u.lose()
		}
	}
}
