package monitor

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/clockwork-hcl/clockwork/state"
)

const (
	// settle is how long after a change of a file it is waited for others.
	settle = 200 * time.Millisecond
	// lookAnyway is how often the files are read if nothing tells of a change.
	lookAnyway = time.Minute
)

// follow reads the configuration and the state again whenever they change,
// until the monitor ends.
func (p *project) follow() {
	var events chan fsnotify.Event
	var lost chan error
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		p.log.Warn("changes of files are noticed late", "error", err)
	} else {
		defer watcher.Close()
		events, lost = watcher.Events, watcher.Errors
	}
	var due <-chan time.Time
	config := false
	seen := p.digest()
	p.watchFolders(watcher)
	anyway := time.NewTicker(lookAnyway)
	defer anyway.Stop()
	for {
		select {
		case <-p.soft.Done():
			return
		case e := <-events:
			changed, isConfig := concerns(p.dir, e.Name)
			if changed && !e.Has(fsnotify.Chmod) {
				config = config || isConfig
				due = time.After(settle)
			}
		case <-lost: // events were lost
			config, due = true, time.After(settle)
		case <-anyway.C:
			if now := p.digest(); now != seen {
				config, due = true, time.After(0)
			}
		case <-due:
			due = nil
			if config {
				config = false
				p.load()
			} else {
				p.refresh()
			}
			p.watchFolders(watcher)
			seen = p.digest()
		}
	}
}

// concerns tells whether a file that changed is one of the project's, and
// whether of its configuration rather than its state.
func concerns(dir, name string) (changed, config bool) {
	base := filepath.Base(name)
	switch {
	case filepath.Dir(name) == filepath.Join(dir, state.Dir):
		return strings.HasPrefix(base, "state."), false
	case name == dir || base == state.Dir || base == ".env":
		return true, true
	}
	for _, end := range []string{".cw.hcl", ".cw.hcl.json", ".cwvars", ".cwvars.json"} {
		if strings.HasSuffix(base, end) {
			return true, true
		}
	}
	return false, false
}

// watchFolders watches the folders that the project's files are in. One that
// is gone is watched again when it is back, at the latest after lookAnyway.
func (p *project) watchFolders(w *fsnotify.Watcher) {
	if w == nil {
		return
	}
	folders := map[string]bool{p.dir: true, filepath.Join(p.dir, state.Dir): true}
	p.mu.Lock()
	if p.input.Config != nil {
		for name := range p.input.Config.Files {
			folders[filepath.Dir(filepath.Join(p.dir, name))] = true
		}
	}
	p.mu.Unlock()
	for dir := range folders {
		_ = w.Add(dir) // it may be gone
	}
}

// digest tells a state of the project's files from another, as far as their
// times and sizes do.
func (p *project) digest() string {
	var b strings.Builder
	for _, dir := range []string{p.dir, filepath.Join(p.dir, state.Dir)} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			b.WriteString(err.Error())
			continue
		}
		for _, e := range entries {
			if changed, _ := concerns(p.dir, filepath.Join(dir, e.Name())); !changed || e.IsDir() {
				continue
			}
			if info, err := e.Info(); err == nil {
				b.WriteString(e.Name() + info.ModTime().String())
			}
		}
	}
	return b.String()
}

// missing tells whether the project's folder, or its state, is gone.
func (p *project) missing() bool {
	_, err := os.Stat(filepath.Join(p.dir, state.Dir))
	return err != nil
}
