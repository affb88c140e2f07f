package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHistory(t *testing.T) {
	dir := newDir(t)
	opts := testOptions()
	now := testTime()
	opts.Now = func() time.Time { now = now.Add(time.Second); return now }
	s := locked(t, dir, opts)
	for n := 1; n <= 25; n++ {
		must(t, s.Commit(set("a", fmt.Sprint(n))))
		must(t, s.Checkpoint())
	}
	entries, err := s.History()
	must(t, err)
	equal(t, len(entries), 20)
	for i, e := range entries {
		equal(t, e.Serial, uint64(6+i))
		equal(t, e.Current, e.Serial == 25)
		equal(t, e.Operation, "apply")
		equal(t, e.ClockworkVersion, "0.1.0")
		if e.Err != nil || e.Time.Before(testTime()) || i > 0 && !e.Time.After(entries[i-1].Time) {
			t.Errorf("entry %+v", e)
		}
		st, err := s.ReadHistory(e.Serial)
		must(t, err)
		equal(t, contents(st), map[string]string{"a": fmt.Sprint(e.Serial)})
	}
	equal(t, string(readAll(t, entries[19].Path)), string(readAll(t, filepath.Join(dir, snapshotName))))

	// What changed since the snapshot has no copy yet.
	must(t, s.Commit(set("a", "now")))
	entries, err = s.History()
	must(t, err)
	equal(t, entries[19].Current, true)

	if _, err := s.ReadHistory(5); err == nil || !strings.Contains(err.Error(), "from 6 to 25") {
		t.Fatalf("ReadHistory: %v", err)
	}
	must(t, os.WriteFile(entries[3].Path, []byte("{"), 0o600))
	must(t, os.WriteFile(entries[4].Path, readAll(t, entries[5].Path), 0o600))
	for i, kind := range map[int]error{3: ErrNotJSON, 4: ErrMalformed} {
		if _, err := s.ReadHistory(entries[i].Serial); err == nil || i == 4 && !errors.Is(err, kind) {
			t.Fatalf("ReadHistory of a bad copy: %v", err)
		}
	}
	entries, err = s.History()
	must(t, err)
	if entries[3].Err == nil || entries[4].Err != nil {
		t.Fatalf("%+v", entries[3:5])
	}
}

// TestHistoryOfTwoStates: a state that was removed and begun anew does not cost
// the copies of the old one, nor get mixed up with them.
func TestHistoryOfTwoStates(t *testing.T) {
	dir := newDir(t)
	fill := func(n int) *Store {
		s := locked(t, dir, testOptions())
		for i := range n {
			must(t, s.Commit(set("a", fmt.Sprint(i))))
			must(t, s.Checkpoint())
		}
		must(t, s.Close())
		return s
	}
	fill(30)
	must(t, os.Remove(filepath.Join(dir, snapshotName)))
	s := fill(3)
	entries, err := s.History()
	must(t, err)
	equal(t, len(entries), 3)
	names, err := os.ReadDir(filepath.Join(dir, historyName))
	must(t, err)
	equal(t, len(names), 23)
}

// TestNoHistoryIsNoFailure: the state is saved even where its copy cannot be.
func TestNoHistoryIsNoFailure(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	must(t, os.WriteFile(filepath.Join(dir, historyName), nil, 0o600)) // in the way of the folder
	must(t, s.Commit(set("a", "1")))
	must(t, s.Checkpoint())
	if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0].Detail, "serial 1") {
		t.Fatalf("warnings: %v", w)
	}
	must(t, s.Close())
	equal(t, contents(open(t, dir, testOptions()).State()), map[string]string{"a": "1"})
}
