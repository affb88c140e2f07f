package state

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
)

func lockedError(t *testing.T, err error) *LockedError {
	t.Helper()
	var e *LockedError
	if !errors.As(err, &e) {
		t.Fatalf("%v is no LockedError", err)
	}
	return e
}

func TestTwoProcesses(t *testing.T) {
	dir := newDir(t)
	c := startChild(t, "hold", dir)
	equal(t, c.line(), "locked")

	s := open(t, dir, testOptions())
	e := lockedError(t, s.Lock(context.Background(), "apply", 0))
	if e.Info.PID != c.cmd.Process.Pid || e.Info.Operation != "apply" || e.Info.ID == "" || e.Info.Host == "" || time.Since(e.Info.Created) > time.Minute {
		t.Fatalf("info: %+v", e.Info)
	}
	d := diag.FromError("", error(e))[0]
	for _, w := range []string{"apply", e.Info.Host, "-lock-timeout"} {
		if !strings.Contains(d.Detail, w) {
			t.Errorf("the detail does not say %q: %s", w, d.Detail)
		}
	}
	info, held, err := ReadLockInfo(dir)
	must(t, err)
	equal(t, held, true)
	equal(t, info, e.Info)

	// It cannot be forced, with whatever id.
	for _, id := range []string{"", info.ID} {
		if _, err := ForceUnlock(dir, id); !lockedError(t, err).forced {
			t.Fatalf("ForceUnlock: %v", err)
		}
	}
	if _, err := ForceUnlock(dir, "other"); err == nil || !strings.Contains(err.Error(), info.ID) {
		t.Fatalf("ForceUnlock with another id: %v", err)
	}

	// It is free the moment its owner is dead.
	c.kill()
	info2, held, err := ReadLockInfo(dir)
	must(t, err)
	equal(t, held, false)
	equal(t, info2, info)
	left, err := ForceUnlock(dir, info.ID)
	must(t, err)
	equal(t, left, info)
	info2, held, err = ReadLockInfo(dir)
	must(t, err)
	equal(t, held, false)
	equal(t, info2, LockInfo{})
	must(t, s.Lock(context.Background(), "apply", 0))
}

func TestLockWaits(t *testing.T) {
	dir := newDir(t)
	first := locked(t, dir, testOptions())
	must(t, first.Commit(set("a", "1")))
	opts := testOptions()
	waiting := make(chan LockInfo, 10)
	opts.Waiting = func(i LockInfo) { waiting <- i }
	second := open(t, dir, opts)
	got := make(chan error, 1)
	go func() { got <- second.Lock(context.Background(), "plan", time.Minute) }()
	equal(t, (<-waiting).Operation, "apply")
	must(t, first.Unlock())
	must(t, <-got)
	equal(t, contents(second.State()), map[string]string{"a": "1"})
	info, held, err := ReadLockInfo(dir)
	must(t, err)
	equal(t, held, true)
	equal(t, info.Operation, "plan")
	equal(t, len(waiting), 0)
}

func TestLockTimesOut(t *testing.T) {
	dir := newDir(t)
	locked(t, dir, testOptions())
	start := time.Now()
	lockedError(t, open(t, dir, testOptions()).Lock(context.Background(), "plan", 60*time.Millisecond))
	if d := time.Since(start); d < 60*time.Millisecond {
		t.Fatalf("gave up after %v", d)
	}
}

func TestLockIsInterrupted(t *testing.T) {
	dir := newDir(t)
	locked(t, dir, testOptions())
	ctx, cancel := context.WithCancel(context.Background())
	opts := testOptions()
	opts.Waiting = func(LockInfo) { cancel() }
	if err := open(t, dir, opts).Lock(ctx, "plan", time.Hour); !errors.Is(err, context.Canceled) {
		t.Fatalf("Lock: %v", err)
	}
}

// TestLockExcludes: with many who want it, one at a time has it.
func TestLockExcludes(t *testing.T) {
	dir := newDir(t)
	var inside atomic.Int32
	done := make(chan error)
	for range 4 {
		go func() {
			done <- func() error {
				for range 3 {
					s, err := Open(dir, Options{})
					if err != nil {
						return err
					}
					if err := s.Lock(context.Background(), "apply", time.Minute); err != nil {
						return err
					}
					if inside.Add(1) != 1 {
						return errors.New("two have the lock")
					}
					if err := s.Commit(set(NewIntentID(), "1")); err != nil {
						return err
					}
					inside.Add(-1)
					if err := s.Close(); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	for range 4 {
		must(t, <-done)
	}
	equal(t, len(open(t, dir, testOptions()).State().Objects), 12)
}

// TestLookingDoesNotDisturb: to see whether the lock is held, others take it for
// an instant. Nobody who does not want to wait fails because of that.
func TestLookingDoesNotDisturb(t *testing.T) {
	dir := newDir(t)
	must(t, locked(t, dir, testOptions()).Close())
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				ReadLockInfo(dir)
			}
		}
	}()
	for range 50 {
		s := open(t, dir, testOptions())
		must(t, s.Lock(context.Background(), "apply", 0))
		must(t, s.Close())
	}
}

// TestRemovedLockFile: a lock on a file that was removed keeps nobody out, so
// it is not taken for one.
func TestRemovedLockFile(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	must(t, s.Unlock())
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	if ok, err := flock(f); !ok || err != nil {
		t.Fatal(ok, err)
	}
	must(t, os.Remove(filepath.Join(dir, lockName)))
	must(t, s.Lock(context.Background(), "apply", 0))
	lockedError(t, open(t, dir, testOptions()).Lock(context.Background(), "apply", 0))
}

func TestNoLock(t *testing.T) {
	dir := newDir(t)
	info, held, err := ReadLockInfo(dir)
	must(t, err)
	equal(t, info, LockInfo{})
	equal(t, held, false)
	_, err = ForceUnlock(dir, "x")
	must(t, err)
	if _, err := os.Stat(dir); !missing(err) {
		t.Fatal("something was made")
	}
	if s := (LockInfo{}).String(); s != "another process" {
		t.Fatal(s)
	}
}

func TestLockNeedsTheProjectsFolder(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "missing", Dir), testOptions())
	if err := s.Lock(context.Background(), "apply", 0); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("Lock: %v", err)
	}
	// A file where the folder should be.
	dir := newDir(t)
	must(t, os.WriteFile(dir, nil, 0o600))
	if _, err := Open(dir, testOptions()); err == nil {
		t.Fatal("Open read a file as a folder")
	}
}
