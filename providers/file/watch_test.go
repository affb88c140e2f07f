//go:build unix

package file

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// watching collects events about paths, by which the addresses are named.
type watching struct {
	*fixture
	events chan providers.Event
}

func (f *fixture) watch(paths ...string) *watching {
	f.Helper()
	w := &watching{fixture: f, events: make(chan providers.Event, 1000)}
	req := providers.WatchRequest{Configuration: "file"}
	for _, path := range paths {
		req.Resources = append(req.Resources, providers.WatchTarget{
			Target: providers.Target{Type: fileType, Address: path},
			State:  cty.ObjectVal(map[string]cty.Value{"path": cty.StringVal(path)}),
		})
	}
	ctx, cancel := context.WithCancel(f.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.p.Watch(ctx, req, func(e providers.Event) { w.events <- e }) }()
	f.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			f.Errorf("Watch: %v", err)
		}
	})
	if e := <-w.events; e.Kind != providers.Resync {
		f.Fatalf("first comes %v", e)
	}
	return w
}

// tells wants events about exactly the paths named, and then silence.
func (w *watching) tells(after string, want ...string) {
	w.Helper()
	missing := map[string]bool{}
	for _, path := range want {
		missing[path] = true
	}
	wait := 10 * time.Second
	for {
		if len(missing) == 0 {
			wait = 4 * quiet
		}
		select {
		case e := <-w.events:
			known := false
			for _, path := range want {
				known = known || path == e.Address
			}
			if !known {
				w.Errorf("after %s it tells of %q", after, e.Address)
			}
			delete(missing, e.Address)
		case <-time.After(wait):
			if len(missing) > 0 {
				w.Errorf("after %s it does not tell of %v", after, missing)
			}
			return
		}
	}
}

func TestWatchTells(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.write("d/a", "x")
	f.write("d/b", "x")
	f.must(os.Mkdir(f.path("e"), 0o755))
	w := f.watch("d/a", "d/b", "e")
	f.write("d/other", "x")
	w.tells("something else")
	f.write("d/a", "y")
	w.tells("a write", "d/a")
	f.must(os.Chmod(f.path("d/b"), 0o600))
	w.tells("a change of mode", "d/b")
	f.must(os.Rename(f.path("d/other"), f.path("d/a")))
	w.tells("a rename over it", "d/a")
	f.must(os.Remove(f.path("d/b")))
	w.tells("a removal", "d/b")
	f.must(os.Remove(f.path("e")))
	w.tells("a removal of a directory", "e")
	f.write("d/b", "again")
	w.tells("its return", "d/b")
}

func TestWatchCoalesces(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.write("a", "x")
	w := f.watch("a")
	for range 200 {
		f.write("a", "y")
	}
	time.Sleep(3 * quiet) // the end of the burst
	if n := len(w.events); n == 0 || n > 20 {
		t.Errorf("200 writes are told %d times", n)
	}
}

func TestWatchSurvivesItsFolders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.write("p/q/r/a", "x")
	f.write("p/q/b", "x")
	w := f.watch("p/q/r/a", "p/q/b")
	f.must(os.RemoveAll(f.path("p")))
	w.tells("the removal of all", "p/q/r/a", "p/q/b")
	f.write("p/q/r/a", "x")
	w.tells("the return of one", "p/q/r/a", "p/q/b")
	f.write("p/q/r/a", "y")
	w.tells("a write after the return", "p/q/r/a")
	f.write("p/q/b", "y")
	w.tells("the return of the other", "p/q/b")

	f.must(os.Rename(f.path("p"), f.path("away")))
	w.tells("a rename far above", "p/q/r/a", "p/q/b")
	f.write("away/q/b", "z")
	w.tells("a write where it is no longer")
	f.must(os.Rename(f.path("away"), f.path("p")))
	w.tells("a rename back", "p/q/r/a", "p/q/b")
	f.write("p/q/b", "z")
	w.tells("a write where it is again", "p/q/b")
}

func TestWatchOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := f.watch("p/q/r/a")
	f.write("other/x", "x")
	w.tells("something else")
	f.write("p/q/r/a", "x")
	w.tells("its creation, folders and all", "p/q/r/a")
	f.write("p/q/r/a", "y")
	w.tells("a write", "p/q/r/a")
}

// A folder that is a link can be pointed elsewhere.
func TestWatchThroughALink(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.write("one/a", "x")
	f.write("two/a", "x")
	f.must(os.Symlink("one", f.path("current")))
	w := f.watch("current/a")
	f.write("one/a", "y")
	w.tells("a write", "current/a")
	f.must(os.Symlink("two", f.path("next")))
	f.must(os.Rename(f.path("next"), f.path("current")))
	w.tells("a new link", "current/a")
	f.write("two/a", "y")
	w.tells("a write in the new folder", "current/a")
	f.write("one/a", "z")
	w.tells("a write in the old folder")
}

// More events than are kept are told as a resync. Whoever is told of the first
// does not return until all have happened.
func TestWatchOverflow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	req := providers.WatchRequest{Configuration: "file"}
	for _, name := range []string{"a", "b", "c"} {
		f.write(name, "x")
		req.Resources = append(req.Resources, providers.WatchTarget{Target: providers.Target{Type: fileType, Address: name},
			State: cty.ObjectVal(map[string]cty.Value{"path": cty.StringVal(name)})})
	}
	told := make(chan providers.Event)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- f.p.Watch(ctx, req, func(e providers.Event) {
			select {
			case told <- e:
			case <-ctx.Done():
			}
		})
	}()
	if e := <-told; e.Kind != providers.Resync {
		t.Fatalf("first comes %v", e)
	}
	f.write("a", "y")
	time.Sleep(4 * quiet) // until it is about to be told
	for range 7000 {      // more than the system and the subscription keep together
		f.write("b", "x")
		f.must(os.Remove(f.path("b")))
	}
	for kind := ""; kind != providers.Resync; {
		select {
		case e := <-told:
			kind = e.Kind
		case <-time.After(30 * time.Second):
			t.Fatal("it does not tell that events were lost")
		}
	}
	cancel()
	f.must(<-ended)
}

func TestWatchNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.watch().tells("nothing")
	if strings.Contains(f.entries(""), "tmp") {
		t.Error("it leaves something behind")
	}
}
