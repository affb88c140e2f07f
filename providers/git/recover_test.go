//go:build unix

package git

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/git/gittest"
)

func (f *fixture) recover(req providers.ApplyRequest) (held, diagnostics) {
	f.Helper()
	resp, err := f.p.Recover(f.Context(), providers.RecoverRequest{
		Target: req.Target, Action: req.Action, Intent: req.Intent, Prior: req.Prior, Planned: req.Planned, Private: req.Private})
	f.must(err)
	return held{resp.State, resp.Private}, resp.Diagnostics
}

// killable is what is handed to a process that is to be killed.
type killable struct {
	Action                 providers.Action
	Intent, Dir            string
	Config, Prior, Planned json.RawMessage
	Private                []byte
}

// TestInAnotherProcess makes a change for a test that kills it.
func TestInAnotherProcess(t *testing.T) {
	data, err := os.ReadFile(os.Getenv("GITTEST_CHANGE"))
	if err != nil {
		t.Skip("it is for other tests")
	}
	f := &fixture{TB: t, p: New().(*provider)}
	var k killable
	f.must(json.Unmarshal(data, &k))
	f.dir = k.Dir
	_, err = f.p.Configure(t.Context(), providers.ConfigureRequest{
		Name: "git", Project: providers.Project{Name: "test", Dir: f.dir}, Config: cty.EmptyObjectVal})
	f.must(err)
	value := func(data json.RawMessage) cty.Value {
		v, err := ctyjson.Unmarshal(data, f.p.ty)
		f.must(err)
		return v
	}
	f.do(providers.ApplyRequest{Target: f.target(), Action: k.Action, Intent: k.Intent, Private: k.Private,
		Config: value(k.Config), Prior: value(k.Prior), Planned: value(k.Planned), Progress: func(string) {}})
}

// start makes a change in another process, and returns what kills that.
func (f *fixture) start(req providers.ApplyRequest) (kill func()) {
	f.Helper()
	text := func(v cty.Value) json.RawMessage {
		data, err := ctyjson.Marshal(v, f.p.ty)
		f.must(err)
		return data
	}
	data, err := json.Marshal(killable{req.Action, req.Intent, f.dir, text(req.Config), text(req.Prior), text(req.Planned), req.Private})
	f.must(err)
	file := filepath.Join(f.away, "change.json")
	f.must(os.WriteFile(file, data, 0o600))
	cmd := exec.CommandContext(f.Context(), os.Args[0], "-test.run=^TestInAnotherProcess$")
	cmd.Env = append(os.Environ(), "GITTEST_CHANGE="+file)
	f.must(cmd.Start())
	return func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	}
}

func (f *fixture) await(what string, is func() bool) {
	f.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			f.Fatalf("it takes too long until %s", what)
		}
	}
}

// A clone that was killed leaves nothing but what recovery removes, and git
// does not go on for long without us.
func TestKilledClone(t *testing.T) {
	f := newFixture(t)
	s := gittest.Serve(t, f.away)
	config := f.a("url", s.URL+"/up.git")
	req := f.request(providers.Create, f.none(), config)
	s.Hang()
	kill := f.start(req)
	temp := beside(f.path("c"), req.Intent)
	before := s.Requests.Load()
	f.await("the clone has begun", func() bool { return s.Requests.Load() > before })
	kill()
	s.Answer() // what git has started for the connection ends with that
	f.await("git has ended", func() bool { return processesWith(s.URL) == "" })
	if _, err := os.Stat(temp); err != nil {
		t.Fatalf("nothing was left at %s", temp)
	}
	f.write(".clockwork-other.tmp/x", "somebody else's")
	h, ds := f.recover(req)
	if ds != nil || !h.state.IsNull() || f.entries("") != ".clockwork-other.tmp" {
		t.Errorf("it finds %#v, %v, and leaves %s", h.state, ds, f.entries(""))
	}
	h = f.create(config)
	f.settled(h, config)
	// Without recovery, the same attempt once more gets past what was left.
	f.remove(h)
	f.must(os.MkdirAll(filepath.Join(temp, ".git"), 0o755))
	f.remove(f.fine(f.do(req)))
}

// Killed at any instant, a create or an update is recovered, done or undone,
// and nothing stands in the way of what is left to do.
func TestKilledAnywhere(t *testing.T) {
	f := newFixture(t)
	for i := range 400 {
		gittest.Write(t, filepath.Join(f.up.Work, "many", fmt.Sprint(i)), strings.Repeat("a", i*10))
	}
	f.up.Commit("a", "a")
	f.up.Git("checkout", "-q", "-b", "other")
	for i := range 400 {
		gittest.Write(t, filepath.Join(f.up.Work, "many", fmt.Sprint(i)), strings.Repeat("b", i*10))
	}
	for i := range 100 {
		gittest.Write(t, filepath.Join(f.up.Work, "more", fmt.Sprint(i)), "b")
	}
	f.up.Commit("a", "b")
	f.up.Push()
	main, other := f.a("ref", "main"), f.a("ref", "other")

	var made, mended, notBegun int
	for i := range 12 {
		delay := time.Duration(20+i*12) * time.Millisecond
		req := f.request(providers.Create, f.none(), main)
		kill := f.start(req)
		time.Sleep(delay)
		kill()
		h, ds := f.recover(req)
		if ds != nil {
			t.Fatal(ds)
		}
		if entries := f.entries(""); h.state.IsNull() && entries != "" || !h.state.IsNull() && entries != "c" {
			t.Fatalf("after %s it finds %#v, and there is %s", delay, h.state, entries)
		}
		if h.state.IsNull() {
			h = f.create(main)
		}
		f.settled(h, main)

		req = f.request(providers.Update, f.read(h), other)
		kill = f.start(req)
		switch {
		case i%2 == 0: // when it has begun with the working tree
			f.await("the checkout has begun", func() bool { return f.exists("c/.git/index.lock") || f.exists("c/more/0") })
		default:
			time.Sleep(delay)
		}
		kill()
		if h, ds = f.recover(req); ds != nil {
			t.Fatal(ds)
		}
		switch changes := f.changes(f.read(h), other); {
		case len(changes) == 0:
			made++
		case text(h.state, "commit") == f.up.ID("other"):
			mended++
		default:
			notBegun++
		}
		if got := f.localChanges(h); got != "" {
			t.Fatalf("after %s there are local changes: %s", delay, got)
		}
		h = f.update(h, other)
		f.at(h, f.up.ID("other"), "other")
		if got := f.git("status", "--porcelain"); got != "" {
			t.Fatalf("after %s and another update: %s", delay, got)
		}
		req = f.request(providers.Delete, h, nil)
		if i%3 == 0 { // killed when it was moved away
			f.must(os.Rename(f.path("c"), beside(f.path("c"), req.Intent)))
		}
		h, ds = f.recover(req)
		if ds != nil || h.state.IsNull() != (i%3 == 0) {
			t.Fatalf("after a delete it finds %#v, %v", h.state, ds)
		}
		if !h.state.IsNull() {
			f.remove(h)
		}
		if f.entries("") != "" {
			t.Fatalf("left is %s", f.entries(""))
		}
	}
	t.Logf("updates: %d done, %d mended, %d not begun", made, mended, notBegun)
}

// What the user changes before an interrupted update is recovered stays.
func TestMendingLosesNothing(t *testing.T) {
	f := newFixture(t)
	f.up.Git("checkout", "-q", "-b", "other")
	f.up.Commit("README.md", "other\n")
	f.up.Push()
	config := f.a("ref", "main")
	h := f.create(config)
	req := f.request(providers.Update, h, f.a("ref", "other"))
	halfway := func(content string) {
		f.write("c/README.md", content)
		f.must(note{Intent: req.Intent, Updating: true, Private: private{URL: f.up.Bare, Ref: "other",
			target: target{Full: "refs/heads/other", Commit: f.up.ID("other")}}}.write(f.path("c")))
		f.write("c/.git/index.lock", "")
	}
	halfway("mine\n")
	got, ds := f.recover(req)
	if ds != nil || f.content("c/README.md") != "mine\n" {
		t.Errorf("README.md is %q (%v)", f.content("c/README.md"), ds)
	}
	f.wrong(f.do(f.request(providers.Update, got, f.a("ref", "other"))).Diagnostics, "clean", "M README.md")

	for _, content := range []string{"other\n", "oth", ""} {
		halfway(content)
		got, ds = f.recover(req)
		if changes := f.localChanges(got); ds != nil || changes != "" {
			t.Errorf("after %q: %v, local changes are %s", content, ds, changes)
		}
		h = f.update(got, config)
		req = f.request(providers.Update, h, f.a("ref", "other"))
	}
	halfway("other\n")
	got, ds = f.recover(req)
	if ds != nil || f.exists("c/.git/index.lock") {
		t.Errorf("it says %v, or leaves the lock", ds)
	}
	if got := f.localChanges(got); got != "" {
		t.Errorf("local changes are %s", got)
	}
	h = f.update(got, f.a("ref", "other"))
	f.at(h, f.up.ID("other"), "other")

	// A lock that is not from an interrupted update is somebody's.
	f.write("c/.git/index.lock", "")
	resp := f.do(f.request(providers.Update, f.read(h), config))
	f.wrong(resp.Diagnostics, "path", "Repository is locked")
	f.must(os.Remove(f.path("c/.git/index.lock")))
	f.update(held{resp.State, resp.Private}, config)
}

func TestRecoverDoesNotTakeWhatIsForeign(t *testing.T) {
	f := newFixture(t)
	for _, adopt := range []bool{false, true} {
		config := f.a("ref", "main", "adopt", adopt)
		req := f.request(providers.Create, f.none(), config)
		gittest.Git(t, f.dir, "clone", "-q", f.up.Bare, "c")
		h, ds := f.recover(req)
		if !h.state.IsNull() || ds != nil {
			t.Errorf("it takes %#v (%v)", h.state, ds)
		}
		if adopt {
			made := f.fine(f.do(req))
			h, ds = f.recover(req)
			if ds != nil || !h.state.RawEquals(made.state) || string(h.private) != string(made.private) {
				t.Errorf("it finds %#v (%v)", h.state, ds)
			}
		}
		f.must(os.RemoveAll(f.path("c")))
	}
}
