package monitor

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/clockwork-hcl/clockwork/internal/watch"
	"github.com/clockwork-hcl/clockwork/state"
)

const (
	// settle is how long after a change of a file it is waited for others.
	settle = 200 * time.Millisecond
	// lookAnyway is how often the files are read if nothing tells of a change.
	lookAnyway = time.Minute
)

// follow reads the configuration and the state, and again whenever they change,
// until the monitor ends.
func (p *project) follow() {
	files := p.files.Subscribe(func(name string) bool { changed, _ := concerns(p.dir, name); return changed })
	defer files.Close()
	p.watchFolders(files) // before they are read, so that no change is missed
	var due <-chan time.Time
	config, all := false, false
	p.load()
	seen := p.digest()
	p.watchFolders(files)
	anyway := time.NewTicker(lookAnyway)
	defer anyway.Stop()
	// look looks itself, where nobody could tell.
	look := func() {
		if p.digest() != seen {
			config, due = true, time.After(settle)
		}
	}
	for {
		select {
		case <-p.soft.Done():
			return
		case <-files.Ready():
			events, lost := files.Take()
			for _, e := range events {
				changed, isConfig := concerns(p.dir, e.Name)
				if changed && !e.Has(fsnotify.Chmod) {
					config = config || isConfig
					due = time.After(settle)
				}
			}
			if lost {
				look()
			}
		case <-p.again:
			config, all, due = true, true, time.After(0)
		case <-anyway.C:
			look()
		case <-due:
			due = nil
			seen = p.digest() // what changes from here on is seen the next time
			if config {
				config = false
				p.load()
			} else {
				p.refresh()
			}
			if all {
				all = false
				p.trigger("")
			}
			p.watchFolders(files)
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

// folders are those that the project's files are in.
func (p *project) folders() []string {
	all := map[string]bool{p.dir: true, filepath.Join(p.dir, state.Dir): true}
	p.mu.Lock()
	if p.input.Config != nil {
		for name := range p.input.Config.Files {
			all[filepath.Dir(filepath.Join(p.dir, name))] = true
		}
	}
	p.mu.Unlock()
	return slices.Sorted(maps.Keys(all))
}

// watchFolders watches the folders that the project's files are in. One that
// is gone is watched again when it is back, at the latest after lookAnyway.
func (p *project) watchFolders(files *watch.Subscription) {
	for _, dir := range p.folders() {
		if err := files.Add(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			p.warnOnce(fmt.Sprintf("changes of files in %s are noticed late: %v", dir, err))
		}
	}
	if why := files.Late(); why != nil {
		p.warnOnce(why.Error())
	}
}

// digest tells a state of the project's files from another, as far as their
// times and sizes do.
func (p *project) digest() string {
	var b strings.Builder
	for _, dir := range p.folders() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			fmt.Fprintln(&b, err)
			continue
		}
		for _, e := range entries {
			if changed, _ := concerns(p.dir, filepath.Join(dir, e.Name())); !changed || e.IsDir() {
				continue
			}
			if info, err := e.Info(); err == nil {
				fmt.Fprintln(&b, dir, e.Name(), info.ModTime().UnixNano(), info.Size())
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
