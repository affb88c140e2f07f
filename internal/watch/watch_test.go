package watch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// patience is for a busy machine.
const patience = 20 * time.Second

// limited is a system's watcher that watches so many folders only.
type limited struct {
	system
	mu      sync.Mutex
	room    int
	watched map[string]bool
}

func (l *limited) Add(path string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.watched[path] && len(l.watched) >= l.room {
		return syscall.ENOSPC
	}
	if err := l.system.Add(path); err != nil {
		return err
	}
	l.watched[path] = true
	return nil
}

func (l *limited) Remove(path string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.watched, path)
	return l.system.Remove(path)
}

func (l *limited) widen(room int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.room = room
}

func newWatcher(t *testing.T, opts Options) *Watcher {
	t.Helper()
	w := New(opts)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func add(t *testing.T, s *Subscription, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		if err := s.Add(dir); err != nil {
			t.Fatal(err)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tells waits for an event of that name.
func tells(t *testing.T, s *Subscription, name string, op fsnotify.Op) {
	t.Helper()
	timeout := time.After(patience)
	var seen []string
	for {
		select {
		case <-s.Ready():
			events, _ := s.Take()
			for _, e := range events {
				if e.Name == name && e.Op.Has(op) {
					return
				}
				seen = append(seen, e.String())
			}
		case <-timeout:
			t.Fatalf("nobody tells of %s %s, only of %v", op, name, seen)
		}
	}
}

// silent wants that nothing is told, though it was told to somebody else.
func silent(t *testing.T, s *Subscription) {
	t.Helper()
	if events, lost := s.Take(); len(events) > 0 || lost {
		t.Errorf("it tells of %v, lost %v", events, lost)
	}
}

func TestEachHearsOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	for _, d := range []string{one, two} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w := newWatcher(t, Options{})
	a, b, both := w.Subscribe(nil), w.Subscribe(nil), w.Subscribe(nil)
	add(t, a, one)
	add(t, b, two)
	add(t, both, one, two)
	write(t, filepath.Join(one, "x"), "1")
	tells(t, a, filepath.Join(one, "x"), fsnotify.Create)
	tells(t, both, filepath.Join(one, "x"), fsnotify.Create)
	silent(t, b)
	write(t, filepath.Join(two, "x"), "1")
	tells(t, b, filepath.Join(two, "x"), fsnotify.Create)
	tells(t, both, filepath.Join(two, "x"), fsnotify.Create)

	// Who leaves takes nothing away from others.
	both.Close()
	b.Take()
	a.Take()
	write(t, filepath.Join(one, "y"), "1")
	tells(t, a, filepath.Join(one, "y"), fsnotify.Create)
	silent(t, both)
	a.Close()
	b.Close()
	if n := len(w.folders); n != 0 {
		t.Errorf("%d folders are left", n)
	}
	if list := w.system.(notifier).WatchList(); len(list) != 0 {
		t.Errorf("the system still watches %v", list)
	}
}

// One folder by two names is one to the system; each hears its own name.
func TestLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, link := filepath.Join(dir, "folder"), filepath.Join(dir, "link")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.Symlink("folder", link)); err != nil {
		t.Fatal(err)
	}
	w := newWatcher(t, Options{})
	a, b := w.Subscribe(nil), w.Subscribe(nil)
	add(t, a, folder)
	add(t, b, link)
	write(t, filepath.Join(folder, "x"), "1")
	tells(t, a, filepath.Join(folder, "x"), fsnotify.Create)
	tells(t, b, filepath.Join(link, "x"), fsnotify.Create)

	// The link leads elsewhere, once it is added again.
	other := filepath.Join(dir, "other")
	if err := errors.Join(os.Mkdir(other, 0o700), os.Remove(link), os.Symlink("other", link)); err != nil {
		t.Fatal(err)
	}
	add(t, b, link)
	b.Take()
	write(t, filepath.Join(folder, "y"), "1")
	tells(t, a, filepath.Join(folder, "y"), fsnotify.Create)
	silent(t, b)
	write(t, filepath.Join(other, "y"), "1")
	tells(t, b, filepath.Join(link, "y"), fsnotify.Create)
}

func TestFolderComesBack(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "dir")
	w := newWatcher(t, Options{})
	s, other := w.Subscribe(nil), w.Subscribe(nil)
	if err := s.Add(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	for range 2 {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		add(t, s, dir)
		add(t, other, dir)
		write(t, filepath.Join(dir, "x"), "1")
		tells(t, s, filepath.Join(dir, "x"), fsnotify.Create)
		tells(t, other, filepath.Join(dir, "x"), fsnotify.Create)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		tells(t, s, dir, fsnotify.Remove)
		tells(t, other, dir, fsnotify.Remove)
	}
}

// What the system has no room for is looked at instead, and watched once there is
// room; what changes at any time is told.
func TestLimitOfFolders(t *testing.T) {
	t.Parallel()
	var sys *limited
	w := newWatcher(t, Options{Every: 20 * time.Millisecond, open: func() (system, error) {
		n, err := openNotifier()
		sys = &limited{system: n, room: 1, watched: map[string]bool{}}
		return sys, err
	}})
	root := t.TempDir()
	s := w.Subscribe(nil)
	var dirs []string
	for i := range 3 {
		dir := filepath.Join(root, fmt.Sprint(i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "was"), "1")
		dirs = append(dirs, dir)
	}
	add(t, s, dirs[0])
	if why := s.Late(); why != nil {
		t.Errorf("the first is late: %v", why)
	}
	add(t, s, dirs[1:]...)
	if why := s.Late(); why == nil || !strings.Contains(why.Error(), "fs.inotify.max_user_watches") {
		t.Errorf("the others are late: %v", why)
	}
	changes := func(dir, round string) {
		t.Helper()
		path := func(name string) string { return filepath.Join(dir, name) }
		write(t, path("new"+round), "1")
		tells(t, s, path("new"+round), fsnotify.Create)
		write(t, path("was"), "longer"+round)
		tells(t, s, path("was"), fsnotify.Write)
		if err := os.Chmod(path("was"), 0o640); err != nil {
			t.Fatal(err)
		}
		tells(t, s, path("was"), fsnotify.Chmod)
		if err := os.Chmod(path("was"), 0o600); err != nil {
			t.Fatal(err)
		}
		tells(t, s, path("was"), fsnotify.Chmod)
		write(t, path("temp"), "longer"+round) // the same size
		if err := os.Rename(path("temp"), path("was")); err != nil {
			t.Fatal(err)
		}
		tells(t, s, path("was"), fsnotify.Create)
		if err := os.Remove(path("new" + round)); err != nil {
			t.Fatal(err)
		}
		tells(t, s, path("new"+round), fsnotify.Remove)
	}
	for _, dir := range dirs {
		changes(dir, "1")
	}
	sys.widen(3)
	for end := time.Now().Add(patience); s.Late() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("they are not watched, though there is room")
		}
	}
	for _, dir := range dirs {
		changes(dir, "2")
	}
	// Nobody looks any more.
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		w.mu.Lock()
		polling := w.polling
		w.mu.Unlock()
		if !polling {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it still polls")
		}
	}
}

// Without any watcher of the system all is looked at.
func TestLimitOfWatchers(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	full := true
	w := newWatcher(t, Options{Every: 20 * time.Millisecond, open: func() (system, error) {
		mu.Lock()
		defer mu.Unlock()
		if full {
			return nil, fmt.Errorf("couldn't initialize inotify: %w", syscall.EMFILE)
		}
		return openNotifier()
	}})
	dir := t.TempDir()
	s := w.Subscribe(nil)
	add(t, s, dir)
	if why := s.Late(); why == nil || !strings.Contains(why.Error(), "fs.inotify.max_user_instances") {
		t.Errorf("late: %v", why)
	}
	write(t, filepath.Join(dir, "a"), "1")
	tells(t, s, filepath.Join(dir, "a"), fsnotify.Create)
	mu.Lock()
	full = false
	mu.Unlock()
	for end := time.Now().Add(patience); s.Late() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is not watched, though it can be")
		}
	}
	write(t, filepath.Join(dir, "b"), "1")
	tells(t, s, filepath.Join(dir, "b"), fsnotify.Create)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	tells(t, s, dir, fsnotify.Remove)
}

// A folder that is looked at and goes away is told of, and comes back when it is
// added.
func TestPolledFolderComesBack(t *testing.T) {
	t.Parallel()
	w := newWatcher(t, Options{Every: 20 * time.Millisecond, open: func() (system, error) { return nil, syscall.EMFILE }})
	dir := filepath.Join(t.TempDir(), "dir")
	s := w.Subscribe(nil)
	for range 2 {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		add(t, s, dir)
		write(t, filepath.Join(dir, "a"), "1")
		tells(t, s, filepath.Join(dir, "a"), fsnotify.Create)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		tells(t, s, dir, fsnotify.Remove)
	}
}

// A busy folder does not wake those who want something else in it.
func TestOnlyWhatIsWanted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWatcher(t, Options{})
	all, some := w.Subscribe(nil), w.Subscribe(func(name string) bool { return filepath.Base(name) == "wanted" })
	add(t, all, dir)
	add(t, some, dir)
	write(t, filepath.Join(dir, "other"), "1")
	tells(t, all, filepath.Join(dir, "other"), fsnotify.Create)
	silent(t, some)
	write(t, filepath.Join(dir, "wanted"), "1")
	tells(t, some, filepath.Join(dir, "wanted"), fsnotify.Create)
}

func TestWhoDoesNotTakeLoses(t *testing.T) {
	t.Parallel()
	w := newWatcher(t, Options{})
	s, quick := w.Subscribe(nil), w.Subscribe(nil)
	dir := t.TempDir()
	add(t, s, dir)
	w.mu.Lock()
	for range most + 1 {
		w.tell(fsnotify.Event{Name: filepath.Join(dir, "a"), Op: fsnotify.Write})
	}
	w.mu.Unlock()
	<-s.Ready()
	if events, lost := s.Take(); !lost || len(events) > most {
		t.Errorf("%d events, lost %v", len(events), lost)
	}
	add(t, quick, dir)
	w.lose() // as when the system's own queue is full
	for _, each := range []*Subscription{s, quick} {
		<-each.Ready()
		if _, lost := each.Take(); !lost {
			t.Error("somebody is not told that events were lost")
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	for _, opts := range []Options{{}, {Every: time.Millisecond, open: func() (system, error) { return nil, syscall.EMFILE }}} {
		w := New(opts)
		s := w.Subscribe(nil)
		add(t, s, t.TempDir())
		if err := errors.Join(w.Close(), w.Close()); err != nil {
			t.Error(err)
		}
		if err := s.Add(t.TempDir()); !errors.Is(err, ErrClosed) {
			t.Errorf("%v", err)
		}
		s.Close()
	}
}
