package state

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// TestGroupCommit: while one fsync is under way, everybody else who begins
// meanwhile is served by the next.
func TestGroupCommit(t *testing.T) {
	const callers = 100
	m := newMemFS()
	s := locked(t, Dir, memOptions(m))
	must(t, s.Commit(set("x", "1"))) // makes the journal
	base := m.syncs

	// The first fsync lasts until everybody has appended.
	appended := make(chan struct{})
	var first sync.Once
	m.onSync = func() { first.Do(func() { <-appended }) }
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			id := fmt.Sprint(i)
			if err := s.Begin(context.Background(), create(id, id)); err != nil {
				t.Error(err)
			}
			if !durableIntent(m, id) {
				t.Errorf("Begin of %s returned before it was durable", id)
			}
			if err := s.Commit(result(id, id, "1")); err != nil {
				t.Error(err)
			}
		})
	}
	for len(s.Pending()) < callers { // all have appended; none can have a result
		<-yield()
	}
	close(appended)
	wg.Wait()
	if n := m.syncs - base; n > 3 {
		t.Errorf("%d callers took %d fsyncs", callers, n)
	}
	equal(t, len(s.State().Objects), callers+1)
	equal(t, len(s.Pending()), 0)
}

func yield() <-chan struct{} {
	c := make(chan struct{})
	go close(c)
	return c
}

// durableIntent tells whether the intent would survive a power cut.
func durableIntent(m *memFS, id string) bool {
	after := newMemFS()
	m.mu.Lock()
	for name, node := range m.durableNames {
		after.names[name] = &memNode{data: append([]byte(nil), node.durable...)}
	}
	m.mu.Unlock()
	s, err := Open(Dir, memOptions(after))
	if err != nil {
		return false
	}
	for _, in := range s.Pending() {
		if in.ID == id {
			return true
		}
	}
	// Others may have gone on, and ours have ended, before we looked.
	return s.Object(key(id)) != nil
}

// TestManyAtOnce mixes everything, for the race detector.
func TestManyAtOnce(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				id := fmt.Sprintf("%d-%d", i, j)
				if err := errors.Join(s.Begin(context.Background(), create(id, id)), s.Commit(result(id, id, "1"))); err != nil {
					t.Error(err)
				}
				s.Pending()
				s.Warnings()
				s.Object(key(id))
			}
		})
	}
	wg.Go(func() {
		for range 5 {
			if err := errors.Join(s.Checkpoint(), s.Sync()); err != nil {
				t.Error(err)
			}
			for range s.State().Objects {
			}
			if _, err := Open(dir, testOptions()); err != nil {
				t.Error(err) // a reader without the lock is never disturbed
			}
			if _, err := s.History(); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	must(t, s.Checkpoint())
	must(t, s.Close())
	equal(t, len(open(t, dir, testOptions()).State().Objects), 80)
}

// consistent checks that memory and disk say the same.
func consistent(t *testing.T, s *Store, m *memFS) {
	t.Helper()
	d, err := Open(Dir, memOptions(m.afterKill()))
	must(t, err)
	if got, want := contents(d.State()), contents(s.State()); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("on disk %v, in memory %v", got, want)
	}
	equal(t, ids(d.Pending()), ids(s.Pending()))
}

// TestDiskFull: with any amount of room, what does not fit is refused, memory
// and disk agree, and work goes on as soon as there is room again.
func TestDiskFull(t *testing.T) {
	refused := 0
	for room := 0; room < 4000; room += 37 {
		m := newMemFS()
		s := locked(t, Dir, memOptions(m))
		m.room = room
		sc := &script{}
		steps := []func() error{
			func() error { return sc.begin(s, "a", "b") },
			func() error { return sc.commit(s, result("a", "a", "1")) },
			func() error { return sc.commit(s, set("c", "1")) },
			func() error { return s.Checkpoint() },
			func() error { return sc.begin(s, "d") },
			func() error { return sc.commit(s, set("c", "2")) },
			func() error { return s.Checkpoint() },
			func() error { return sc.commit(s, set("e", "2")) },
		}
		for _, step := range steps {
			if err := step(); err != nil && !errors.Is(err, syscall.ENOSPC) {
				// What follows a step that failed may have no intent to end.
				if _, ok := err.(*Error); ok {
					t.Fatalf("with room for %d bytes: %v", room, err)
				}
			} else if err != nil {
				refused++
			}
			consistent(t, s, m)
		}
		m.room = -1
		must(t, s.Checkpoint())
		must(t, s.Commit(set("room", "again")))
		must(t, s.Checkpoint())
		consistent(t, s, m)
		equal(t, contents(s.State())["room"], "again")
	}
	if refused < 100 {
		t.Fatalf("only %d steps were refused", refused)
	}
}

// TestHalfRecordCannotBeCut: then nothing more is appended, since it would
// stand behind half a record; a checkpoint mends that.
func TestHalfRecordCannotBeCut(t *testing.T) {
	m := newMemFS()
	s := locked(t, Dir, memOptions(m))
	begin(t, s, create("1", "a"))
	m.room = len(m.names[filepath.Join(Dir, journalName)].data) + 10
	m.failTruncate = syscall.EIO
	if err := s.Commit(set("a", "1")); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("Commit: %v", err)
	}
	m.room = -1
	for range 2 {
		if err := s.Commit(set("a", "1")); !errors.Is(err, syscall.EIO) {
			t.Fatalf("Commit behind half a record: %v", err)
		}
		if err := s.Begin(context.Background(), create("2", "a")); !errors.Is(err, syscall.EIO) {
			t.Fatalf("Begin behind half a record: %v", err)
		}
		consistent(t, s, m)
	}
	must(t, s.Checkpoint())
	must(t, s.Commit(result("1", "a", "1")))
	consistent(t, s, m)
}

// TestFailedSync: after an fsync failed nothing is believed any more, until a
// checkpoint has written everything anew.
func TestFailedSync(t *testing.T) {
	m := newMemFS()
	s := locked(t, Dir, memOptions(m))
	begin(t, s, create("1", "a"))
	must(t, s.Commit(result("1", "a", "1")))
	m.failSync = syscall.EIO
	if err := s.Begin(context.Background(), create("2", "a")); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Begin: %v", err)
	}
	if err := s.Checkpoint(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Checkpoint: %v", err)
	}
	m.failSync = nil
	if err := s.Begin(context.Background(), create("3", "a")); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Begin: %v", err)
	}
	if err := s.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Sync: %v", err)
	}
	must(t, s.Checkpoint())
	begin(t, s, create("4", "a"))
	must(t, s.Commit(result("4", "a", "2")))
	consistent(t, s, m)
	equal(t, contents(s.State()), map[string]string{"a": "2"})
	equal(t, ids(s.Pending()), []string{"2"}) // it was recorded, though Begin could not vouch for it
}

// TestFailedCheckpoint: whichever operation of it fails, once, the next
// checkpoint succeeds and nothing is lost.
func TestFailedCheckpoint(t *testing.T) {
	for name, fail := range map[string]func(m *memFS, err error){
		"fsync":         func(m *memFS, err error) { m.failSync = err },
		"sync folder":   func(m *memFS, err error) { m.failSyncDir = err },
		"rename":        func(m *memFS, err error) { m.failRename = err },
		"remove":        func(m *memFS, err error) { m.failRemove = err },
		"remove, write": func(m *memFS, err error) { m.failRemove, m.failSync = err, err },
	} {
		for _, pending := range []bool{false, true} {
			m := newMemFS()
			s := locked(t, Dir, memOptions(m))
			if pending {
				begin(t, s, create("1", "a"))
			}
			must(t, s.Commit(set("a", "1")))
			fail(m, syscall.EIO)
			err := s.Checkpoint()
			if err == nil && !(name == "remove" && pending) {
				t.Fatalf("%s: no error", name)
			}
			consistent(t, s, m)
			if err := s.Commit(set("a", "2")); err == nil {
				consistent(t, s, m)
			} else if !errors.Is(err, syscall.EIO) {
				t.Fatalf("%s: Commit: %v", name, err)
			}
			fail(m, nil)
			must(t, s.Checkpoint())
			must(t, s.Commit(set("b", "1")))
			consistent(t, s, m)
			must(t, s.Checkpoint())
			consistent(t, s, m)
			equal(t, contents(s.State())["b"], "1")
		}
	}
}
