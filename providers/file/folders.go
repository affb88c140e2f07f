package file

import (
	"os"
	"path/filepath"
	"sync"
)

// folders syncs folders. Syncs of one folder that are asked for while another
// is under way share the next: a thousand files in one folder cost a few syncs,
// not a thousand.
type folders struct {
	mu    sync.Mutex
	rooms map[string]*room

	syncFolder func(dir string) error
}

// room is one folder that somebody waits for.
type room struct {
	users   int
	syncing sync.Mutex // held by the one that syncs
	next    *round     // the sync that has not begun; nil when nobody leads one yet
}

type round struct {
	done chan struct{}
	err  error
}

func newFolders() *folders {
	return &folders{rooms: map[string]*room{}, syncFolder: syncFolder}
}

// sync returns when all that happened in dir before the call is on disk.
func (f *folders) sync(dir string) error {
	f.mu.Lock()
	r := f.rooms[dir]
	if r == nil {
		r = &room{}
		f.rooms[dir] = r
	}
	r.users++
	mine, leads := r.next, false
	if mine == nil {
		mine, leads = &round{done: make(chan struct{})}, true
		r.next = mine
	}
	f.mu.Unlock()

	if leads {
		r.syncing.Lock()
		f.mu.Lock()
		r.next = nil // who comes from here on may be too late for this sync
		f.mu.Unlock()
		mine.err = f.syncFolder(dir)
		r.syncing.Unlock()
		close(mine.done)
	} else {
		<-mine.done
	}

	f.mu.Lock()
	defer f.mu.Unlock()
	if r.users--; r.users == 0 {
		delete(f.rooms, dir)
	}
	return mine.err
}

// makeParents makes the folders above path that are missing, with the mode
// given, and syncs the folder that each was made in.
func (f *folders) makeParents(path string, mode uint32) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == path {
		return err
	}
	if err := f.makeParents(dir, mode); err != nil {
		return err
	}
	err := os.Mkdir(dir, toFileMode(mode).Perm())
	if os.IsExist(err) {
		return nil // another made it; should it be no folder, the next step says so
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(dir, toFileMode(mode)); err != nil {
		return err
	}
	return f.sync(filepath.Dir(dir))
}
