package incident

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

func TestRecordAndReplay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "incidents")
	s := open(t, dir, Options{})
	at := time.Date(2026, 11, 25, 16, 50, 7, 5, time.FixedZone("", 3600))
	i, err := s.Create(about("shop"), Entry{Time: at, Message: "failed", Data: json.RawMessage(`{"b":1.50, "a":"<é>"}`)})
	must(t, err)
	if !regexp.MustCompile(`^20261125-1550-[a-z2-7]{4}$`).MatchString(i.ID) {
		t.Errorf("the id is %s", i.ID)
	}
	must(t, s.Append(i.ID, Entry{Kind: Attempted, State: StateHealing, Rung: "restart", Message: "restarting"}))
	over := story(t, s, "shop")
	want := s.Unresolved()
	if len(want) != 1 || len(want[0].Events) != 2 || want[0].State != StateHealing {
		t.Fatalf("unresolved: %+v", want)
	}
	if got := string(want[0].Events[0].Data); got != `{"a":"<é>","b":1.50}` {
		t.Errorf("the data is %s", got)
	}
	if _, _, err := Open(dir, Options{}); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("a second writer: %v", err)
	}
	must(t, s.Close())
	if err := s.Append(i.ID, Entry{Kind: Noted}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Append to a closed store: %v", err)
	}

	s = open(t, dir, Options{})
	if d := cmp.Diff(want, s.Unresolved()); d != "" {
		t.Error(d)
	}
	old, err := s.Get(over)
	must(t, err)
	var kinds []Kind
	for _, e := range old.Events {
		kinds = append(kinds, e.Kind)
	}
	if d := cmp.Diff([]Kind{Opened, Confirmed, Attempted, Healed}, kinds); d != "" || old.State != StateHealed {
		t.Error(old.State, d)
	}
	add(t, s, over, Noted, StateClosed, "looked into")
	if err := s.Append(over, Entry{Kind: Noted, State: StateHealing}); !errors.Is(err, ErrOver) {
		t.Errorf("an incident that is over goes on: %v", err)
	}
	problems, err := s.Verify(context.Background())
	if err != nil || len(problems) > 0 {
		t.Errorf("Verify: %v, %v", problems, err)
	}
	for _, path := range []string{dir, logFiles(t, dir, "shop")[0], filepath.Join(filepath.Dir(logFiles(t, dir, "shop")[0]), headName)} {
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
}

func TestListFilters(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	s := open(t, t.TempDir(), Options{Now: c.Now})
	var ids []string
	for _, project := range []string{"a", "b", "a"} {
		ids = append(ids, create(t, s, project))
		c.now = c.now.Add(time.Hour)
	}
	add(t, s, ids[0], Healed, StateHealed, "")
	for _, test := range []struct {
		filter Filter
		want   []string
	}{
		{Filter{}, []string{ids[2], ids[1], ids[0]}},
		{Filter{Limit: 2}, []string{ids[2], ids[1]}},
		{Filter{Folder: "/srv/a"}, []string{ids[2], ids[0]}},
		{Filter{Unresolved: true}, []string{ids[2], ids[1]}},
		{Filter{States: []State{StateHealed, StateClosed}}, []string{ids[0]}},
		{Filter{Target: "file.x"}, nil},
		{Filter{Since: c.now.Add(-time.Hour)}, []string{ids[2], ids[0]}},
	} {
		var got []string
		for _, i := range s.List(test.filter) {
			got = append(got, i.ID)
			if i.Events != nil {
				t.Error("List gives events")
			}
		}
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("%+v: %s", test.filter, d)
		}
	}
}

func TestRefusedEntries(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	id := create(t, s, "shop")
	big := json.RawMessage(`{"a":"` + strings.Repeat("x", MaxData) + `"}`)
	for _, e := range []Entry{
		{}, {Kind: "danced"}, {Kind: Opened}, {Kind: Noted, State: "dancing"}, {Kind: Noted, Data: json.RawMessage(`[1]`)},
		{Kind: Noted, Data: json.RawMessage(`{`)}, {Kind: Noted, Data: json.RawMessage(`{}{}`)}, {Kind: Noted, Data: json.RawMessage(`null`)},
		{Kind: Noted, Data: big},
	} {
		if err := s.Append(id, e); err == nil {
			t.Errorf("%.80v is accepted", e)
		}
	}
	if err := s.Append("20260101-0000-aaaa", Entry{Kind: Noted}); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown incident: %v", err)
	}
	if _, err := s.Get("nonsense"); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown incident: %v", err)
	}
	for _, bad := range []Subject{{}, {Project: Project{Folder: "/x"}, Target: "a.b"}, {Project: Project{Folder: "/x"}, Severity: SeverityError}} {
		if _, err := s.Create(bad, Entry{}); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
	must(t, s.Append(id, Entry{Kind: Noted, Message: strings.Repeat("ä", MaxMessage) + "\xff"}))
	i, err := s.Get(id)
	must(t, err)
	if m := i.Events[1].Message; len(m) > MaxMessage || !strings.HasSuffix(m, "ä…") {
		t.Errorf("a long message became %d bytes, ending in %q", len(m), m[len(m)-10:])
	}
}

func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	id := create(t, s, "shop")
	add(t, s, id, Noted, "", "kept")
	path := logFiles(t, dir, "shop")[0]
	whole := readLines(t, path)
	must(t, s.Close())
	encoded, _, err := encode(record{N: 4, Prev: noHash, Kind: Noted, Incident: id})
	must(t, err)
	tails := []string{strings.Repeat("\x00", 5000), "\n\n", "abc\n", strings.Repeat("x", 3*maxLine)}
	for n := 1; n < len(encoded); n += 7 {
		tails = append(tails, string(encoded[:n]))
	}
	for _, tail := range tails {
		writeLines(t, path, append(append([]string{}, whole...), tail))
		must(t, os.Remove(filepath.Join(filepath.Dir(path), headName))) // it knows of more
		r, diags, err := Open(dir, Options{ReadOnly: true})
		if err != nil || len(diags) > 0 || len(r.List(Filter{})) != 1 {
			t.Fatalf("read only: %v, %v", diags, err)
		}
		s, diags, err := Open(dir, Options{})
		must(t, err)
		if len(diags) != 1 || diags.HasErrors() || !strings.Contains(diags[0].Detail, path) {
			t.Fatalf("diagnostics: %v", diags)
		}
		if d := cmp.Diff(whole, readLines(t, path)); d != "" {
			t.Fatal(d)
		}
		add(t, s, id, Noted, "", "on")
		must(t, s.Close())
	}
}

// TestTampering: whatever somebody does to the files by hand, Verify says where,
// the store refuses to go on, and what stands before can be read.
func TestTampering(t *testing.T) {
	edit := func(from, to string) func([]string) []string {
		return func(l []string) []string {
			l[3] = strings.Replace(l[3], from, to, 1)
			return l
		}
	}
	for _, test := range []struct {
		name   string
		change func([]string) []string
		kind   error
		line   int
		entry  uint64
	}{
		{"message", edit("two", "too"), ErrTampered, 4, 4},
		{"hash", edit(`"hash":"`, `"hash":"0`), ErrTampered, 4, 4},
		{"no hash", func(l []string) []string { l[3] = "{}\n"; return l }, ErrTampered, 4, 4},
		{"half an entry", func(l []string) []string { l[3] = l[3][:50] + "\n"; return l }, ErrDamaged, 4, 4},
		{"zeros", func(l []string) []string { l[3] = strings.Repeat("\x00", len(l[3])-1) + "\n"; return l }, ErrDamaged, 4, 4},
		{"removed", func(l []string) []string { return append(l[:3], l[4:]...) }, ErrTampered, 4, 4},
		{"swapped", func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }, ErrTampered, 4, 4},
		{"twice", func(l []string) []string { l[4] = l[3]; return l }, ErrTampered, 5, 5},
		{"first removed", func(l []string) []string { return l[1:] }, ErrTampered, 1, 2},
		{"last changed", func(l []string) []string { l[5] = strings.Replace(l[5], "four", "fore", 1); return l }, ErrTampered, 6, 6},
		{"last removed", func(l []string) []string { return l[:5] }, ErrTampered, 0, 6},
		{"all removed", func(l []string) []string { return nil }, ErrDamaged, 1, 1},
		{"made anew", func(l []string) []string {
			r, _, err := decode([]byte(l[3]))
			must(t, err)
			r.Message = "forged"
			prev := ""
			for i := 3; i < len(l); i++ {
				if i > 3 {
					r, _, err = decode([]byte(l[i]))
					must(t, err)
					r.Prev = prev
				}
				line, hash, err := encode(r)
				must(t, err)
				l[i], prev = string(line), hash
			}
			return l
		}, ErrTampered, 0, 6},
		{"one made anew", func(l []string) []string {
			r, _, err := decode([]byte(l[3]))
			must(t, err)
			r.Message = "forged"
			line, _, err := encode(r)
			must(t, err)
			l[3] = string(line)
			return l
		}, ErrTampered, 5, 4},
		{"newer", func(l []string) []string {
			r, _, err := decode([]byte(l[0]))
			must(t, err)
			r.Log.Version = formatVersion + 1
			line, _, err := encode(r)
			must(t, err)
			l[0] = string(line)
			return l
		}, ErrNewer, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, Options{})
			id, other := create(t, s, "shop"), create(t, s, "other")
			for _, m := range []string{"one", "two", "three", "four"} {
				add(t, s, id, Noted, "", m)
			}
			path := logFiles(t, dir, "shop")[0]
			lines := test.change(readLines(t, path))
			writeLines(t, path, lines)
			check := func(e *Error) {
				t.Helper()
				if !errors.Is(e, test.kind) || e.Line != test.line || e.Entry != test.entry || !strings.Contains(e.Detail, filepath.Dir(path)) {
					t.Errorf("%v, line %d, entry %d: %v", e.Kind, e.Line, e.Entry, e)
				}
			}
			problems, err := s.Verify(context.Background())
			must(t, err)
			if len(problems) != 1 {
				t.Fatalf("Verify found %v", problems)
			}
			check(problems[0])
			must(t, s.Close())

			s, diags, err := Open(dir, Options{})
			must(t, err)
			defer s.Close()
			if len(diags) != 1 || !diags.HasErrors() {
				t.Fatal(diags)
			}
			if test.line > 2 {
				var e *Error
				if err := s.Append(id, Entry{Kind: Noted}); !errors.As(err, &e) {
					t.Fatalf("Append: %v", err)
				}
				check(e)
				if i, err := s.Get(id); err == nil || len(i.Events) == 0 || i.Events[0].Kind != Opened {
					t.Errorf("Get: %+v, %v", i, err)
				}
			}
			if _, err := s.Create(about("shop"), Entry{}); !errors.Is(err, test.kind) {
				t.Errorf("Create: %v", err)
			}
			writeLines(t, path, readLines(t, path)) // it is as it was
			if d := cmp.Diff(lines, readLines(t, path)); d != "" && len(lines) > 0 {
				t.Error(d)
			}
			add(t, s, other, Noted, "", "another project goes on")
		})
	}
}

func TestRotationAndPruning(t *testing.T) {
	dir := t.TempDir()
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	opts := Options{MaxFileBytes: 1500, MaxFiles: 3, Now: c.Now}
	s := open(t, dir, opts)
	first := story(t, s, "shop")
	for range 20 {
		c.now = c.now.Add(time.Hour)
		story(t, s, "shop")
	}
	if n := len(logFiles(t, dir, "shop")); n != 3 {
		t.Fatalf("%d files", n)
	}
	if _, err := s.Get(first); !errors.Is(err, ErrUnknown) {
		t.Errorf("what was pruned: %v", err)
	}
	long := create(t, s, "shop") // it holds all that follows
	for range 20 {
		story(t, s, "shop")
	}
	if n := len(logFiles(t, dir, "shop")); n < 6 {
		t.Fatalf("%d files, though an incident is under way", n)
	}
	want := s.List(Filter{})
	must(t, s.Close())
	s = open(t, dir, opts)
	if d := cmp.Diff(want, s.List(Filter{})); d != "" {
		t.Fatal(d)
	}
	for _, i := range want {
		if _, err := s.Get(i.ID); err != nil {
			t.Error(err)
		}
	}
	if problems, err := s.Verify(context.Background()); err != nil || len(problems) > 0 {
		t.Fatalf("Verify: %v, %v", problems, err)
	}
	add(t, s, long, Healed, StateHealed, "")
	for range 20 {
		story(t, s, "shop")
	}
	if n := len(logFiles(t, dir, "shop")); n > 4 {
		t.Errorf("%d files", n)
	}
	must(t, s.Close())

	c.now = c.now.Add(91 * 24 * time.Hour)
	s = open(t, dir, opts)
	if n := len(logFiles(t, dir, "shop")); n != 1 {
		t.Errorf("%d files after 91 days", n)
	}
	must(t, s.Close())
	s = open(t, dir, opts)
	if problems, err := s.Verify(context.Background()); err != nil || len(problems) > 0 {
		t.Fatalf("Verify: %v, %v", problems, err)
	}
}

// TestFilesTakenAway: a file that Clockwork did not prune is missed, wherever
// it was.
func TestFilesTakenAway(t *testing.T) {
	for which := range 3 {
		dir := t.TempDir()
		s := open(t, dir, Options{MaxFileBytes: 1500})
		for len(logFiles(t, dir, "shop")) < 3 {
			story(t, s, "shop")
		}
		must(t, os.Remove(logFiles(t, dir, "shop")[which]))
		problems, err := s.Verify(context.Background())
		if err != nil || len(problems) != 1 || !errors.Is(problems[0], ErrTampered) {
			t.Errorf("file %d: %v, %v", which, problems, err)
		}
	}
}

// TestInterruptedPruning: files may be there of which the log says already that
// they are gone.
func TestInterruptedPruning(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{MaxFileBytes: 1500})
	for len(logFiles(t, dir, "shop")) < 4 {
		story(t, s, "shop")
	}
	must(t, s.Close())
	names := logFiles(t, dir, "shop")
	saved := make([][]byte, len(names))
	for i, name := range names {
		var err error
		saved[i], err = os.ReadFile(name)
		must(t, err)
	}
	c := &clock{time.Now().Add(91 * 24 * time.Hour)}
	must(t, open(t, dir, Options{Now: c.Now}).Close())
	if n := len(logFiles(t, dir, "shop")); n != 1 {
		t.Fatalf("%d files", n)
	}
	if data, err := os.ReadFile(names[3]); err != nil || !bytes.Contains(data, []byte(`"pruned":{"through":`)) {
		t.Errorf("nothing says that files were pruned: %v", err)
	}
	for i := 2; i > 0; i-- { // a crash leaves the last of them, and what it left goes on being good
		must(t, os.WriteFile(names[i], saved[i], 0o600))
		s := open(t, dir, Options{})
		story(t, s, "shop")
		must(t, s.Close())
	}
	must(t, os.Remove(names[2]))
	if _, diags, err := Open(dir, Options{ReadOnly: true}); err != nil || !diags.HasErrors() {
		t.Errorf("a gap is not noticed: %v", err)
	}
}

func TestMendAfterFailedSync(t *testing.T) {
	dir := t.TempDir()
	var fail error
	s := open(t, dir, Options{openHandle: func(path string) (journal.Handle, error) {
		h, err := journal.OpenHandle(path)
		return flaky{h, &fail}, err
	}})
	id := create(t, s, "shop")
	fail = syscall.EIO
	for range 2 {
		if err := s.Append(id, Entry{Kind: Noted, Message: "lost or not"}); !errors.Is(err, syscall.EIO) {
			t.Fatalf("Append: %v", err)
		}
	}
	if _, err := s.Create(about("shop"), Entry{}); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Create: %v", err)
	}
	fail = nil
	add(t, s, id, Noted, "", "again")
	list := s.List(Filter{})
	for _, i := range list {
		if _, err := s.Get(i.ID); err != nil {
			t.Error(err)
		}
	}
	must(t, s.Close())
	s = open(t, dir, Options{})
	if d := cmp.Diff(list, s.List(Filter{})); d != "" {
		t.Error(d)
	}
	i, err := s.Get(id)
	must(t, err)
	if i.Events[len(i.Events)-1].Message != "again" {
		t.Errorf("%+v", i.Events)
	}
}

func TestGetAll(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	over, open, other := story(t, s, "shop"), create(t, s, "shop"), story(t, s, "blog")
	story(t, s, "shop")
	found, err := s.GetAll(over, open, other, "nonsense")
	must(t, err)
	if len(found) != 3 || len(found[over].Events) != 4 || len(found[open].Events) != 1 || len(found[other].Events) != 4 {
		t.Errorf("%+v", found)
	}
	path := logFiles(t, dir, "shop")[0]
	lines := readLines(t, path)
	lines[3] = strings.Replace(lines[3], "restart", "rollback", 1)
	writeLines(t, path, lines)
	found, err = s.GetAll(over, other)
	if !errors.Is(err, ErrTampered) || len(found[over].Events) != 2 || len(found[other].Events) != 4 {
		t.Errorf("%v %+v", err, found)
	}
}

type flaky struct {
	journal.Handle
	fail *error
}

func (f flaky) Sync() error { return errors.Join(*f.fail, f.Handle.Sync()) }

func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{MaxFileBytes: 4000, MaxFiles: 2})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for range 5 {
				id := story(t, s, fmt.Sprint(i%3))
				if _, err := s.Get(id); err != nil && !errors.Is(err, ErrUnknown) {
					t.Error(err)
				}
				s.List(Filter{Limit: 3})
				if problems, err := s.Verify(context.Background()); err != nil || len(problems) > 0 {
					t.Errorf("Verify: %v, %v", problems, err)
				}
			}
		})
	}
	wg.Wait()
	must(t, s.Close())
	s = open(t, dir, Options{})
	if n := len(s.Unresolved()); n > 0 {
		t.Errorf("%d are unresolved", n)
	}
}

// TestKill kills a process at work, again and again. All that it said it had
// appended is there, but for what was pruned.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(7, 8))
	said := map[string]int{}
	for range 12 {
		cmd, out := startChild(t, dir)
		time.AfterFunc(time.Duration(rng.IntN(150))*time.Millisecond, func() { cmd.Process.Kill() })
		recent := map[string]int{}
		for out.Scan() {
			var id string
			var n int
			if _, err := fmt.Sscan(out.Text(), &id, &n); err != nil {
				t.Fatalf("the child said %q", out.Text())
			}
			recent[id] = n
		}
		cmd.Wait()
		s, diags, err := Open(dir, Options{MaxFiles: 1000, MaxAge: time.Hour})
		must(t, err)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if problems, err := s.Verify(context.Background()); err != nil || len(problems) > 0 {
			t.Fatalf("Verify: %v, %v", problems, err)
		}
		for _, i := range s.Unresolved() {
			recent[i.ID] += 0 // for what was not said, too
		}
		for id, n := range recent {
			i, err := s.Get(id)
			if n >= 5 && errors.Is(err, ErrUnknown) {
				continue // it was over, said or not, and may be pruned
			}
			must(t, err)
			if len(i.Events) < n || n == 6 && i.State != StateHealed {
				t.Fatalf("%s has %d entries, the child appended %d", id, len(i.Events), n)
			}
			for k, e := range i.Events[1:] {
				if e.Message != fmt.Sprint(k+2) {
					t.Fatalf("%s: entry %d is %+v", id, k+2, e)
				}
			}
			// Nobody goes on with it, and it may hold no files.
			if !i.State.Over() {
				must(t, s.Append(id, Entry{Kind: Noted, State: StateClosed, Message: fmt.Sprint(len(i.Events) + 1)}))
			}
		}
		said["all"] += len(recent)
		must(t, s.Close())
	}
	if said["all"] == 0 {
		t.Fatal("the children did nothing")
	}
}
