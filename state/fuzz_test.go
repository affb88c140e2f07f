package state

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"testing"
)

// FuzzSnapshot reads any bytes as a snapshot, as they are and with a checksum
// that fits. What is read must come back from being written.
func FuzzSnapshot(f *testing.F) {
	for _, version := range []string{"v1", now()} {
		f.Add(readAll(f, filepath.Join("testdata", version, snapshotName)), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, sum bool) {
		if sum {
			h := sha256.Sum256(data)
			data = append(bytes.Clone(data), trailer(h[:])...)
		}
		st, err := Decode(bytes.NewReader(data), nil)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Kind == nil || e.Detail == "" {
				t.Fatalf("not an error for users: %v", err)
			}
			return
		}
		var once, twice bytes.Buffer
		must(t, Encode(&once, st))
		again, err := Decode(bytes.NewReader(once.Bytes()), nil)
		must(t, err)
		must(t, Encode(&twice, again))
		equal(t, twice.String(), once.String())
		equal(t, len(again.Objects), len(st.Objects))
	})
}

// FuzzJournal opens a state with any bytes for a journal: as they are, and as
// lines that are framed well. What is replayed must survive a checkpoint.
func FuzzJournal(f *testing.F) {
	for _, version := range []string{"v1", now()} {
		f.Add(readAll(f, filepath.Join("testdata", version, journalName)), false)
	}
	var payloads []byte
	for _, line := range journalParts(f) {
		_, p, _ := parseFrame(line)
		payloads = append(append(payloads, p...), '\n')
	}
	f.Add(payloads, true)
	snapshot := readAll(f, filepath.Join("testdata", now(), snapshotName))
	f.Fuzz(func(t *testing.T, data []byte, framed bool) {
		if framed {
			lines := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
			data = nil
			for n, line := range lines {
				data = appendFrame(data, uint64(n), line)
			}
		}
		m := newMemFS()
		m.dirs[Dir] = true
		m.names[filepath.Join(Dir, snapshotName)] = &memNode{data: snapshot}
		m.names[filepath.Join(Dir, journalName)] = &memNode{data: data}
		s, err := Open(Dir, memOptions(m))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Kind == nil || e.Detail == "" {
				t.Fatalf("not an error for users: %v", err)
			}
			equal(t, string(m.names[filepath.Join(Dir, journalName)].data), string(data))
			return
		}
		want, pending := s.State(), s.Pending()
		must(t, s.Lock(context.Background(), "apply", 0))
		must(t, s.Commit(set("fuzz", "1")))
		must(t, s.Checkpoint())
		s, err = Open(Dir, memOptions(m))
		must(t, err)
		equal(t, ids(s.Pending()), ids(pending))
		if n := len(s.State().Objects); n != len(want.Objects) && n != len(want.Objects)+1 {
			t.Fatalf("%d objects of %d", n, len(want.Objects))
		}
	})
}
