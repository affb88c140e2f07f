package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// readOnly checks, as a user who is not root, what can be done in dir, which
// is read-only and holds a state, and in its parent, which is too.
func readOnly(dir string) error {
	if os.Getuid() == 0 {
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(65534), syscall.Setuid(65534)); err != nil {
			return err
		}
	}
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	if got := contents(s.State()); got["a"] != "1" {
		return fmt.Errorf("found %v", got)
	}
	if _, err := s.ReadHistory(1); err != nil {
		return err
	}
	if _, _, err := ReadLockInfo(dir); err != nil {
		return err
	}
	other, err := Open(filepath.Join(filepath.Dir(dir), "other"), Options{})
	if err != nil {
		return err
	}
	for _, s := range []*Store{s, other} {
		err := s.Lock(context.Background(), "apply", 0)
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, os.ErrPermission) || e.Summary != "The state's folder cannot be written to" || !strings.Contains(e.Detail, s.dir) {
			return fmt.Errorf("Lock: %v", err)
		}
	}
	return nil
}

func TestReadOnlyFolder(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	must(t, s.Commit(set("a", "1")))
	must(t, s.Checkpoint())
	must(t, s.Close())
	mode := func(dirs, files os.FileMode) {
		for _, d := range []string{filepath.Dir(dir), dir, filepath.Join(dir, historyName)} {
			must(t, os.Chmod(d, dirs))
		}
		for name := range tree(t, dir) {
			must(t, os.Chmod(filepath.Join(dir, name), files))
		}
	}
	must(t, os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o755)) // of the test, for the other user to get there
	mode(0o555, 0o444)
	defer mode(0o700, 0o600)
	c := startChild(t, "readonly", dir)
	if said := c.line(); said != "" {
		t.Fatal(said)
	}
	must(t, c.cmd.Wait())
}

// fill works until a limit of the size of files stops it.
func fill(dir string) error {
	limit := syscall.Rlimit{Cur: 3000, Max: 3000}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	return fillUntil(dir, syscall.EFBIG)
}

// fillUntil records steps until there is no room, and checks that what is on
// disk is then what had been recorded.
func fillUntil(dir string, full error) error {
	s, err := Open(dir, Options{Version: "0.1.0"})
	if err != nil {
		return err
	}
	if err := s.Lock(context.Background(), "apply", 0); err != nil {
		return err
	}
	for n := 0; err == nil; n++ {
		id := fmt.Sprint(n)
		if err = s.Begin(context.Background(), create(id, id)); err == nil {
			err = s.Commit(result(id, id, "1"))
		}
		if n > 100_000 {
			return errors.New("the disk does not fill up")
		}
	}
	if !errors.Is(err, full) {
		return err
	}
	if again := s.Commit(Change{Set: bigState(50).Objects}); !errors.Is(again, full) {
		return fmt.Errorf("a second time: %w", again)
	}
	d, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	if len(s.State().Objects) == 0 || len(d.Warnings()) > 0 || fmt.Sprint(contents(d.State())) != fmt.Sprint(contents(s.State())) ||
		fmt.Sprint(ids(d.Pending())) != fmt.Sprint(ids(s.Pending())) {
		return fmt.Errorf("on disk %v, in memory %v", contents(d.State()), contents(s.State()))
	}
	return s.Close()
}

func TestFileSizeLimit(t *testing.T) {
	c := startChild(t, "fill", newDir(t))
	if said := c.line(); said != "" {
		t.Fatal(said)
	}
	must(t, c.cmd.Wait())
}

func TestFullDisk(t *testing.T) {
	mnt := t.TempDir()
	if err := syscall.Mount("tmpfs", mnt, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no tmpfs can be mounted here (%v); TestFileSizeLimit and TestDiskFull do much the same", err)
	}
	defer syscall.Unmount(mnt, syscall.MNT_DETACH)
	dir := filepath.Join(mnt, Dir)
	must(t, fillUntil(dir, syscall.ENOSPC))

	s := open(t, dir, testOptions())
	want := s.State()
	if err := s.Lock(context.Background(), "plan", 0); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	must(t, s.Close())
	equal(t, contents(open(t, dir, testOptions()).State()), contents(want))

	must(t, syscall.Mount("tmpfs", mnt, "tmpfs", syscall.MS_REMOUNT, "size=4m"))
	s = locked(t, dir, testOptions())
	equal(t, contents(s.State()), contents(want))
	must(t, s.Commit(set("room", "again")))
	must(t, s.Checkpoint())
	must(t, s.Close())
}
