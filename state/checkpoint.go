package state

import (
	"os/user"
	"path/filepath"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Checkpoint writes a new snapshot, one serial further, if the state changed
// since the last, and cuts the journal down to the intents that are still
// under way. If nothing changed, nothing is written. After an error the state
// on disk is still whole, but it may take a Checkpoint that succeeds before
// anything more can be recorded. Needs the lock.
func (s *Store) Checkpoint() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return ErrNotLocked
	}
	return s.checkpoint(s.operation)
}

func (s *Store) checkpoint(operation string) error {
	if s.journal == nil { // every change since the snapshot would be in it
		return nil
	}
	if err := s.settle(); err != nil {
		return err
	}
	wrote := s.mem.dirty
	if wrote {
		if err := s.writeSnapshot(operation); err != nil {
			return err
		}
	}
	if s.journalFits() {
		return nil
	}
	if err := s.cutJournal(); err != nil {
		s.journal.broken = err
		return err
	}
	if wrote {
		s.pruneHistory()
	}
	return nil
}

// settle makes all of the journal durable, and returns while nobody syncs it:
// from here on the mutex is not let go of until the snapshot is in place, or
// what is committed meanwhile would be in neither. A power cut between the
// snapshot's rename and the journal's cut must not leave a journal in which
// intents are still open that the snapshot says are done. Only for a journal
// that cannot be synced any more there is no help but to go on.
func (s *Store) settle() error {
	j := s.journal
	for j.syncing || s.mem.dirty && j.durable < j.size && j.broken == nil {
		if j.syncing {
			j.synced.Wait()
		} else if err := s.sync(j); err != nil && j.broken == nil {
			return err
		}
	}
	return nil
}

// journalFits tells whether the journal holds the open intents and nothing
// else, on top of the snapshot on disk, in the form that is wanted: what is
// appended to one of an older version would be read by a Clockwork of that time.
func (s *Store) journalFits() bool {
	j := s.journal
	return !j.torn && j.broken == nil && j.header.Version == FormatVersion && j.header.Serial == s.mem.base && j.header.Sealed == (s.opts.Cipher != nil) &&
		len(s.mem.open) > 0 && j.records == uint64(len(s.mem.open))+1
}

// writeSnapshot puts the state in memory in place of the snapshot. Until the
// folder is synced, a power cut may bring the old one back.
func (s *Store) writeSnapshot(operation string) error {
	path := filepath.Join(s.dir, snapshotName)
	temp := path + tempSuffix
	st := *s.mem.cur
	st.ClockworkVersion = s.opts.Version
	by := &written{Time: s.opts.Now().UTC(), Operation: operation, Who: whoAmI()}

	reached("snapshot-before-temp")
	if err := s.writeTemp(temp, func(f writeFile) error { return encode(f, &st, by, s.opts.Cipher) }); err != nil {
		return err
	}
	reached("snapshot-after-temp")
	// Before the rename, so that whatever becomes the state has its copy.
	if err := s.keepHistory(temp, &st); err != nil {
		s.warnings = append(s.warnings, diag.Warningf("No copy of the state was kept",
			"The state was saved, but its copy for the history was not: %v. The history command will not list serial %d.", err, st.Serial)...)
	}
	reached("snapshot-before-rename")
	if err := s.files.Rename(temp, path); err != nil {
		_ = s.files.Remove(temp) // the first error is the one to report
		return writeError("put in place", path, err)
	}
	reached("snapshot-after-rename")
	s.mem.cur, s.mem.base, s.mem.dirty = &st, st.Serial, false
	return nil
}

// cutJournal replaces the journal by one with the open intents alone, or
// removes it when there are none.
func (s *Store) cutJournal() error {
	j := s.journal
	// The new snapshot must not be lost when the journal is.
	if err := s.files.SyncDir(s.dir); err != nil {
		return writeError("sync the folder of", j.path, err)
	}
	reached("journal-before-cut")
	if err := j.close(); err != nil { // first, because Windows replaces no open file
		return writeError("close", j.path, err)
	}
	var cut *journalFile
	if intents := s.mem.pending(); len(intents) > 0 {
		var err error
		if cut, err = s.createJournal(intents); err != nil {
			return err
		}
	} else if err := s.files.Remove(j.path); err != nil && !missing(err) {
		return writeError("remove", j.path, err)
	}
	j.retire()
	s.journal = cut
	reached("journal-after-cut")
	return nil
}

// whoAmI returns the name of the user, as well as it can be known.
func whoAmI() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
