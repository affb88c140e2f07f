package watch

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// share is which part of the time, at most, is spent on looking at folders: one
// in so many.
const share = 20

// poll looks at the folders that the system does not watch until there are none.
func (w *Watcher) poll() {
	for pause := w.opts.Every; ; {
		timer := time.NewTimer(pause)
		select {
		case <-w.ended:
			timer.Stop()
			return
		case <-timer.C:
		}
		begun := time.Now()
		for _, path := range w.polled() {
			w.again(path)
		}
		w.mu.Lock()
		if len(w.polledNow()) == 0 {
			w.polling = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		pause = max(w.opts.Every, share*time.Since(begun))
	}
}

func (w *Watcher) polled() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.polledNow()
}

func (w *Watcher) polledNow() []string {
	var out []string
	for path, f := range w.folders {
		if f.why != nil {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

// again tries to have a folder watched, and looks at it if it still cannot be.
func (w *Watcher) again(path string) {
	w.arming.Lock()
	defer w.arming.Unlock()
	if w.closed {
		return
	}
	err := w.add(path)
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.folders[path]
	if f == nil || f.why == nil {
		if err == nil && f == nil {
			_ = w.system.Remove(path) // nobody wants it any more
		}
		return
	}
	w.look(path, f)
	if err == nil {
		f.why, f.seen = nil, nil
	}
}

// look tells of what is different in a folder. The lock must be held.
func (w *Watcher) look(path string, f *folder) {
	now, err := list(path)
	if err != nil { // it is gone, until somebody adds it again
		f.why, f.seen = nil, nil
		w.tell(fsnotify.Event{Name: path, Op: fsnotify.Remove})
		return
	}
	for name, was := range f.seen {
		is, there := now[name]
		switch {
		case !there:
			w.tell(fsnotify.Event{Name: filepath.Join(path, name), Op: fsnotify.Remove})
		case !os.SameFile(was, is):
			w.tell(fsnotify.Event{Name: filepath.Join(path, name), Op: fsnotify.Create})
		case !is.IsDir() && (was.Size() != is.Size() || !was.ModTime().Equal(is.ModTime())):
			w.tell(fsnotify.Event{Name: filepath.Join(path, name), Op: fsnotify.Write})
		case was.Mode() != is.Mode():
			w.tell(fsnotify.Event{Name: filepath.Join(path, name), Op: fsnotify.Chmod})
		}
	}
	for name := range now {
		if f.seen[name] == nil {
			w.tell(fsnotify.Event{Name: filepath.Join(path, name), Op: fsnotify.Create})
		}
	}
	f.seen = now
}

// list returns what is in a folder, by name.
func list(path string) (map[string]os.FileInfo, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	out := make(map[string]os.FileInfo, len(entries))
	for _, e := range entries {
		if info, err := e.Info(); err == nil { // else it has just gone
			out[e.Name()] = info
		}
	}
	return out, nil
}
