package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestOpenOfNothing(t *testing.T) {
	dir := newDir(t)
	s := open(t, dir, testOptions())
	equal(t, s.State(), emptyState())
	equal(t, len(s.Pending()), 0)
	equal(t, len(s.Warnings()), 0)
	entries, err := s.History()
	must(t, err)
	equal(t, len(entries), 0)
	if _, err := os.Stat(dir); !missing(err) {
		t.Fatalf("Open made something: %v", err)
	}
}

func TestLife(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	begin(t, s, create("1", "a"), create("2", "b"))
	must(t, s.Commit(result("1", "a", "x")))
	must(t, s.Commit(Change{Intent: "2", Outputs: map[string]Output{"url": {Value: []byte(`"u"`), Type: []byte(`"string"`)}}}))
	equal(t, s.State().Serial, uint64(1))

	// Another reader sees it already, from the journal.
	sameState(t, open(t, dir, testOptions()).State(), s.State())

	must(t, s.Checkpoint())
	must(t, s.Close())
	got := open(t, dir, testOptions()).State()
	sameState(t, got, s.State())
	equal(t, contents(got), map[string]string{"a": "x"})
	equal(t, got.Serial, uint64(1))
	equal(t, got.ClockworkVersion, "0.1.0")
	if got.Lineage == "" {
		t.Fatal("no lineage")
	}
	if _, err := os.Stat(filepath.Join(dir, journalName)); !missing(err) {
		t.Fatalf("the journal is still there: %v", err)
	}

	s = locked(t, dir, testOptions())
	must(t, s.Commit(Change{Delete: []ObjectKey{key("a")}, Set: map[ObjectKey]*Object{key("c"): object("y")}}))
	must(t, s.Checkpoint())
	equal(t, s.State().Lineage, got.Lineage)
	equal(t, s.State().Serial, uint64(2))
	equal(t, contents(s.State()), map[string]string{"c": "y"})
	equal(t, contents(got), map[string]string{"a": "x"})
}

// TestNothingChangedWritesNothing: neither a file nor its time changes.
func TestNothingChangedWritesNothing(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	out := map[string]Output{"x": {Value: []byte("1"), Type: []byte(`"number"`)}}
	must(t, s.Commit(Change{Set: set("a", "x").Set, Outputs: out}))
	must(t, s.Checkpoint())
	must(t, s.Close())
	before := tree(t, dir)

	opts := testOptions()
	writes := &countingFiles{fileSystem: disk{}}
	opts.files = writes
	s = locked(t, dir, opts)
	must(t, s.Commit(set("a", "x")))
	must(t, s.Commit(Change{Delete: []ObjectKey{key("not there")}, Outputs: out}))
	must(t, s.Commit(Change{Delete: []ObjectKey{key("a")}, Set: set("a", "x").Set}))
	must(t, s.Replace(s.State()))
	must(t, s.Sync())
	must(t, s.Checkpoint())
	must(t, s.Close())
	equal(t, writes.n, 0)
	equal(t, tree(t, dir), before)
}

// countingFiles counts what is made to be written to, renamed or removed.
type countingFiles struct {
	fileSystem
	n int
}

func (c *countingFiles) Create(path string) (writeFile, error) {
	c.n++
	return c.fileSystem.Create(path)
}
func (c *countingFiles) OpenWrite(path string) (writeFile, error) {
	c.n++
	return c.fileSystem.OpenWrite(path)
}
func (c *countingFiles) Copy(from, to string) error   { c.n++; return c.fileSystem.Copy(from, to) }
func (c *countingFiles) Rename(from, to string) error { c.n++; return c.fileSystem.Rename(from, to) }
func (c *countingFiles) Remove(path string) error     { c.n++; return c.fileSystem.Remove(path) }

// TestFailedStep: an intent that came to nothing leaves no trace in the state.
func TestFailedStep(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	must(t, s.Commit(set("a", "x")))
	must(t, s.Checkpoint())
	begin(t, s, create("1", "b"))
	must(t, s.Commit(Change{Intent: "1"}))
	must(t, s.Checkpoint())
	equal(t, s.State().Serial, uint64(1))
	equal(t, len(s.Pending()), 0)
	if _, err := os.Stat(filepath.Join(dir, journalName)); !missing(err) {
		t.Fatalf("the journal is still there: %v", err)
	}
}

// TestStateIsImmutable: what State returned is not changed by what comes
// after, and copying happens once, not with every commit.
func TestStateIsImmutable(t *testing.T) {
	s := locked(t, newDir(t), testOptions())
	must(t, s.Commit(set("a", "1")))
	first := s.State()
	must(t, s.Commit(set("a", "2")))
	must(t, s.Commit(Change{Set: set("b", "2").Set, Outputs: map[string]Output{"x": {Value: []byte("1"), Type: []byte(`"number"`)}}}))
	equal(t, contents(first), map[string]string{"a": "1"})
	equal(t, len(first.Outputs), 0)
	equal(t, contents(s.State()), map[string]string{"a": "2", "b": "2"})
	before := s.State()
	if s.State() != before {
		t.Error("State copied though nothing changed")
	}
	must(t, s.Checkpoint())
	equal(t, before.Serial, uint64(1))
	must(t, s.Commit(set("c", "3")))
	equal(t, before.Serial, uint64(1))
	equal(t, s.State().Serial, uint64(2))
	equal(t, string(s.Object(key("c")).Attributes), `{"content":"3"}`)
	if s.Object(key("none")) != nil {
		t.Error("an object from nowhere")
	}
}

func TestCommitDoesNotCopyTheState(t *testing.T) {
	s := locked(t, newDir(t), testOptions())
	must(t, s.Replace(bigState(20_000)))
	s.State()
	must(t, s.Commit(set("first", "pays for the copy")))
	n := 0
	perCommit := testing.AllocsPerRun(50, func() {
		n++
		must(t, s.Commit(set(fmt.Sprint("x", n), "1")))
	})
	if perCommit > 100 {
		t.Fatalf("%v allocations a commit", perCommit)
	}
}

// TestPendingSurvivesCheckpoints, with a new process each time and without.
func TestPendingSurvivesCheckpoints(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	begin(t, s, create("1", "a"), create("2", "b"), create("3", "c"))
	want := s.Pending()
	for range 3 {
		must(t, s.Checkpoint())
		equal(t, s.Pending(), want)
		must(t, s.Close())
		s = locked(t, dir, testOptions())
		equal(t, s.Pending(), want)
	}
	must(t, s.Commit(result("2", "b", "x")))
	must(t, s.Checkpoint())
	begin(t, s, create("4", "d"))
	must(t, s.Checkpoint())
	must(t, s.Close())
	s = locked(t, dir, testOptions())
	equal(t, ids(s.Pending()), []string{"1", "3", "4"})
	equal(t, contents(s.State()), map[string]string{"b": "x"})
	equal(t, s.State().Serial, uint64(1))
	for _, id := range []string{"4", "1", "3"} {
		must(t, s.Commit(Change{Intent: id}))
	}
	must(t, s.Checkpoint())
	equal(t, len(s.Pending()), 0)
}

// TestRecoveryTakesASerial: what a crash left is made a snapshot of its own
// under the lock, so that a plan made before the crash is stale and one made
// after it is not, until something else changes.
func TestRecoveryTakesASerial(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	must(t, s.Commit(set("a", "1")))
	must(t, s.Checkpoint())
	must(t, s.Commit(set("a", "2")))
	must(t, s.Unlock()) // as after a crash: no checkpoint

	s = open(t, dir, testOptions())
	equal(t, s.State().Serial, uint64(2))
	must(t, s.Lock(context.Background(), "plan", 0))
	equal(t, s.State().Serial, uint64(2))
	must(t, s.Close())
	s = locked(t, dir, testOptions())
	equal(t, s.State().Serial, uint64(2))
	must(t, s.Commit(set("a", "3")))
	equal(t, s.State().Serial, uint64(3))
}

func TestReplace(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	must(t, s.Commit(Change{Set: map[ObjectKey]*Object{key("same"): object("1"), key("other"): object("1"), key("gone"): object("1")},
		Outputs: map[string]Output{"x": {Value: []byte("1"), Type: []byte(`"number"`)}}}))
	must(t, s.Checkpoint())
	old := s.State()
	must(t, s.Commit(Change{Delete: []ObjectKey{key("gone")}, Set: map[ObjectKey]*Object{key("other"): object("2"), key("new"): object("2")}, Outputs: map[string]Output{}}))
	must(t, s.Checkpoint())
	begin(t, s, create("1", "x"))

	past, err := s.ReadHistory(1)
	must(t, err)
	must(t, s.Replace(past))
	must(t, s.Close())
	s = open(t, dir, testOptions())
	want := *old
	want.Serial = 3
	sameState(t, s.State(), &want)
	equal(t, ids(s.Pending()), []string{"1"})

	s = locked(t, dir, testOptions())
	must(t, s.Replace(&State{}))
	equal(t, len(s.State().Objects), 0)
	equal(t, len(s.State().Outputs), 0)
}

func TestMisuse(t *testing.T) {
	dir := newDir(t)
	s := open(t, dir, testOptions())
	ctx := context.Background()
	for name, err := range map[string]error{
		"Begin": s.Begin(ctx, create("1", "a")), "Commit": s.Commit(set("a", "x")), "Sync": s.Sync(), "Checkpoint": s.Checkpoint(),
		"Unlock": s.Unlock(), "Replace": s.Replace(bigState(1)),
	} {
		if !errors.Is(err, ErrNotLocked) {
			t.Errorf("%s without the lock: %v", name, err)
		}
	}
	must(t, s.Lock(ctx, "apply", 0))
	begin(t, s)
	begin(t, s, create("1", "a"))
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for name, err := range map[string]error{
		"intent again":    s.Begin(ctx, create("1", "b")),
		"intent twice":    s.Begin(ctx, create("2", "b"), create("2", "c")),
		"intent, no id":   s.Begin(ctx, Intent{Key: key("b")}),
		"intent, no key":  s.Begin(ctx, Intent{ID: "3"}),
		"intent, no JSON": s.Begin(ctx, Intent{ID: "3", Key: key("b"), Planned: []byte("{")}),
		"cancelled":       s.Begin(cancelled, create("3", "b")),
		"unknown intent":  s.Commit(Change{Intent: "9"}),
		"set to nil":      s.Commit(Change{Set: map[ObjectKey]*Object{key("a"): nil}}),
		"no JSON":         s.Commit(Change{Set: map[ObjectKey]*Object{key("a"): {Attributes: []byte("nonsense")}}}),
		"no key":          s.Commit(Change{Delete: []ObjectKey{{}}}),
		"lock again":      s.Lock(ctx, "apply", 0),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	equal(t, ids(s.Pending()), []string{"1"})
	must(t, s.Commit(result("1", "a", "x")))
	must(t, s.Close())
	must(t, s.Close())
	equal(t, contents(open(t, dir, testOptions()).State()), map[string]string{"a": "x"})
}

func TestIntentGetsATime(t *testing.T) {
	s := locked(t, newDir(t), testOptions())
	in := create("1", "a")
	in.Time = time.Time{}
	begin(t, s, in)
	equal(t, s.Pending()[0].Time, testTime())
}

// TestReopenAfterSomebodyElse: a Store that was opened before others changed
// the state sees their changes once it has the lock.
func TestReopenAfterSomebodyElse(t *testing.T) {
	dir := newDir(t)
	early := open(t, dir, testOptions())
	s := locked(t, dir, testOptions())
	must(t, s.Commit(set("a", "1")))
	must(t, s.Unlock())
	must(t, early.Lock(context.Background(), "apply", 0))
	equal(t, contents(early.State()), map[string]string{"a": "1"})
	must(t, early.Commit(set("b", "1")))
	must(t, early.Checkpoint())
	must(t, early.Unlock())
	must(t, s.Lock(context.Background(), "apply", 0))
	equal(t, contents(s.State()), map[string]string{"a": "1", "b": "1"})
}

func TestIDs(t *testing.T) {
	a, b := NewIntentID(), NewIntentID()
	if a == b || len(a) != 20 {
		t.Fatalf("%q, %q", a, b)
	}
	if l := newLineage(); !lineagePattern.MatchString(l) || len(l) != 36 {
		t.Fatalf("lineage %q", l)
	}
}
