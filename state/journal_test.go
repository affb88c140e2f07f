package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// journalParts returns the lines of the journal's fixture, newlines included.
func journalParts(t testing.TB) [][]byte {
	t.Helper()
	lines := bytes.SplitAfter(readAll(t, filepath.Join("testdata", now(), journalName)), []byte("\n"))
	return lines[:len(lines)-1]
}

// withJournal is the fixture's folder with another journal.
func withJournal(t *testing.T, data []byte) string {
	t.Helper()
	dir := fixtureDir(t, now())
	must(t, os.WriteFile(filepath.Join(dir, journalName), data, 0o600))
	return dir
}

// TestTornTail: a journal whose last record ends anywhere is one without that
// record, and goes on from there.
func TestTornTail(t *testing.T) {
	lines := journalParts(t)
	whole := bytes.Join(lines[:len(lines)-1], nil)
	last := lines[len(lines)-1]
	want := open(t, withJournal(t, whole), testOptions())
	for n := 1; n < len(last); n++ {
		dir := withJournal(t, append(bytes.Clone(whole), last[:n]...))
		before := tree(t, dir)
		s := open(t, dir, testOptions())
		sameState(t, s.State(), want.State())
		equal(t, s.Pending(), want.Pending())
		if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0].Detail, fmt.Sprintf("byte %d", len(whole))) {
			t.Fatalf("%d bytes of the last record: warnings %v", n, w)
		}
		equal(t, tree(t, dir), before)

		s = locked(t, dir, testOptions())
		if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0].Summary, "cut off") {
			t.Fatalf("%d bytes of the last record, locked: warnings %v", n, w)
		}
		must(t, s.Commit(result("intent3", "page", "late")))
		must(t, s.Close())
		s = open(t, dir, testOptions())
		equal(t, len(s.Warnings()), 0)
		equal(t, contents(s.State())["page"], "late")
		equal(t, ids(s.Pending()), []string{"intent2"})
	}
}

// TestTornZeros: what a power cut may leave is not always a part of a record.
func TestTornZeros(t *testing.T) {
	whole := bytes.Join(journalParts(t), nil)
	for _, tail := range []string{strings.Repeat("\x00", 5000), "\n", "\n\n\nabc\n", strings.TrimSuffix(string(appendFrame(nil, 7, []byte("{}"))), "\n") + "\x00\x00", strings.Repeat("\x00", 600) + "\n garbage"} {
		s := locked(t, withJournal(t, append(bytes.Clone(whole), tail...)), testOptions())
		equal(t, len(s.Warnings()), 1)
		equal(t, ids(s.Pending()), []string{"intent2"})
	}
}

// TestEveryBitOfAJournal: with any bit flipped it is refused, or it is taken
// for one with a torn last record; never is anything else read from it.
func TestEveryBitOfAJournal(t *testing.T) {
	lines := journalParts(t)
	data := bytes.Join(lines, nil)
	tail := len(data) - len(lines[len(lines)-1])
	m := newMemFS() // ten thousand files take their time on a disk
	small := emptyState()
	small.Lineage, small.Serial = fixtureState().Lineage, fixtureState().Serial
	m.names[filepath.Join(Dir, snapshotName)] = &memNode{data: encoded(t, small, nil)}
	m.names[filepath.Join(Dir, journalName)] = &memNode{data: data[:tail]}
	cut := open(t, Dir, memOptions(m))
	torn := 0
	for i := 0; i < len(data); i += slowdown {
		for bit := range 8 {
			data[i] ^= 1 << bit
			m.names[filepath.Join(Dir, journalName)] = &memNode{data: data}
			s, err := Open(Dir, memOptions(m))
			data[i] ^= 1 << bit
			switch {
			case err != nil:
				continue
			case i < tail:
				t.Fatalf("bit %d of byte %d was flipped, and nobody noticed", bit, i)
			case len(s.Warnings()) == 0:
				t.Fatalf("bit %d of byte %d: no warning", bit, i)
			}
			torn++
			sameState(t, s.State(), cut.State())
			equal(t, s.Pending(), cut.Pending())
		}
	}
	if torn == 0 {
		t.Fatal("no flip in the last record was taken for a torn tail")
	}
}

func TestRefusedJournals(t *testing.T) {
	lines := journalParts(t)
	all := bytes.Join(lines, nil)
	body := bytes.Join(lines[1:], nil)
	swap := func(i int, line string) []byte {
		l := bytes.Clone(all)
		return bytes.Replace(l, lines[i], []byte(line), 1)
	}
	again := func(i int, n uint64) string { // line i as record n
		_, payload, _ := parseFrame(lines[i])
		return string(appendFrame(nil, n, payload))
	}
	edit := func(i int, from, to string) string {
		n, payload, _ := parseFrame(lines[i])
		if !bytes.Contains(payload, []byte(from)) {
			t.Fatalf("record %d has no %s", i, from)
		}
		return string(appendFrame(nil, n, bytes.Replace(payload, []byte(from), []byte(to), 1)))
	}
	offset := func(i int) int { return len(bytes.Join(lines[:i], nil)) }

	for _, test := range []struct {
		name  string
		data  []byte
		kind  error
		words []string
	}{
		{"empty", nil, ErrEmpty, nil},
		{"torn header", lines[0][:20], ErrTruncated, nil},
		{"header only, without its end", lines[0][:len(lines[0])-1], ErrTruncated, nil},
		{"something else", []byte("hello, world\n"), ErrForeign, nil},
		{"JSON", []byte("{}\n"), ErrForeign, nil},
		{"no header", body, ErrDamaged, nil},
		{"damaged header", append([]byte("0"), all[1:]...), ErrDamaged, nil},
		{"damaged middle", swap(2, string(lines[2][:30])+"X"+string(lines[2][31:])), ErrDamaged,
			[]string{fmt.Sprintf("byte %d", offset(2)), fmt.Sprintf("truncate -s %d ", offset(2))}},
		{"lost newline", swap(5, strings.TrimSuffix(string(lines[5]), "\n")), ErrDamaged, []string{fmt.Sprintf("byte %d", offset(5))}},
		{"lost record", swap(3, ""), ErrDamaged, []string{"record 4 stands where record 3 should"}},
		{"record twice", swap(3, string(lines[3])+string(lines[3])), ErrDamaged, nil},
		{"newer", swap(0, edit(0, `"version":2`, `"version":3`)), ErrNewer, []string{"version 3"}},
		{"newer, other fields", swap(0, edit(0, `"version":2`, `"version":3,"x":1`)), ErrNewer, nil},
		{"version 0", swap(0, edit(0, `"version":2`, `"version":0`)), ErrMalformed, nil},
		{"other lineage", swap(0, edit(0, `"5f0c`, `"6f0c`)), ErrLineage, []string{"6f0c1d9e", "5f0c1d9e"}},
		{"later serial", swap(0, edit(0, `"serial":12`, `"serial":13`)), ErrAhead, []string{"continues serial 13", "has serial 12"}},
		{"much earlier serial", swap(0, edit(0, `"serial":12`, `"serial":10`)), ErrAhead, nil},
		{"no header, but an intent", append([]byte(again(1, 0)), body...), ErrMalformed, nil},
		{"two headers", swap(3, again(0, 3)), ErrMalformed, []string{fmt.Sprintf("byte %d", offset(3))}},
		{"unknown field", swap(2, edit(2, `"action"`, `"auction"`)), ErrMalformed, []string{"auction", fmt.Sprintf("truncate -s %d ", offset(2))}},
		{"result of nothing", swap(6, edit(6, "intent3", "intent9")), ErrMalformed, []string{"intent9"}},
		{"intent twice", swap(2, edit(2, "intent2", "intent1")), ErrMalformed, nil},
		{"intent without id", swap(2, edit(2, "intent2", "")), ErrMalformed, nil},
		{"key without type", swap(5, edit(5, `"type":"file",`, "")), ErrMalformed, nil},
		{"nothing in it", swap(5, string(appendFrame(nil, 5, []byte("{}")))), ErrMalformed, nil},
		{"no JSON in it", swap(5, string(appendFrame(nil, 5, []byte("{")))), ErrMalformed, nil},
		{"two values in it", swap(5, string(appendFrame(nil, 5, []byte("{} {}")))), ErrMalformed, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			refused(t, withJournal(t, test.data), test.kind, append(test.words, journalName)...)
		})
	}
}

// TestTruncateAsTold does what the diagnostic of a damaged middle says.
func TestTruncateAsTold(t *testing.T) {
	data := bytes.Join(journalParts(t), nil)
	data[bytes.Index(data, []byte("intent2"))] = 'X'
	dir := withJournal(t, data)
	e := refused(t, dir, ErrDamaged)
	must(t, os.Truncate(filepath.Join(dir, journalName), e.Offset))
	equal(t, ids(open(t, dir, testOptions()).Pending()), []string{"intent1"})
}

func TestJournalWithoutItsSnapshot(t *testing.T) {
	dir := fixtureDir(t, now())
	must(t, os.Remove(filepath.Join(dir, snapshotName)))
	refused(t, dir, ErrAhead, "there is no state.json", "move ")
}

// TestStaleJournal: a crash between the rename of the snapshot and the cut of
// the journal leaves a journal whose changes are in the snapshot already, and
// whose open intents are nowhere else.
func TestStaleJournal(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	must(t, s.Commit(set("old", "1")))
	must(t, s.Checkpoint())
	begin(t, s, create("done", "a"), create("open", "b"))
	must(t, s.Commit(result("done", "a", "1")))
	must(t, s.Commit(Change{Delete: []ObjectKey{key("old")}}))
	journal := readAll(t, filepath.Join(dir, journalName))
	must(t, s.Checkpoint())
	must(t, s.Commit(set("a", "not from the stale journal")))
	must(t, s.Commit(set("old", "back")))
	must(t, s.Checkpoint())
	// Serial 3 is on disk; make it look as if it were 2, which that journal led to.
	must(t, s.Close())
	st := s.State()
	st.Serial = 2
	must(t, os.WriteFile(filepath.Join(dir, snapshotName), encoded(t, st, nil), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, journalName), journal, 0o600))

	check := func(s *Store) {
		t.Helper()
		equal(t, contents(s.State()), map[string]string{"a": "not from the stale journal", "old": "back"})
		equal(t, s.State().Serial, uint64(2))
		equal(t, ids(s.Pending()), []string{"open"})
	}
	check(open(t, dir, testOptions()))
	s = locked(t, dir, testOptions())
	check(s)
	must(t, s.Commit(result("open", "b", "1")))
	must(t, s.Close())
	s = open(t, dir, testOptions())
	equal(t, len(s.Pending()), 0)
	equal(t, contents(s.State())["b"], "1")
}

func TestReadJournalReportsTheReader(t *testing.T) {
	want := errors.New("no more")
	in := &failingReader{data: bytes.Join(journalParts(t), nil), err: want}
	if _, err := readJournal(in, func(uint64, []byte) error { return nil }); !errors.Is(err, want) {
		t.Fatalf("readJournal: %v", err)
	}
}

type failingReader struct {
	data []byte
	err  error
}

func (r *failingReader) Read(p []byte) (int, error) {
	if len(r.data) == 0 {
		return 0, r.err
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n, nil
}
