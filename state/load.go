package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/clockwork-hcl/clockwork/diag"
)

// loaded is what was found on disk.
type loaded struct {
	mem      *ledger
	journal  *journalFile
	warnings diag.Diagnostics
	seen     fingerprint
}

// fingerprint tells whether the files changed since they were read.
type fingerprint struct {
	snapshot, journal fs.FileInfo // nil when missing
	unknown           bool
}

func (f fingerprint) same(o fingerprint) bool {
	return !f.unknown && !o.unknown && sameFile(f.snapshot, o.snapshot) && sameFile(f.journal, o.journal)
}

func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// look returns the fingerprint of the files as they are now.
func look(files fileSystem, dir string) fingerprint {
	var f fingerprint
	var err1, err2 error
	f.snapshot, err1 = files.Stat(filepath.Join(dir, snapshotName))
	f.journal, err2 = files.Stat(filepath.Join(dir, journalName))
	f.unknown = err1 != nil && !missing(err1) || err2 != nil && !missing(err2)
	return f
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// load reads snapshot and journal. Without the lock somebody may checkpoint
// meanwhile; as the journal is opened first, it is then at worst older than the
// snapshot. Several checkpoints in between make it too old, which reading again
// mends.
func load(files fileSystem, dir string, c Cipher) (*loaded, error) {
	for try := 1; ; try++ {
		l, err := loadOnce(files, dir, c)
		if errors.Is(err, ErrAhead) && try < 3 {
			continue
		}
		return l, err
	}
}

func loadOnce(files fileSystem, dir string, c Cipher) (*loaded, error) {
	l := &loaded{}
	journalPath := filepath.Join(dir, journalName)
	in, err := files.Open(journalPath)
	switch {
	case missing(err):
		in = nil
	case err != nil:
		return nil, readError(journalPath, "", err)
	default:
		defer in.Close()
		if l.seen.journal, err = in.Stat(); err != nil {
			return nil, readError(journalPath, "", err)
		}
	}

	snapshotPath := filepath.Join(dir, snapshotName)
	st := emptyState()
	data, info, err := files.ReadFile(snapshotPath)
	if err == nil {
		l.seen.snapshot = info
		st, err = decode(data, c)
	}
	if err != nil && !missing(err) {
		return nil, readError(snapshotPath, snapshotHint(files, dir, err), err)
	}
	if missing(err) && in == nil {
		l.warnings = lostStateWarning(files, dir)
	}
	l.mem = newLedger(st)
	if in == nil {
		return l, nil
	}
	r := replayer{l: l, cipher: c}
	end, err := readJournal(in, r.record)
	if err != nil {
		return nil, readError(journalPath, journalHint(files, dir, journalPath, err), err)
	}
	l.journal = &journalFile{path: journalPath, header: r.header, records: end.records, size: end.size, torn: end.torn}
	if end.torn {
		l.warnings = diag.Warningf("The journal ends in the middle of a record",
			"The last record in %s, at byte %d, is not whole: another command is writing it right now, or one was stopped while "+
				"it did. It was left out. The next command that takes the lock cuts it off.", journalPath, end.size)
	}
	return l, nil
}

// replayer applies the records of a journal.
type replayer struct {
	l       *loaded
	cipher  Cipher
	header  journalHeader
	applied bool // the snapshot holds the changes already; only open intents count
}

func (r *replayer) record(n uint64, payload []byte) error {
	if n > 0 && r.header.Sealed {
		var sealed []byte
		if err := json.Unmarshal(payload, &sealed); err != nil {
			return malformed(-1, "record %d is not encrypted", n)
		}
		var err error
		if payload, err = unseal(r.cipher, sealed, journalContext(r.header)); err != nil {
			return err
		}
	}
	var rec record
	if err := unmarshalStrict(payload, &rec); err != nil {
		if n == 0 {
			return r.notOurs(payload)
		}
		return malformed(-1, "record %d is wrong: %v", n, err)
	}
	switch {
	case n == 0 && rec.Journal != nil && rec.Intent == nil && rec.Change == nil:
		return r.start(*rec.Journal)
	case n == 0:
		return malformed(-1, "the first record is no header")
	case rec.Intent != nil && rec.Journal == nil && rec.Change == nil:
		return r.intent(n, *rec.Intent)
	case rec.Change != nil && rec.Journal == nil && rec.Intent == nil:
		return r.change(n, *rec.Change)
	}
	return malformed(-1, "record %d is neither an intent nor a change", n)
}

// notOurs says what a header is that could not be read.
func (r *replayer) notOurs(payload []byte) error {
	var h struct{ Journal probed }
	_ = json.Unmarshal(payload, &h) // what cannot be decoded stays zero
	if h.Journal.Version > FormatVersion {
		return h.Journal.newer()
	}
	return malformed(-1, "the header is wrong")
}

var lineagePattern = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// start checks that the journal continues the snapshot.
func (r *replayer) start(h journalHeader) error {
	r.header = h
	st := r.l.mem.cur
	switch {
	case h.Version > FormatVersion:
		return probed{Version: h.Version, ClockworkVersion: h.ClockworkVersion}.newer()
	case h.Version < 1 || !lineagePattern.MatchString(h.Lineage):
		return malformed(-1, "the header is wrong")
	case st.Lineage == "" && h.Serial == 0:
		st.Lineage = h.Lineage
		return nil
	case st.Lineage == "":
		return &formatError{kind: ErrAhead, offset: -1, reason: fmt.Sprintf("it continues serial %d, and there is no state.json", h.Serial)}
	case st.Lineage != h.Lineage:
		return &formatError{kind: ErrLineage, offset: -1, reason: fmt.Sprintf("its lineage is %s, that of the state %s", h.Lineage, st.Lineage)}
	case h.Serial == st.Serial:
		return nil
	case h.Serial+1 == st.Serial:
		// The crash came after the snapshot was renamed and before the journal was cut.
		r.applied = true
		return nil
	}
	return &formatError{kind: ErrAhead, offset: -1, reason: fmt.Sprintf("it continues serial %d, and the state has serial %d", h.Serial, st.Serial)}
}

func (r *replayer) intent(n uint64, ir intentRecord) error {
	in, err := ir.intent()
	if err == nil {
		err = r.l.mem.checkNew([]Intent{in})
	}
	if err != nil {
		return malformed(-1, "record %d is wrong: %v", n, err)
	}
	r.l.mem.begin(in)
	return nil
}

func (r *replayer) change(n uint64, cr changeRecord) error {
	c, err := cr.change()
	if err == nil {
		err = r.l.mem.check(c)
	}
	if err != nil {
		return malformed(-1, "record %d is wrong: %v", n, err)
	}
	if r.applied {
		c = Change{Intent: c.Intent}
	}
	r.l.mem.commit(c)
	return nil
}
