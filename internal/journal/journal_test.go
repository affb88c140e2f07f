package journal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
)

// failing is a real file, some operations of which fail.
type failing struct {
	*os.File
	syncs              atomic.Int64
	onSync             func()
	write, cut, syncIt error
}

func (f *failing) WriteAt(p []byte, at int64) (int, error) {
	if f.write != nil {
		n, _ := f.File.WriteAt(p[:len(p)/2], at)
		return n, f.write
	}
	return f.File.WriteAt(p, at)
}

func (f *failing) Truncate(size int64) error { return errors.Join(f.cut, f.File.Truncate(size)) }

func (f *failing) Sync() error {
	f.syncs.Add(1)
	if f.onSync != nil {
		f.onSync()
	}
	return errors.Join(f.syncIt, f.File.Sync())
}

func newFailing(t *testing.T, content string) (*failing, *File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal")
	if err := Place(path, []byte(content)); err != nil {
		t.Fatal(err)
	}
	h, err := OpenHandle(path)
	if err != nil {
		t.Fatal(err)
	}
	f := &failing{File: h.(*os.File)}
	file := NewFile(f, int64(len(content)))
	t.Cleanup(func() { file.Close() })
	return f, file
}

func (f *failing) holds(t *testing.T, want string) {
	t.Helper()
	got, err := os.ReadFile(f.Name())
	if err != nil || string(got) != want {
		t.Fatalf("the file holds %q (%v), want %q", got, err, want)
	}
}

func TestGroupCommit(t *testing.T) {
	const writers = 100
	h, f := newFailing(t, "")
	// The first fsync lasts until everybody has written.
	var written sync.WaitGroup
	written.Add(writers)
	var first sync.Once
	h.onSync = func() { first.Do(written.Wait) }
	var done sync.WaitGroup
	for range writers {
		done.Go(func() {
			end, err := f.Write([]byte("line\n"))
			written.Done()
			if err = errors.Join(err, f.Sync(end)); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if n := h.syncs.Load(); n > 2 {
		t.Errorf("%d writers took %d fsyncs", writers, n)
	}
	h.holds(t, strings.Repeat("line\n", writers))
}

func TestFailedWriteIsCut(t *testing.T) {
	h, f := newFailing(t, "one\n")
	h.write = syscall.ENOSPC
	if _, err := f.Write([]byte("two\n")); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("Write: %v", err)
	}
	h.holds(t, "one\n")
	h.write = nil
	if _, err := f.Write([]byte("three\n")); err != nil {
		t.Fatal(err)
	}
	h.holds(t, "one\nthree\n")

	h.write, h.cut = syscall.ENOSPC, syscall.EIO
	if _, err := f.Write([]byte("four\n")); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("Write: %v", err)
	}
	h.write = nil
	if _, err := f.Write([]byte("five\n")); !errors.Is(err, syscall.EIO) || f.Err() == nil {
		t.Fatalf("Write behind half a record: %v", err)
	}
}

func TestFailedSyncBreaks(t *testing.T) {
	h, f := newFailing(t, "")
	end, err := f.Write([]byte("one\n"))
	if err = errors.Join(err, f.Sync(end)); err != nil {
		t.Fatal(err)
	}
	h.syncIt = syscall.EIO
	two, _ := f.Write([]byte("two\n"))
	if err := f.Sync(two); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Sync: %v", err)
	}
	h.syncIt = nil
	if err := f.Sync(two); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Sync a second time: %v", err)
	}
	if err := f.Sync(end); err != nil {
		t.Fatalf("what was durable is so no more: %v", err)
	}
}

func TestRetire(t *testing.T) {
	h, f := newFailing(t, "")
	h.syncIt = syscall.EIO
	end, _ := f.Write([]byte("one\n"))
	f.Retire()
	if err := f.Sync(end); err != nil {
		t.Errorf("Sync of a retired file: %v", err)
	}
	if _, err := f.Write([]byte("two\n")); err == nil {
		t.Error("a retired file is written to")
	}
}

func TestEachLine(t *testing.T) {
	const limit = 16 // bufio's least
	in := "one\n\n" + strings.Repeat("x", 40) + "\ntwo\nthr"
	type line struct {
		text   string
		offset int64
	}
	want := []line{{"one\n", 0}, {"\n", 4}, {strings.Repeat("x", 16), 5}, {"two\n", 46}, {"thr", 50}}
	var got []line
	err := EachLine(iotest.OneByteReader(strings.NewReader(in)), limit, func(l []byte, offset int64) error {
		got = append(got, line{string(l), offset})
		return nil
	})
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d is %v, want %v", i, got[i], want[i])
		}
	}
	stop := errors.New("stop")
	if err := EachLine(strings.NewReader(in), limit, func([]byte, int64) error { return stop }); err != stop {
		t.Errorf("EachLine returned %v", err)
	}
	if err := EachLine(io.MultiReader(bytes.NewReader([]byte("a\n")), iotest.ErrReader(stop)), limit, func([]byte, int64) error { return nil }); err != stop {
		t.Errorf("EachLine returned %v", err)
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrLocked) {
		t.Fatalf("a second lock: %v", err)
	}
	first.Close()
	second, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
}

func TestPlaceLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "folder")
	if err := MakeDir(path); err != nil {
		t.Fatal(err)
	}
	if err := Place(path+"/gone/file", nil); err == nil {
		t.Fatal("a file in a folder that does not exist was placed")
	}
	if err := Place(path+"/file", []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path + "/file")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	names, _ := os.ReadDir(path)
	if len(names) != 1 {
		t.Fatalf("left behind: %v", names)
	}
}
