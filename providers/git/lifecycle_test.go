//go:build unix

package git

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/git/gittest"
)

// A checkout is not removed as long as it holds what is nowhere else.
func TestDeleteLosesNothing(t *testing.T) {
	f := newFixture(t)
	for name, c := range map[string]struct {
		make  []string
		files []string
		says  string
	}{
		"changed":         {files: []string{"README.md"}, says: "M README.md"},
		"untracked":       {files: []string{"notes"}, says: "? notes"},
		"commit":          {make: []string{"commit", "-q", "--allow-empty", "-m", "x"}, says: "Local commits"},
		"detached commit": {make: []string{"commit-tree", "-m", "x", "HEAD^{tree}"}, says: "Local commits"},
		"other branch":    {make: []string{"branch", "mine"}, says: "Local commits"},
		"stash":           {files: []string{"README.md"}, make: []string{"stash"}, says: "stashes"},
	} {
		for _, depth := range []int{0, 1} {
			config := f.a("ref", "main")
			if depth > 0 {
				config = f.a("ref", "main", "depth", depth)
			}
			h := f.create(config)
			for _, file := range c.files {
				f.write("c/"+file, "mine")
			}
			if c.make != nil {
				out := f.git(c.make...)
				switch name {
				case "detached commit":
					f.git("checkout", "-q", out)
				case "other branch":
					f.git("update-ref", "refs/heads/mine", f.git("commit-tree", "-m", "x", "HEAD^{tree}"))
				}
			}
			resp := f.do(f.request(providers.Delete, h, nil))
			f.wrong(resp.Diagnostics, "clean", c.says, `clean = "discard"`)
			if !f.exists("c/.git") || resp.State.IsNull() {
				t.Fatalf("%s: the checkout is gone", name)
			}
			h = f.update(h, f.a("ref", "main", "clean", "discard"))
			f.write("c/README.md", "mine")
			f.remove(h)
		}
	}
	linked := f.create(f.a())
	f.git("worktree", "add", "-q", f.path("linked"), "origin/dev")
	f.wrong(f.do(f.request(providers.Delete, linked, nil)).Diagnostics, "path", "Work trees are linked", `"linked"`)
	f.git("worktree", "remove", f.path("linked"))
	f.remove(linked)

	// What is ignored goes, and so does what was rewritten at the remote since.
	h := f.create(f.a())
	f.write("c/ignored", "mine")
	f.up.Git("commit", "-q", "--amend", "-m", "Another")
	f.up.Push()
	f.git("fetch", "-q")
	f.remove(h)
	if f.entries("") != "" {
		t.Errorf("left is %s", f.entries(""))
	}
}

func TestURLChangesInPlace(t *testing.T) {
	f := newFixture(t)
	other := gittest.NewUpstream(t, f.away, "other")
	next := other.Commit("README.md", "other\n")
	other.Push()
	h := f.create(f.a("ref", "main"))
	f.write("c/ignored", "kept")

	// A remote that cannot be reached changes nothing.
	v, resp := f.tryPlan(f.read(h), f.a("ref", "main", "url", f.path("nowhere")))
	f.says(resp.Diagnostics, "url", "No repository at the URL")
	if resp.Diagnostics.HasErrors() {
		t.Error("it is an error")
	}
	failed := f.do(providers.ApplyRequest{Target: f.target(), Action: providers.Update, Intent: "x", Config: v, Prior: h.state,
		Planned: resp.Planned, Private: h.private, Progress: func(string) {}})
	f.wrong(failed.Diagnostics, "url", "No repository at the URL")
	if strings.Contains(failed.Diagnostics.Error(), "nowhere") {
		t.Errorf("the URL is told: %v", failed.Diagnostics)
	}
	f.settled(held{failed.State, failed.Private}, f.a("ref", "main"))

	config := f.a("ref", "main", "url", "file://"+other.Bare)
	h = f.update(h, config)
	f.at(h, next, "main")
	if f.git("config", "remote.origin.url") != "file://"+other.Bare || f.content("c/ignored") != "kept" {
		t.Error("it is not the same checkout with another remote")
	}
	f.settled(h, config)
	f.remove(h)

	// What only the old remote had does not count as pushed any more.
	for _, depth := range []int{0, 1} {
		f.up.Git("branch", "-f", "own", "dev")
		f.up.Push()
		config, elsewhere := f.a("ref", "main"), f.a("ref", "main", "url", other.Bare)
		if depth > 0 {
			config, elsewhere = f.a("ref", "main", "depth", 1), f.a("ref", "main", "url", other.Bare, "depth", 1)
		}
		h := f.create(config)
		f.git("fetch", "-q", "origin", "own:refs/remotes/origin/own")
		h = f.update(h, elsewhere)
		if got := f.git("branch", "-r", "--format=%(refname:short)"); strings.Contains(got, "own") || !strings.Contains(got, "origin/main") {
			t.Errorf("with depth %d, the remote's branches are %s", depth, got)
		}
		f.remove(h)
	}
}

func TestAdopt(t *testing.T) {
	f := newFixture(t)
	gittest.Git(t, f.dir, "clone", "-q", f.up.Bare, "c")
	f.wrong(f.do(f.request(providers.Create, f.none(), f.a("ref", "dev"))).Diagnostics, "path", "Path exists already", "adopt = true")
	f.write("c/README.md", "mine")
	config := f.a("ref", "dev", "adopt", true)
	resp := f.do(f.request(providers.Create, f.none(), config))
	f.wrong(resp.Diagnostics, "clean", "Local changes would be lost")
	if !resp.State.IsNull() {
		t.Error("it was taken over all the same")
	}
	f.git("commit", "-q", "-a", "-m", "Mine")
	f.git("remote", "set-url", "origin", "file://"+f.up.Bare)
	f.write("c/dev.txt", "mine")
	f.wrong(f.do(f.request(providers.Create, f.none(), config)).Diagnostics, "clean", "Untracked files are in the way")
	if f.git("config", "remote.origin.url") != "file://"+f.up.Bare || f.content("c/dev.txt") != "mine" || f.git("branch", "--show-current") != "main" {
		t.Error("it was touched all the same")
	}
	f.must(os.Remove(f.path("c/dev.txt")))
	h := f.create(config) // main, with its commit, stays
	f.at(h, f.up.ID("dev"), "dev")
	f.settled(h, config)
	f.wrong(f.do(f.request(providers.Delete, h, nil)).Diagnostics, "clean", "Local commits would be lost")
	f.git("push", "-q", "origin", "main")
	f.remove(h)

	f.write("c/file", "x")
	f.wrong(f.do(f.request(providers.Create, f.none(), config)).Diagnostics, "path", "Path is taken", "a directory")
	f.must(os.RemoveAll(f.path("c")))
	f.must(os.Mkdir(f.path("c"), 0o700))
	f.remove(f.create(f.a())) // an empty one is no obstacle
	f.write("c", "x")
	f.wrong(f.do(f.request(providers.Create, f.none(), config)).Diagnostics, "path", "a file")
	f.must(os.Remove(f.path("c")))
	f.remove(f.create(config))
}

// Something that comes to the path while the repository is cloned is not
// replaced.
func TestPathIsTakenMeanwhile(t *testing.T) {
	f := newFixture(t)
	req := f.request(providers.Create, f.none(), f.a("url", "file://"+f.up.Bare))
	req.Progress = func(string) { f.write("c/file", "theirs") }
	resp := f.do(req)
	f.wrong(resp.Diagnostics, "path", "Path exists already")
	if f.entries("") != "c" || f.entries("c") != "file" {
		t.Errorf("there is %s, and in it %s", f.entries(""), f.entries("c"))
	}
}

func TestImport(t *testing.T) {
	f := newFixture(t)
	load := func(id string) (held, diagnostics) {
		t.Helper()
		resp, err := f.p.Import(t.Context(), providers.ImportRequest{Target: f.target(), ID: id})
		f.must(err)
		return held{resp.State, resp.Private}, resp.Diagnostics
	}
	if h, ds := load("c"); !h.state.IsNull() || ds != nil {
		t.Errorf("it finds %#v, %v", h.state, ds)
	}
	gittest.Git(t, f.dir, "clone", "-q", f.up.Bare, "c")
	h, ds := load("c")
	if ds != nil {
		t.Fatal(ds)
	}
	f.at(h, f.up.ID("main"), "main")
	f.settled(h, f.a("ref", "main"))
	f.up.Commit("README.md", "next\n")
	f.up.Push()
	f.update(h, f.a("ref", "main"))
	f.git("checkout", "-q", "v1")
	if h, ds = load(f.path("c")); ds != nil || text(h.state, "ref") != f.up.ID("v1") {
		t.Errorf("of a tag it is %#v, %v", h.state, ds)
	}
	f.git("remote", "remove", "origin")
	_, ds = load("c")
	f.wrong(ds, "url", "No remote")
	f.write("d/x", "x")
	_, ds = load("d")
	f.wrong(ds, "path", "Not a checkout")
	_, ds = load(".clockwork/x")
	f.wrong(ds, "path", "Clockwork's own")
}

func TestPlaces(t *testing.T) {
	f := newFixture(t)
	f.must(os.Mkdir(f.path(".clockwork"), 0o755))
	f.must(os.Symlink(f.path(".clockwork"), f.path("link")))
	for path, word := range map[string]string{
		".clockwork/c": "Clockwork's own", "./x/../.clockwork": "Clockwork's own", "link/c": "Clockwork's own", "link/d/e": "Clockwork's own",
		".": "project's folder", "..": "project's folder", "/": "project's folder", "~/c": "Home folder", "a\x00b": "NUL",
	} {
		v, resp := f.tryPlan(f.none(), f.a("path", path))
		f.wrong(resp.Diagnostics, "path", word)
		planned := objects.Edit(resp.Planned)
		planned.Set("commit", cty.StringVal(f.up.ID("main")))
		made := f.do(providers.ApplyRequest{Target: f.target(), Action: providers.Create, Intent: "x", Config: v, Prior: f.none().state,
			Planned: planned.Value(), Progress: func(string) {}})
		f.wrong(made.Diagnostics, "path", word)
	}
	if f.entries(".clockwork") != "" {
		t.Errorf("in .clockwork there is %s", f.entries(".clockwork"))
	}
	for _, path := range []string{"deep/er/and deeper/c", "-x", "with space/ü", filepath.Join(t.TempDir(), "c"), "quo\"te'$x"} {
		config := f.a("path", path)
		h := f.create(config)
		f.settled(h, config)
		f.fine(f.do(f.request(providers.Delete, h, nil)))
		if _, err := os.Lstat(resolve(f.dir, path)); err == nil {
			t.Errorf("%s is still there", path)
		}
	}
	// The path of the repository may be relative, and strange, too.
	strange := "up stream\"'$(x);ü.git"
	f.must(os.Rename(f.up.Bare, f.path(strange)))
	config := f.a("url", strange)
	h := f.create(config)
	f.settled(h, config)
	f.remove(h)
}

func TestNamesInTheRepository(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"-rf", "a b", "new\nline", "ümläut", "bad\xff", "--output=x", "'", strings.Repeat("x", 200)} {
		gittest.Write(t, filepath.Join(f.up.Work, "d", name), "\x00\x01\xff"+name)
	}
	gittest.Write(t, filepath.Join(f.up.Work, "big"), strings.Repeat("0123456789abcdef", 1<<18))
	f.up.Commit("dev.txt", "x")
	f.up.Git("branch", "a/-b.c#d'e\"f")
	f.up.Push()
	config := f.a("ref", "a/-b.c#d'e\"f")
	h := f.create(config)
	f.settled(h, config)
	if f.content("c/d/new\nline") != "\x00\x01\xffnew\nline" {
		t.Error("a file is not as it was")
	}
	f.must(os.RemoveAll(f.path("c/d")))
	if n := len(strs(f.read(h).state.GetAttr("local_changes"))); n != 8 {
		t.Errorf("%d changes are seen", n)
	}
	f.remove(f.update(h, f.a("ref", "main", "clean", "discard")))
}

func TestAsserts(t *testing.T) {
	f := newFixture(t)
	config := f.a("ref", "main")
	h := f.create(config)
	is := func(outcome providers.Outcome, assert string, config attrs, words string) {
		t.Helper()
		resp := f.check(h, assert, config)
		if resp.Outcome != outcome || !strings.Contains(resp.Message, words) {
			t.Errorf("it says %s: %s %v", resp.Outcome, resp.Message, resp.Diagnostics)
		}
	}
	remote, v1 := attrs{"remote": cty.True}, attrs{"ref": cty.StringVal("v1")}
	main := f.up.ID("main")[:10]
	is(providers.Pass, assertAtRef, nil, "it is at "+main+" on main")
	is(providers.Pass, assertAtRef, remote, "as the remote is")
	is(providers.Pass, assertAtRef, attrs{"ref": cty.StringVal("main")}, "")
	is(providers.Pass, assertAtRef, attrs{"ref": cty.StringVal(f.up.ID("main")), "remote": cty.True}, "cannot move")
	is(providers.Fail, assertAtRef, v1, "not at "+f.up.ID("v1")[:10]+" (v1)")
	is(providers.Fail, assertAtRef, attrs{"ref": cty.StringVal("nothing")}, "does not know nothing")
	is(providers.Pass, assertClean, nil, "no local changes")

	f.write("c/new", "x")
	is(providers.Fail, assertClean, nil, "it has a local change: ? new")
	is(providers.Pass, assertClean, attrs{"untracked": cty.False}, "")
	f.write("c/README.md", "x")
	is(providers.Fail, assertClean, nil, "it has 2 local changes, such as M README.md")
	is(providers.Pass, assertAtRef, nil, "")
	if d := f.diagnose(h); d.Summary != "It has local changes." || d.Facts["local_changes"] != "2" || d.Facts["remote"] != "reachable" {
		t.Errorf("the diagnosis is %v", d)
	}
	f.git("checkout", "-q", "-f", "--detach")
	is(providers.Fail, assertAtRef, nil, "not on main")
	f.git("checkout", "-q", "main")

	f.up.Commit("README.md", "next")
	f.up.Push()
	is(providers.Pass, assertAtRef, nil, "")
	is(providers.Fail, assertAtRef, remote, "but the remote is at "+f.up.ID("main")[:10])
	if d := f.diagnose(h); d.Facts["remote_commit"] != f.up.ID("main") || d.Facts["commit"] == f.up.ID("main") {
		t.Errorf("the diagnosis is %v", d)
	}
	f.must(os.Rename(f.up.Bare, f.up.Bare+".gone"))
	is(providers.Pass, assertAtRef, nil, "")
	is(providers.Unknown, assertAtRef, remote, "no repository at the URL")
	d := f.diagnose(h)
	if d.Facts["remote"] != "unreachable" || strings.Contains(d.Facts["remote_failure"], f.up.Bare) {
		t.Errorf("the diagnosis is %v", d)
	}
	f.must(os.RemoveAll(f.path("c")))
	if d := f.diagnose(h); d.Summary != "It does not exist." {
		t.Errorf("the diagnosis is %v", d)
	}
}

func TestSubmodules(t *testing.T) {
	f := newFixture(t)
	lib := gittest.NewUpstream(t, f.away, "lib")
	f.up.Git("submodule", "--quiet", "add", "../lib.git", "lib")
	f.up.Git("commit", "-q", "-m", "Add lib")
	f.up.Push()

	h := f.create(f.a())
	if f.exists("c/lib/README.md") {
		t.Error("a submodule was checked out unasked")
	}
	f.settled(h, f.a())
	config := f.a("submodules", true)
	h = f.update(h, config)
	if f.content("c/lib/README.md") != "two\n" {
		t.Error("the submodule is not checked out")
	}
	f.settled(h, config)

	lib.Commit("README.md", "three\n")
	lib.Push()
	gittest.Git(t, f.up.Work+"/lib", "pull", "-q", "origin", "main")
	f.up.Commit("README.md", "with another lib")
	f.up.Push()
	h = f.update(h, config)
	if f.content("c/lib/README.md") != "three\n" {
		t.Error("the submodule did not follow")
	}

	f.write("c/lib/README.md", "mine")
	if got := f.localChanges(h); got != "M lib" {
		t.Errorf("local changes are %s", got)
	}
	f.wrong(f.do(f.request(providers.Update, f.read(h), config)).Diagnostics, "clean", "M lib")
	f.wrong(f.do(f.request(providers.Delete, f.read(h), nil)).Diagnostics, "clean", "M lib")
	f.write("c/lib/new", "mine")
	h = f.update(h, f.a("submodules", true, "clean", "discard"))
	if f.content("c/lib/README.md") != "three\n" || f.exists("c/lib/new") {
		t.Error("the submodule is not as it should be")
	}
	f.git("submodule", "--quiet", "deinit", "-f", "lib")
	if got := f.localChanges(h); got != "- lib" {
		t.Errorf("local changes are %s", got)
	}
	h = f.update(h, config)
	f.remove(h)
	f.remove(f.create(f.a("submodules", true, "depth", 1)))
}
