package state

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Dir is the folder, below a project's own, that holds its state.
const Dir = ".clockwork"

// The files in Dir.
const (
	snapshotName = "state.json"
	journalName  = "state.journal"
	lockName     = "state.lock"
	historyName  = "history"
	tempSuffix   = ".tmp"
)

// Options are what a Store needs to know. The zero value will do.
type Options struct {
	Version string           // of Clockwork, written into the files
	Now     func() time.Time // time.Now if nil
	Cipher  Cipher           // nil to write in the clear

	// Waiting, if not nil, is called by Lock when it begins to wait for
	// somebody else, and again when that changes.
	Waiting func(LockInfo)

	files fileSystem // for tests
}

// Store is the state of one project: in memory, and on disk in such a way that
// a crash at any instant loses nothing that Begin, Sync or Checkpoint returned
// for. Its methods may be called from many goroutines at once.
type Store struct {
	dir   string
	opts  Options
	files fileSystem

	mu        sync.Mutex
	mem       *ledger
	journal   *journalFile // nil when there is none
	seen      fingerprint
	warnings  diag.Diagnostics
	lock      lockFile // nil when not locked
	operation string   // what the lock was taken for
}

// Open reads the state in the folder dir, the journal included. A missing
// folder or file is an empty state. Nothing on disk is changed, and no lock is
// needed: what is read is a state that was current at some instant during the
// call. Errors are of type *Error.
func Open(dir string, opts Options) (*Store, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.files == nil {
		opts.files = disk{}
	}
	s := &Store{dir: dir, opts: opts, files: opts.files}
	if err := s.read(); err != nil {
		return nil, err
	}
	return s, nil
}

// read takes everything from disk.
func (s *Store) read() error {
	l, err := load(s.files, s.dir, s.opts.Cipher)
	if err != nil {
		return err
	}
	s.mem, s.journal, s.seen, s.warnings = l.mem, l.journal, l.seen, l.warnings
	if s.journal != nil {
		s.journal.synced.L = &s.mu
	}
	return nil
}

// State returns the state as it is now. It does not change any more, whatever
// is committed later: the first Commit after it copies the map of objects
// once, so do not call it between commits; Object is for that.
//
// Serial is that of the snapshot it was read from or, when something changed
// since, that of the snapshot which Checkpoint will write.
func (s *Store) State() *State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mem.share()
}

// Object returns the object under k as it is now, or nil.
func (s *Store) Object(k ObjectKey) *Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mem.cur.Objects[k]
}

// Pending returns the intents that have no result, oldest first. Only while the
// lock is held does that mean that nobody is working on them.
func (s *Store) Pending() []Intent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mem.pending()
}

// Warnings returns what the user should know of how the state was found and
// kept, in the order it came up.
func (s *Store) Warnings() diag.Diagnostics {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(diag.Diagnostics(nil), s.warnings...)
}

// Begin makes intents durable and then returns; only then may a provider be
// asked to do them. Callers at the same time share one fsync. ctx is looked
// at before anything is written, not after. An intent without a time gets the
// present one. Needs the lock.
func (s *Store) Begin(ctx context.Context, intents ...Intent) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	intents = slices.Clone(intents)
	payloads := make([][]byte, len(intents))
	for i := range intents {
		if intents[i].Time.IsZero() {
			intents[i].Time = s.opts.Now()
		}
		var err error
		if payloads[i], err = encodeIntent(intents[i]); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.mem.checkNew(intents); err != nil {
		return err
	}
	if len(intents) == 0 {
		return nil
	}
	if err := s.append(payloads); err != nil {
		return err
	}
	for _, in := range intents {
		s.mem.begin(in)
	}
	reached("intent-before-sync")
	err := s.sync(s.journal)
	reached("intent-after-sync")
	return err
}

// Commit records c and applies it. When it returns, c survives the death of
// this process; that it survives a power cut is up to the next Begin, Sync or
// Checkpoint. On an error nothing of c is recorded or applied. A Change that
// changes nothing and ends no intent is not recorded. c and what it points to
// are not to be changed afterwards. Needs the lock.
func (s *Store) Commit(c Change) error {
	payload, err := encodeChange(c)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commit(c, payload)
}

func (s *Store) commit(c Change, payload []byte) error {
	if s.lock == nil {
		return ErrNotLocked
	}
	if err := s.mem.check(c); err != nil {
		return err
	}
	if c.Intent == "" && !s.mem.changes(c) {
		return nil
	}
	reached("result-before-append")
	if err := s.append([][]byte{payload}); err != nil {
		return err
	}
	reached("result-after-append")
	s.mem.commit(c)
	return nil
}

// Replace makes the objects and outputs those of st, in one change. Lineage and
// serial stay this store's, and so do the intents under way. Needs the lock.
func (s *Store) Replace(st *State) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Change{Set: map[ObjectKey]*Object{}, Outputs: st.Outputs}
	if c.Outputs == nil {
		c.Outputs = map[string]Output{}
	}
	for k := range s.mem.cur.Objects {
		if st.Objects[k] == nil {
			c.Delete = append(c.Delete, k)
		}
	}
	for k, o := range st.Objects {
		if old := s.mem.cur.Objects[k]; old == nil || o == nil || !sameObject(old, o) {
			c.Set[k] = o
		}
	}
	payload, err := encodeChange(c)
	if err != nil {
		return err
	}
	return s.commit(c, payload)
}

// Sync makes durable whatever was committed. Needs the lock.
func (s *Store) Sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return ErrNotLocked
	}
	if s.journal == nil {
		return nil
	}
	reached("result-before-sync")
	err := s.sync(s.journal)
	reached("result-after-sync")
	return err
}

// Unlock makes durable what was committed and gives the lock back. Without a
// Checkpoint before it, the journal stays and the next Open replays it.
func (s *Store) Unlock() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return ErrNotLocked
	}
	var errs []error
	if s.journal != nil && s.journal.file != nil {
		errs = append(errs, s.sync(s.journal), s.journal.close())
	}
	errs = append(errs, s.lock.Release())
	s.lock, s.operation = nil, ""
	s.seen = fingerprint{unknown: true}
	return errors.Join(errs...)
}

// Close gives back the lock if it is held. The Store is of no use afterwards.
func (s *Store) Close() error {
	if err := s.Unlock(); err != nil && !errors.Is(err, ErrNotLocked) {
		return err
	}
	return nil
}
