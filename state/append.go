package state

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"sync"

	"github.com/clockwork-hcl/clockwork/internal/failpoint"
)

func reached(point string) { failpoint.Reached(point) }

// journalFile is the journal on disk, as far as a writer needs to know. The
// mutex of its Store guards it.
type journalFile struct {
	path    string
	header  journalHeader
	records uint64 // the header included
	size    int64
	torn    bool

	file    writeFile // nil until it is first appended to
	durable int64     // the size up to which it is known to be
	syncing bool      // somebody is, without the mutex
	synced  sync.Cond // told when that ends

	// broken is why nothing may be appended any more: what is on disk behind
	// size is not known. Only cutting the journal mends it.
	broken error
}

// append writes records with write(2), all of them or none. Needs the lock.
func (s *Store) append(payloads [][]byte) error {
	if s.lock == nil {
		return ErrNotLocked
	}
	j, err := s.writable()
	if err != nil {
		return err
	}
	var lines []byte
	for i, p := range payloads {
		if p, err = s.seal(j.header, p); err != nil {
			return err
		}
		lines = appendFrame(lines, j.records+uint64(i), p)
	}
	if _, err := j.file.WriteAt(lines, j.size); err != nil {
		// Left there, half a record would later look like damage.
		if cutErr := j.file.Truncate(j.size); cutErr != nil {
			j.broken = writeError("cut a half-written record off", j.path, cutErr)
		}
		return writeError("append to", j.path, err)
	}
	j.records += uint64(len(payloads))
	j.size += int64(len(lines))
	return nil
}

func encodeIntent(in Intent) ([]byte, error) {
	r, err := recordOfIntent(in)
	if err != nil {
		return nil, fmt.Errorf("record the intent to %s %s: %w", in.Action, in.Key, err)
	}
	payload, err := marshal(record{Intent: &r})
	if err != nil {
		return nil, fmt.Errorf("record the intent to %s %s: %w", in.Action, in.Key, err)
	}
	return payload, nil
}

func encodeChange(c Change) ([]byte, error) {
	r, err := recordOfChange(c)
	if err != nil {
		return nil, fmt.Errorf("record a change of the state: %w", err)
	}
	payload, err := marshal(record{Change: &r})
	if err != nil {
		return nil, fmt.Errorf("record a change of the state: %w", err)
	}
	return payload, nil
}

func (s *Store) seal(h journalHeader, payload []byte) ([]byte, error) {
	if !h.Sealed {
		return payload, nil
	}
	sealed, err := s.opts.Cipher.Seal(payload, journalContext(h))
	if err != nil {
		return nil, fmt.Errorf("encrypt a record of the journal: %w", err)
	}
	return json.Marshal(sealed)
}

// writable returns the journal open for appending, made if there is none.
func (s *Store) writable() (*journalFile, error) {
	if s.journal == nil {
		j, err := s.createJournal(nil)
		if err != nil {
			return nil, err
		}
		s.journal = j
	}
	j := s.journal
	if j.broken != nil {
		return nil, j.broken
	}
	if j.file == nil {
		f, err := s.files.OpenWrite(j.path)
		if err != nil {
			return nil, writeError("open", j.path, err)
		}
		j.file = f
	}
	return j, nil
}

// createJournal puts in place a journal that continues the snapshot on disk
// and holds intents. It appears whole and durable, or not at all.
func (s *Store) createJournal(intents []Intent) (*journalFile, error) {
	if s.mem.cur.Lineage == "" {
		st := *s.mem.cur
		st.Lineage = newLineage()
		s.mem.cur = &st
	}
	h := journalHeader{FormatVersion, s.opts.Version, s.mem.cur.Lineage, s.mem.base, s.opts.Cipher != nil}
	payload, err := marshal(record{Journal: &h})
	if err != nil {
		return nil, err
	}
	lines := appendFrame(nil, 0, payload)
	for i, in := range intents {
		if payload, err = encodeIntent(in); err != nil {
			return nil, err
		}
		if payload, err = s.seal(h, payload); err != nil {
			return nil, err
		}
		lines = appendFrame(lines, uint64(i)+1, payload)
	}
	path := filepath.Join(s.dir, journalName)
	if err := s.writeTemp(path+tempSuffix, func(f writeFile) error {
		_, err := f.Write(lines)
		return err
	}); err != nil {
		return nil, err
	}
	if err := s.files.Rename(path+tempSuffix, path); err != nil {
		return nil, writeError("put in place", path, err)
	}
	if err := s.files.SyncDir(s.dir); err != nil {
		return nil, writeError("sync the folder of", path, err)
	}
	size := int64(len(lines))
	j := &journalFile{path: path, header: h, records: uint64(len(intents)) + 1, size: size, durable: size}
	j.synced.L = &s.mu
	return j, nil
}

// writeTemp writes a new file and makes its content durable. Of a failure
// nothing is left.
func (s *Store) writeTemp(path string, write func(writeFile) error) error {
	f, err := s.files.Create(path)
	if err != nil {
		return writeError("create", path, err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = s.files.Remove(path) // the first error is the one to report
		return writeError("write", path, err)
	}
	return nil
}

// sync returns when all that j holds now is durable. Of many callers one does
// the fsync, for itself and for all who appended before it began; the mutex,
// held by each, is free meanwhile.
func (s *Store) sync(j *journalFile) error {
	for end := j.size; j.durable < end; {
		if j.broken != nil {
			return j.broken
		}
		if j.syncing {
			j.synced.Wait()
			continue
		}
		if j.file == nil { // it was there before us, and nothing was appended
			if _, err := s.writable(); err != nil {
				return err
			}
		}
		size, f := j.size, j.file
		j.syncing = true
		s.mu.Unlock()
		err := f.Sync()
		s.mu.Lock()
		j.syncing = false
		if err != nil {
			// The kernel may have dropped what it could not write.
			j.broken = writeError("sync", j.path, err)
		} else {
			j.durable = max(j.durable, size)
		}
		j.synced.Broadcast()
	}
	return nil
}

// awaitSync returns when nobody is syncing j.
func (j *journalFile) awaitSync() {
	for j.syncing {
		j.synced.Wait()
	}
}

// retire is for a journal whose contents are durable elsewhere.
func (j *journalFile) retire() {
	j.durable = math.MaxInt64
	j.synced.Broadcast()
}

func (j *journalFile) close() error {
	j.awaitSync()
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}
