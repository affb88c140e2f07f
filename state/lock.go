package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
)

// LockInfo says who holds the lock, or held it last and was killed.
type LockInfo struct {
	ID        string    `json:"id"`
	Operation string    `json:"operation"`
	Who       string    `json:"who"`
	Host      string    `json:"host"`
	PID       int       `json:"pid"`
	Created   time.Time `json:"created"`
}

// String says who, for what and since when, to stand behind "held by".
func (i LockInfo) String() string {
	if i.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d of %s on %s for %q since %s", i.PID, i.Who, i.Host, i.Operation, i.Created.Local().Format("2006-01-02 15:04:05"))
}

// LockedError is returned when somebody else holds the lock. Info is zero where
// it could not be read.
type LockedError struct {
	Path   string
	Info   LockInfo
	forced bool // the user tried to take it away
}

// Error returns the whole problem in one line.
func (e *LockedError) Error() string { return e.Diagnostics()[0].Error() }

// Diagnostics returns the problem as it is shown to a user.
func (e *LockedError) Diagnostics() diag.Diagnostics {
	if e.forced {
		return diag.Errorf("The lock cannot be taken away", "%s is held by %s, which is running. The kernel frees the lock as soon as that process ends, and nothing "+
			"else can. Wait for it; or, if it hangs, end it: what it has done is recorded, and the next command goes on from there.", e.Path, e.Info)
	}
	return diag.Errorf("The state is locked", "%s is held by %s. Wait until that is done and run the command again, or let the command wait with -lock-timeout=5m.", e.Path, e.Info)
}

// How often a lock that is taken is tried again. Even without a timeout it is
// tried for a moment, because ReadLockInfo takes it for an instant to see
// whether it is free.
const (
	lockRetry      = 25 * time.Millisecond
	lockFirstRetry = 2 * time.Millisecond
	lockMoment     = 20 * time.Millisecond
)

// Recovery is the operation, in the history, of a snapshot that holds what a
// command had recorded when it was killed.
const Recovery = "recovery"

// lockFile is a lock that was taken.
type lockFile interface {
	Write(LockInfo) error
	Release() error // and forget the info
}

// Lock takes the lock for an operation, such as "apply". While somebody else
// has it, Lock waits until timeout or the end of ctx, and then returns a
// *LockedError or ctx's error. The folder is made if it is missing.
//
// With the lock, the state is read again if it changed since it was last read:
// call State afterwards. What a command that was stopped left behind is put in
// order: a torn record is cut off, and replayed changes go into a snapshot of
// their own, so that no plan made before them passes for fresh.
func (s *Store) Lock(ctx context.Context, operation string, timeout time.Duration) error {
	s.mu.Lock()
	held := s.lock != nil
	s.mu.Unlock()
	if held {
		return errors.New("the state is locked by this command already")
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	lock, err := s.takeLock(ctx, timeout)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lock, s.operation = lock, operation
	host, _ := os.Hostname() // empty will do
	info := LockInfo{ID: NewIntentID(), Operation: operation, Who: whoAmI(), Host: host, PID: os.Getpid(), Created: s.opts.Now()}
	if err = lock.Write(info); err != nil {
		err = writeError("write", filepath.Join(s.dir, lockName), err)
	} else {
		err = s.takeOver()
	}
	if err != nil {
		_ = lock.Release() // the first error is the one to report
		s.lock, s.operation = nil, ""
	}
	return err
}

func (s *Store) makeDir() error {
	if _, err := s.files.Stat(s.dir); !missing(err) {
		return nil // what else may be wrong with it, taking the lock will tell
	}
	if err := s.files.Mkdir(s.dir); err != nil && !errors.Is(err, os.ErrExist) {
		return writeError("create the folder", s.dir, err)
	}
	if err := s.files.SyncDir(filepath.Dir(s.dir)); err != nil {
		return writeError("sync the folder of", s.dir, err)
	}
	return nil
}

func (s *Store) takeLock(ctx context.Context, timeout time.Duration) (lockFile, error) {
	path := filepath.Join(s.dir, lockName)
	start := time.Now()
	var told *LockInfo
	for {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("wait for the lock of the state: %w", err)
		}
		lock, err := s.files.TryLock(path)
		if err != nil {
			return nil, writeError("lock", path, err)
		}
		if lock != nil {
			return lock, nil
		}
		pause, waited := lockFirstRetry, time.Since(start)
		if waited >= lockMoment {
			info := readInfo(path)
			if waited >= timeout {
				return nil, &LockedError{Path: path, Info: info}
			}
			if s.opts.Waiting != nil && (told == nil || told.ID != info.ID) {
				told = &info
				s.opts.Waiting(info)
			}
			pause = min(lockRetry, timeout-waited)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// takeOver makes the state in memory, and the files, those of the lock's holder.
func (s *Store) takeOver() error {
	if !s.seen.same(look(s.files, s.dir)) {
		if err := s.read(); err != nil {
			return err
		}
	}
	if s.journal == nil {
		return nil
	}
	torn, at := s.journal.torn, s.journal.size
	if torn {
		s.warnings = nil // it was about that, and is told otherwise below
	}
	if err := s.checkpoint(Recovery); err != nil {
		return err
	}
	if torn {
		s.warnings = append(s.warnings, diag.Warningf("An unfinished record was cut off",
			"The last record of the journal, at byte %d, was not whole: a command was stopped while it wrote it. Nothing else is lost. "+
				"A change whose result is missing is looked up through its provider by the next apply.", at)...)
	}
	return nil
}

// ReadLockInfo tells whether the lock in the folder dir is held, and by whom.
// When it is not, the info is of a process that was killed while it held the
// lock, or zero.
func ReadLockInfo(dir string) (info LockInfo, held bool, err error) {
	path := filepath.Join(dir, lockName)
	f, err := os.Open(path)
	if missing(err) {
		return LockInfo{}, false, nil
	}
	if err != nil {
		return LockInfo{}, false, fmt.Errorf("read the lock: %w", err)
	}
	defer f.Close()
	free, err := flock(f)
	if err != nil {
		return LockInfo{}, false, fmt.Errorf("try the lock %s: %w", path, err)
	}
	return readInfo(path), !free, nil
}

// ForceUnlock is for a user who believes that a lock was left behind, which
// cannot be: the kernel frees it with its owner. If nobody holds it, what the
// file still says of the last owner is cleared and returned. If somebody does,
// nothing is done, and a *LockedError explains; it also does when id, unless
// empty, is not that of the lock.
func ForceUnlock(dir, id string) (LockInfo, error) {
	path := filepath.Join(dir, lockName)
	if _, err := os.Stat(path); missing(err) {
		return LockInfo{}, nil
	}
	info := readInfo(path)
	if id != "" && info.ID != "" && id != info.ID {
		return info, diag.Errorf("Another lock", "The id of the lock is %s, not %s. Look at who holds it before going on.", info.ID, id)
	}
	lock, err := disk{}.TryLock(path)
	if err != nil {
		return info, writeError("lock", path, err)
	}
	if lock == nil {
		return info, &LockedError{Path: path, Info: info, forced: true}
	}
	return info, lock.Release()
}

// readInfo reads what the holder wrote; zero if that cannot be read.
func readInfo(path string) LockInfo {
	var info LockInfo
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &info) != nil {
		return LockInfo{}
	}
	return info
}

// diskLock is the lock file, open and locked.
type diskLock struct{ f *os.File }

// TryLock takes the lock at path if it is free.
func (disk) TryLock(path string) (lockFile, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		got, err := flock(f)
		if err != nil || !got {
			f.Close()
			return nil, err
		}
		// Somebody may have removed the file meanwhile; a lock on what has no
		// name keeps nobody out.
		opened, err1 := f.Stat()
		named, err2 := os.Stat(path)
		if err1 == nil && err2 == nil && os.SameFile(opened, named) {
			return diskLock{f}, nil
		}
		f.Close()
		if err := errors.Join(err1, err2); err != nil && !missing(err) {
			return nil, err
		}
	}
}

func (l diskLock) Write(info LockInfo) error {
	data, err := marshal(info)
	if err != nil {
		return err
	}
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err = l.f.WriteAt(append(data, '\n'), 0)
	return err
}

func (l diskLock) Release() error {
	err := l.f.Truncate(0)
	return errors.Join(err, funlock(l.f), l.f.Close())
}
