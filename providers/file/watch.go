package file

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/clockwork-hcl/clockwork/internal/watch"
	"github.com/clockwork-hcl/clockwork/providers"
)

// quiet is how long events are held back, so that one change, which shows as
// several, is told once.
const quiet = 50 * time.Millisecond

// Watch watches the folder that each resource is in and those above it, as far
// as they exist. When one of them is removed, renamed or made again, it looks
// anew.
func (p *provider) Watch(ctx context.Context, req providers.WatchRequest, notify func(providers.Event)) error {
	project, err := p.project(req.Configuration)
	if err != nil {
		return err
	}
	w := &watcher{
		targets: map[string][]string{}, folders: map[string][]string{},
		above: map[string]bool{}, watched: map[string]bool{}, changed: map[string]bool{},
	}
	for _, r := range req.Resources {
		if abs, ds := placeOf(project, r.State); !ds.HasErrors() {
			w.want(abs, r.Address)
		}
	}
	w.fs = p.watching.Subscribe(func(name string) bool { return w.targets[name] != nil || w.above[name] })
	defer w.fs.Close()
	return w.run(ctx, notify)
}

type watcher struct {
	fs      *watch.Subscription
	targets map[string][]string // addresses by path
	folders map[string][]string // paths by the folder they are in
	above   map[string]bool     // those folders, and all above them
	watched map[string]bool     // folders that fs watches
	changed map[string]bool     // paths not yet told of
	late    bool                // it was told that some changes are told late
}

func (w *watcher) want(path, address string) {
	if w.targets[path] == nil {
		dir := filepath.Dir(path)
		w.folders[dir] = append(w.folders[dir], path)
		for ; !w.above[dir]; dir = filepath.Dir(dir) {
			w.above[dir] = true
		}
	}
	w.targets[path] = append(w.targets[path], address)
}

func (w *watcher) run(ctx context.Context, notify func(providers.Event)) error {
	resync := func() error {
		if err := w.arm(slices.Collect(maps.Keys(w.folders))); err != nil {
			return err
		}
		clear(w.changed)
		notify(providers.Event{Kind: providers.Resync})
		w.tellLate(notify)
		return nil
	}
	if err := resync(); err != nil {
		return err
	}
	tell := time.NewTimer(quiet)
	defer tell.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.fs.Ready():
			events, lost := w.fs.Take()
			if lost {
				clear(w.watched) // any may be another by now
				if err := resync(); err != nil {
					return err
				}
				continue
			}
			wasQuiet := len(w.changed) == 0
			for _, e := range events {
				armed, err := w.see(e)
				if err != nil {
					return err
				}
				if armed {
					w.tellLate(notify)
				}
			}
			if wasQuiet && len(w.changed) > 0 {
				tell.Reset(quiet)
			}
		case <-tell.C:
			for _, path := range slices.Sorted(maps.Keys(w.changed)) {
				for _, address := range w.targets[path] {
					notify(providers.Event{Address: address, Kind: "changed", Message: "its path has changed on disk"})
				}
			}
			clear(w.changed)
		}
	}
}

// tellLate tells, once, that changes are noticed late.
func (w *watcher) tellLate(notify func(providers.Event)) {
	if w.late {
		return
	}
	if why := w.fs.Late(); why != nil {
		w.late = true
		notify(providers.Event{Kind: providers.Late, Message: why.Error()})
	}
}

// see takes one event in, and tells whether other folders are watched since.
func (w *watcher) see(e fsnotify.Event) (armed bool, err error) {
	if w.targets[e.Name] != nil {
		w.changed[e.Name] = true
	}
	if !w.above[e.Name] || !e.Has(fsnotify.Create) && !e.Has(fsnotify.Remove) && !e.Has(fsnotify.Rename) {
		return false, nil
	}
	// A folder that leads to something wanted has come or gone. What is watched
	// below it may now be elsewhere.
	for dir := range w.watched {
		if within(e.Name, dir) {
			w.fs.Remove(dir)
			delete(w.watched, dir)
		}
	}
	var concerned []string
	for folder, paths := range w.folders {
		if within(e.Name, folder) {
			concerned = append(concerned, folder)
			for _, path := range paths {
				w.changed[path] = true
			}
		}
	}
	return true, w.arm(concerned)
}

// arm watches each of the folders and all above it, as far as they exist.
func (w *watcher) arm(folders []string) error {
	for _, folder := range folders {
		for there := existingFolder(folder); ; {
			if err := w.watch(there); err != nil {
				return err
			}
			// Something may have been made or removed before it was watched.
			now := existingFolder(folder)
			if now == there {
				break
			}
			there = now
			for _, path := range w.folders[folder] {
				w.changed[path] = true
			}
		}
	}
	return nil
}

func (w *watcher) watch(folder string) error {
	for dir := folder; !w.watched[dir]; dir = filepath.Dir(dir) {
		err := w.fs.Add(dir)
		switch {
		case err == nil:
			w.watched[dir] = true
		case errors.Is(err, watch.ErrClosed):
			return err
		case dir == folder && existingFolder(folder) == folder:
			return fmt.Errorf("watch %s: %w", dir, err)
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return nil
}
