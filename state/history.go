package state

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
)

// historyKept is how many snapshots of one lineage the history holds.
const historyKept = 20

// HistoryEntry is one snapshot of the past. What its file does not say, or
// cannot because of Err, is zero.
type HistoryEntry struct {
	Serial           uint64
	Path             string
	Current          bool // the state has this serial
	Time             time.Time
	Operation        string // "apply"
	Who              string
	ClockworkVersion string
	Err              error // why it could not be read
}

// copyName matches the name of a copy: serial, and the start of the lineage, so
// that states which followed each other in one folder do not mix.
var copyName = regexp.MustCompile(`^([0-9]{8,20})-([0-9A-Za-z-]{1,8})\.json$`)

func historyFile(serial uint64, lineage string) string {
	return fmt.Sprintf("%08d-%.8s.json", serial, lineage)
}

// copiesOf returns the serials that the history has of a lineage, in order.
func (s *Store) copiesOf(lineage string) ([]uint64, error) {
	names, err := s.files.ReadDir(filepath.Join(s.dir, historyName))
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	var serials []uint64
	for _, name := range names {
		m := copyName.FindStringSubmatch(name)
		if m == nil || m[2] != lineage[:min(8, len(lineage))] {
			continue
		}
		if n, err := strconv.ParseUint(m[1], 10, 64); err == nil {
			serials = append(serials, n)
		}
	}
	slices.Sort(serials)
	return serials, nil
}

// History returns the snapshots that are kept, oldest first, the current one
// included. Only the head of each file is read.
func (s *Store) History() ([]HistoryEntry, error) {
	s.mu.Lock()
	lineage, current := s.mem.cur.Lineage, s.mem.base
	s.mu.Unlock()
	serials, err := s.copiesOf(lineage)
	if err != nil {
		return nil, err
	}
	var entries []HistoryEntry
	for _, n := range serials {
		if n > current {
			continue // the copy of a snapshot that a crash kept from becoming the state
		}
		e := HistoryEntry{Serial: n, Current: n == current, Path: filepath.Join(s.dir, historyName, historyFile(n, lineage))}
		head, err := readHead(s.files, e.Path)
		e.Err, e.ClockworkVersion = err, head.ClockworkVersion
		if head.Written != nil {
			e.Time, e.Operation, e.Who = head.Written.Time, head.Written.Operation, head.Written.Who
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// ReadHistory returns the state as it was at serial.
func (s *Store) ReadHistory(serial uint64) (*State, error) {
	s.mu.Lock()
	lineage := s.mem.cur.Lineage
	s.mu.Unlock()
	path := filepath.Join(s.dir, historyName, historyFile(serial, lineage))
	data, _, err := s.files.ReadFile(path)
	if missing(err) {
		serials, err := s.copiesOf(lineage)
		if err != nil {
			return nil, err
		}
		kept := "The history is empty."
		if len(serials) > 0 {
			kept = fmt.Sprintf("It has those from %d to %d.", serials[0], serials[len(serials)-1])
		}
		return nil, diag.Errorf("No such state in the history", "The history holds no state with serial %d. %s Choose one that the history command lists.", serial, kept)
	}
	if err != nil {
		return nil, readError(path, "", err)
	}
	st, err := decode(data, s.opts.Cipher)
	if err != nil {
		return nil, readError(path, "Choose another serial.", err)
	}
	if st.Lineage != lineage || st.Serial != serial {
		return nil, readError(path, "Choose another serial.", malformed(-1, "lineage and serial are not those of its name"))
	}
	return st, nil
}

var errHeadRead = errors.New("the head was read")

// readHead reads what precedes the contents of a snapshot. Its checksum is not
// looked at, since that would take reading the whole.
func readHead(files fileSystem, path string) (snapshotHeader, error) {
	var h snapshotHeader
	f, err := files.Open(path)
	if err != nil {
		return h, err
	}
	defer f.Close()
	d := newDecoder(f)
	err = d.object(func(field string) error {
		switch field {
		case "version":
			return d.Decode(&h.Version)
		case "clockwork_version":
			return d.Decode(&h.ClockworkVersion)
		case "lineage":
			return d.Decode(&h.Lineage)
		case "serial":
			return d.Decode(&h.Serial)
		case "written":
			return d.Decode(&h.Written)
		}
		return errHeadRead
	})
	if err == errHeadRead {
		return h, nil
	}
	return h, fmt.Errorf("read %s: %w", path, cmp.Or(err, ErrMalformed))
}

// keepHistory copies the snapshot at from, which holds st, into the history. A
// power cut may tear the copy; its checksum tells.
func (s *Store) keepHistory(from string, st *State) error {
	dir := filepath.Join(s.dir, historyName)
	if _, err := s.files.Stat(dir); missing(err) {
		if err := s.files.Mkdir(dir); err != nil {
			return err
		}
	}
	to := filepath.Join(dir, historyFile(st.Serial, st.Lineage))
	if err := s.files.Copy(from, to+tempSuffix); err != nil {
		_ = s.files.Remove(to + tempSuffix) // the first error is the one to report
		return err
	}
	return s.files.Rename(to+tempSuffix, to)
}

// pruneHistory removes what is too old. That it cannot is no reason to fail.
func (s *Store) pruneHistory() {
	serials, err := s.copiesOf(s.mem.cur.Lineage)
	if err != nil {
		return
	}
	for _, n := range serials[:max(0, len(serials)-historyKept)] {
		_ = s.files.Remove(filepath.Join(s.dir, historyName, historyFile(n, s.mem.cur.Lineage)))
	}
}

// newestCopy returns the newest intact snapshot in the history, of any lineage.
func newestCopy(files fileSystem, dir string) (path string, head snapshotHeader, ok bool) {
	dir = filepath.Join(dir, historyName)
	names, err := files.ReadDir(dir)
	if err != nil {
		return "", head, false
	}
	for _, name := range names {
		if !copyName.MatchString(name) {
			continue
		}
		p := filepath.Join(dir, name)
		h, err := readHead(files, p)
		if err != nil || h.Written == nil {
			continue
		}
		if ok && cmp.Or(h.Written.Time.Compare(head.Written.Time), cmp.Compare(h.Serial, head.Serial)) < 0 {
			continue
		}
		if data, _, err := files.ReadFile(p); err == nil && checksumHolds(data) {
			path, head, ok = p, h, true
		}
	}
	return path, head, ok
}

// restoreHint says how to get the newest copy back.
func restoreHint(files fileSystem, dir string) string {
	path, h, ok := newestCopy(files, dir)
	if !ok {
		return "The history holds no copy of it. Put back the file from a backup."
	}
	return fmt.Sprintf("The newest intact copy is %s (serial %d, written %s by %s). Put it back with: cp %s %s", path, h.Serial,
		h.Written.Time.Local().Format("2006-01-02 15:04:05"), cmp.Or(h.Written.Operation, "an unknown command"),
		path, filepath.Join(dir, snapshotName))
}

// snapshotHint says what to do about a snapshot that cannot be used.
func snapshotHint(files fileSystem, dir string, err error) string {
	for _, kind := range []error{ErrEmpty, ErrNotJSON, ErrForeign, ErrTruncated, ErrChecksum, ErrMalformed} {
		if errors.Is(err, kind) {
			return restoreHint(files, dir)
		}
	}
	return ""
}

// journalHint says what to do about a journal that cannot be used.
func journalHint(files fileSystem, dir, path string, err error) string {
	const rest = "What was made or changed after that is then not in the state: look at what the next plan wants, before applying it."
	var f *formatError
	switch {
	case !errors.As(err, &f):
		return ""
	case f.kind == ErrAhead:
		hint := []string{}
		if copy, h, ok := newestCopy(files, dir); ok {
			hint = append(hint, fmt.Sprintf("If state.json should be serial %d, put it back with: cp %s %s", h.Serial, copy, filepath.Join(dir, snapshotName)))
		}
		return strings.Join(append(hint, fmt.Sprintf("To go on with state.json as it is, and give up what the journal holds, move %s away.", path)), " ")
	case (f.kind == ErrDamaged || f.kind == ErrMalformed) && f.offset > 0:
		return fmt.Sprintf("Put back the file from a backup; or keep what precedes that byte, and give up the rest, with: truncate -s %d %s\n%s", f.offset, path, rest)
	case f.kind == ErrEmpty, f.kind == ErrTruncated, f.kind == ErrForeign, f.kind == ErrDamaged, f.kind == ErrMalformed:
		return fmt.Sprintf("Put back the file from a backup; or give up what it held, and move it away. %s", rest)
	}
	return ""
}

// lostStateWarning is for a folder in which a state was, and is not any more.
func lostStateWarning(files fileSystem, dir string) diag.Diagnostics {
	path, h, ok := newestCopy(files, dir)
	if !ok {
		return nil
	}
	return diag.Warningf("The state is missing", "There is no %s, though the history holds a copy of serial %d. Clockwork starts from nothing, and "+
		"would make again whatever exists already. If that is not what you want, put the state back with: cp %s %s",
		filepath.Join(dir, snapshotName), h.Serial, path, filepath.Join(dir, snapshotName))
}
