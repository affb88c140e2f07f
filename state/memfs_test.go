package state

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

var errCrash = errors.New("crashed")

// memFS is a fileSystem in memory that knows what a power cut would leave of
// it, and can stop at any operation.
type memFS struct {
	mu    sync.Mutex
	names map[string]*memNode // files
	dirs  map[string]bool

	// What of the names is durable, and the changes to them that are not yet,
	// in the order in which a journalling file system would write them.
	durableNames map[string]*memNode
	durableDirs  map[string]bool
	undurable    []nameChange

	ops     int // that changed something so far
	crashAt int // the operation that does not happen any more; -1 for none
	partial int // per mille of a write that happens all the same
	crashed bool

	room         int // bytes that fit; -1 for any number
	failTruncate error
	failSync     error
	failSyncDir  error
	failRemove   error
	failRename   error
	syncs        int
	onSync       func() // before each fsync, without mu
}

type memNode struct{ data, durable []byte }

type nameChange struct {
	dir   string
	apply func(names map[string]*memNode, dirs map[string]bool)
}

func newMemFS() *memFS {
	return &memFS{names: map[string]*memNode{}, dirs: map[string]bool{".": true},
		durableNames: map[string]*memNode{}, durableDirs: map[string]bool{".": true}, crashAt: -1, room: -1}
}

// afterKill is what is there when the process was killed: everything.
func (m *memFS) afterKill() *memFS {
	n := newMemFS()
	nodes := map[*memNode]*memNode{}
	clone := func(from map[string]*memNode) map[string]*memNode {
		to := map[string]*memNode{}
		for name, node := range from {
			if nodes[node] == nil {
				nodes[node] = &memNode{bytes.Clone(node.data), bytes.Clone(node.durable)}
			}
			to[name] = nodes[node]
		}
		return to
	}
	n.names, n.durableNames = clone(m.names), clone(m.durableNames)
	n.dirs, n.durableDirs = maps.Clone(m.dirs), maps.Clone(m.durableDirs)
	// A power cut later on may take back all of what is not durable, or nothing;
	// what lies between was looked at before.
	names, dirs := maps.Clone(n.names), maps.Clone(n.dirs)
	if len(m.undurable) > 0 {
		n.undurable = []nameChange{{dir: ".", apply: func(to map[string]*memNode, toDirs map[string]bool) {
			clear(to)
			maps.Copy(to, names)
			maps.Copy(toDirs, dirs)
		}}}
	}
	return n
}

// afterPowerCut is one of the many things that may be there when the machine
// went down: names up to some change, and of every file what was synced and
// perhaps more, or rubbish where more was to be.
func (m *memFS) afterPowerCut(r *rand.Rand) *memFS {
	n := newMemFS()
	names, dirs := maps.Clone(m.durableNames), maps.Clone(m.durableDirs)
	for _, c := range m.undurable[:r.IntN(len(m.undurable)+1)] {
		c.apply(names, dirs)
	}
	for name, node := range names {
		left := bytes.Clone(node.durable)
		if bytes.HasPrefix(node.data, node.durable) {
			more := node.data[len(node.durable):]
			cut := r.IntN(len(more) + 1)
			left = append(left, more[:cut]...)
			if r.IntN(4) == 0 {
				left = append(left, make([]byte, r.IntN(len(more)-cut+1))...)
			}
		}
		n.names[name] = &memNode{left, bytes.Clone(left)}
	}
	n.durableNames = maps.Clone(n.names)
	n.dirs, n.durableDirs = dirs, maps.Clone(dirs)
	return n
}

// step counts an operation that changes something, unless it is the one at
// which everything stops.
func (m *memFS) step() error {
	if m.crashed || m.ops == m.crashAt {
		m.crashed = true
		return errCrash
	}
	m.ops++
	return nil
}

// change does something to names, with m.mu held.
func (m *memFS) change(path string, apply func(names map[string]*memNode, dirs map[string]bool)) {
	apply(m.names, m.dirs)
	m.undurable = append(m.undurable, nameChange{filepath.Dir(path), apply})
}

func (m *memFS) ReadFile(path string) ([]byte, fs.FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	node := m.names[path]
	if node == nil {
		return nil, nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return bytes.Clone(node.data), memInfo{}, nil
}

func (m *memFS) Open(path string) (readFile, error) {
	data, _, err := m.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return memReader{bytes.NewReader(data)}, nil
}

func (m *memFS) ReadDir(path string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirs[path] {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	var names []string
	for name := range m.names {
		if filepath.Dir(name) == path {
			names = append(names, filepath.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (m *memFS) Stat(path string) (fs.FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.names[path] == nil && !m.dirs[path] {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: fs.ErrNotExist}
	}
	return memInfo{}, nil
}

func (m *memFS) Mkdir(path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step(); err != nil {
		return err
	}
	m.change(path, func(_ map[string]*memNode, dirs map[string]bool) { dirs[path] = true })
	return nil
}

func (m *memFS) Create(path string) (writeFile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step(); err != nil {
		return nil, err
	}
	if node := m.names[path]; node != nil {
		node.data = nil
		return &memFile{m, node, 0}, nil
	}
	node := &memNode{}
	m.change(path, func(names map[string]*memNode, _ map[string]bool) { names[path] = node })
	return &memFile{m, node, 0}, nil
}

func (m *memFS) OpenWrite(path string) (writeFile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.crashed {
		return nil, errCrash
	}
	node := m.names[path]
	if node == nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return &memFile{m, node, 0}, nil
}

func (m *memFS) Copy(from, to string) error {
	data, _, err := m.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := m.Create(to)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return err
}

func (m *memFS) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step(); err != nil {
		return err
	}
	if m.failRename != nil {
		return m.failRename
	}
	m.change(to, func(names map[string]*memNode, _ map[string]bool) {
		if names[from] != nil {
			names[to] = names[from]
			delete(names, from)
		}
	})
	return nil
}

func (m *memFS) Remove(path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step(); err != nil {
		return err
	}
	if m.failRemove != nil {
		return m.failRemove
	}
	m.change(path, func(names map[string]*memNode, _ map[string]bool) { delete(names, path) })
	return nil
}

func (m *memFS) SyncDir(path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step(); err != nil {
		return err
	}
	if m.failSyncDir != nil {
		return m.failSyncDir
	}
	m.undurable = slices.DeleteFunc(m.undurable, func(c nameChange) bool {
		if c.dir == path || c.dir == "." {
			c.apply(m.durableNames, m.durableDirs)
			return true
		}
		return false
	})
	return nil
}

type memLock struct{ m *memFS }

func (memLock) Write(LockInfo) error { return nil }
func (memLock) Release() error       { return nil }

func (m *memFS) TryLock(string) (lockFile, error) { return memLock{m}, nil }

type memReader struct{ *bytes.Reader }

func (memReader) Close() error               { return nil }
func (memReader) Stat() (fs.FileInfo, error) { return memInfo{}, nil }

// memInfo is never the same as another.
type memInfo struct{}

func (memInfo) Name() string       { return "" }
func (memInfo) Size() int64        { return 0 }
func (memInfo) Mode() fs.FileMode  { return 0o600 }
func (memInfo) ModTime() time.Time { return time.Time{} }
func (memInfo) IsDir() bool        { return false }
func (memInfo) Sys() any           { return nil }

type memFile struct {
	m    *memFS
	node *memNode
	at   int64
}

func (f *memFile) Write(p []byte) (int, error) {
	n, err := f.WriteAt(p, f.at)
	f.at += int64(n)
	return n, err
}

func (f *memFile) WriteAt(p []byte, at int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	wasUp := !f.m.crashed
	err := f.m.step()
	n := len(p)
	if err != nil {
		n = 0
		if wasUp {
			n = len(p) * f.m.partial / 1000
		}
	} else if free := f.m.free(f.node, at); n > free {
		n, err = free, &fs.PathError{Op: "write", Path: "file", Err: syscall.ENOSPC}
	}
	if grow := int(at) + n - len(f.node.data); grow > 0 {
		f.node.data = append(f.node.data, make([]byte, grow)...)
	}
	copy(f.node.data[at:], p[:n])
	return n, err
}

// free is how much can be written to node at the offset.
func (m *memFS) free(node *memNode, at int64) int {
	if m.room < 0 {
		return 1 << 40
	}
	free := m.room + len(node.data) - int(at)
	for _, other := range m.names {
		free -= len(other.data)
	}
	return max(0, free)
}

func (f *memFile) Truncate(size int64) error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.m.step(); err != nil {
		return err
	}
	if f.m.failTruncate != nil {
		return f.m.failTruncate
	}
	f.node.data = f.node.data[:size]
	return nil
}

func (f *memFile) Sync() error {
	if f.m.onSync != nil {
		f.m.onSync()
	}
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.m.step(); err != nil {
		return err
	}
	f.m.syncs++
	if f.m.failSync != nil {
		return f.m.failSync
	}
	f.node.durable = bytes.Clone(f.node.data)
	return nil
}

func (f *memFile) Close() error { return nil }

var _ io.Writer = (*memFile)(nil)
