//go:build unix

package git

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/git/gittest"
)

func (f *fixture) localChanges(h held) string {
	return strings.Join(strs(f.read(h).state.GetAttr("local_changes")), ", ")
}

// With clean = "error", nothing that was made by hand is lost.
func TestLocalChangesAreKept(t *testing.T) {
	f := newFixture(t)
	config := f.a("ref", "main")
	h := f.create(config)

	f.write("c/new.txt", "mine")
	f.write("c/ignored", "mine")
	f.settled(h, config) // neither is in the way
	f.write("c/README.md", "mine")
	if got := f.localChanges(h); got != "M README.md" {
		t.Errorf("local changes are %s", got)
	}
	_, plan := f.tryPlan(f.read(h), config)
	f.says(plan.Diagnostics, "clean", "Local changes will stop the apply", "M README.md")
	resp := f.do(f.request(providers.Update, f.read(h), config))
	f.wrong(resp.Diagnostics, "clean", "Local changes would be lost", `"M README.md"`, `clean = "discard"`)
	if f.content("c/README.md") != "mine" || !resp.State.RawEquals(f.read(h).state) {
		t.Errorf("README.md is %q, the state %#v", f.content("c/README.md"), resp.State)
	}
	f.git("checkout", "README.md")

	// dev has a file that is untracked here.
	f.write("c/dev.txt", "mine")
	resp = f.do(f.request(providers.Update, f.read(h), f.a("ref", "dev")))
	f.wrong(resp.Diagnostics, "clean", "Untracked files are in the way")
	if f.content("c/dev.txt") != "mine" || text(resp.State, "branch") != "main" {
		t.Error("the file or the branch has changed")
	}
	f.must(os.Remove(f.path("c/dev.txt")))
	gittest.Write(t, f.path("c/.git/info/exclude"), "dev.txt\n") // one that is ignored is no less somebody's
	f.write("c/dev.txt", "mine")
	f.wrong(f.do(f.request(providers.Update, f.read(h), f.a("ref", "dev"))).Diagnostics, "clean", "Untracked files are in the way")
	f.must(os.Remove(f.path("c/dev.txt")))
	f.update(h, f.a("ref", "dev"))
	if f.content("c/new.txt") != "mine" || f.content("c/ignored") != "mine" {
		t.Error("what was in nobody's way is lost")
	}
}

func TestLocalChangesAreDiscarded(t *testing.T) {
	f := newFixture(t)
	config := f.a("ref", "main", "clean", "discard")
	h := f.create(config)
	f.write("c/README.md", "mine")
	f.write("c/ignored", "mine")
	f.write("c/a name with spaces", "mine")
	f.write("c/sub/b", "mine")
	f.write("c/bad\xffname\n", "mine")
	f.must(os.Remove(f.path("c/.gitignore")))
	gittest.Write(t, f.path("c/.git/info/exclude"), "ignored\n")
	gittest.Git(t, f.dir, "clone", "-q", f.up.Bare, f.path("c/nested"))
	want := `D .gitignore, M README.md, ? a name with spaces, ? "bad\xffname\n", ? nested/, ? sub/`
	if got := f.localChanges(h); got != want {
		t.Errorf("local changes are %s", got)
	}
	h = f.update(h, config)
	if got := f.entries("c"); got != ".git .gitignore README.md ignored" {
		t.Errorf("left is %s", got)
	}
	f.git("commit", "-q", "--allow-empty", "-m", "Mine")
	f.git("merge", "-q", "--no-commit", "-s", "ours", "--allow-unrelated-histories", "origin/dev")
	h = f.update(h, config)
	f.at(h, f.up.ID("main"), "main")
	for i := range 100 {
		f.write("c/many/"+strings.Repeat("x", i+1)+"/file", "")
		f.write(strings.Repeat("y", i+1)+".txt", "")
		f.write("c/"+strings.Repeat("y", i+1)+".txt", "")
	}
	if n := len(strs(f.read(h).state.GetAttr("local_changes"))); n != maxChanges+1 {
		t.Errorf("%d changes are kept", n)
	}
	f.update(h, config)
}

// Commits that only the checkout has are not lost either.
func TestLocalCommits(t *testing.T) {
	f := newFixture(t)
	config := f.a("ref", "main")
	h := f.create(config)
	f.write("c/README.md", "mine")
	f.git("commit", "-q", "-a", "-m", "Mine")
	mine := f.git("rev-parse", "HEAD")
	refused := func(config attrs) {
		t.Helper()
		resp := f.do(f.request(providers.Update, f.read(h), config))
		f.wrong(resp.Diagnostics, "clean", "Local commits would be lost", mine[:7])
		if f.git("rev-parse", "HEAD") != mine {
			t.Error("HEAD has moved")
		}
	}
	refused(config)
	f.git("checkout", "-q", "--detach")
	refused(config)
	f.git("branch", "-f", "main", "origin/main")
	refused(f.a("ref", "v1"))
	f.git("checkout", "-q", "-B", "main")

	// A branch of another name keeps them.
	f.git("branch", "-M", "main", "mine")
	h = f.update(h, config)
	f.at(h, f.up.ID("main"), "main")

	// So does the remote, once they are pushed.
	f.git("checkout", "-q", "mine")
	f.git("push", "-q", "origin", "mine:main")
	h = f.update(h, config)
	f.at(h, mine, "main")
	f.git("branch", "-D", "mine")

	f.git("commit", "-q", "--allow-empty", "-m", "More")
	h = f.update(h, f.a("ref", "main", "clean", "discard"))
	f.at(h, mine, "main")
}

// Every way of checking out something else by hand is seen and healed.
func TestHeadIsMoved(t *testing.T) {
	f := newFixture(t)
	config := f.a("ref", "main")
	h := f.create(config)
	for _, by := range [][]string{
		{"checkout", "-q", "--detach"}, {"checkout", "-q", "--detach", "HEAD~1"}, {"checkout", "-q", "-b", "other"},
		{"checkout", "-q", "-b", "dev", "origin/dev"}, {"reset", "-q", "--hard", "HEAD~1"}, {"remote", "set-url", "origin", "/elsewhere"},
		{"remote", "remove", "origin"}, {"branch", "-m", "main", "renamed"}, {"checkout", "-q", "--orphan", "unborn"},
	} {
		f.git(by...)
		now := f.read(h)
		if len(f.changes(now, config)) == 0 {
			t.Errorf("%v: the plan shows no change", by)
			continue
		}
		if by[2] == "--orphan" { // its index is full of changes that are not lost
			f.git("reset", "-q", "--hard")
		}
		h = f.update(now, config)
		f.at(h, f.up.ID("main"), "main")
	}
}

func TestPasswordSetByHandIsNotShown(t *testing.T) {
	f := newFixture(t)
	h := f.create(f.a())
	f.git("remote", "set-url", "origin", "https://ada:sesame@example.com/x.git")
	if url := text(f.read(h).state, "url"); url != "https://example.com/x.git" {
		t.Errorf("the url is read as %s", url)
	}
	f.git("remote", "set-url", "origin", "ext::sh -c 'touch hacked'")
	resp := f.diagnose(f.read(h))
	if resp.Summary == "" || f.exists("hacked") || f.exists("c/hacked") {
		t.Errorf("diagnosis: %v", resp)
	}
}

// The path is no longer a checkout: it counts as gone, and is not touched.
func TestNoLongerACheckout(t *testing.T) {
	f := newFixture(t)
	config := f.a()
	for what, spoil := range map[string]func(){
		"a directory": func() { f.must(os.RemoveAll(f.path("c/.git"))) },
		"a file":      func() { f.must(os.RemoveAll(f.path("c"))); f.write("c", "x") },
		"a symbolic link": func() {
			f.must(os.RemoveAll(f.path("c")))
			f.must(os.Symlink(f.up.Work, f.path("c")))
		},
		"a linked work tree": func() {
			f.must(os.RemoveAll(f.path("c")))
			f.up.Git("worktree", "add", "-f", "-q", f.path("c"), "dev")
		},
	} {
		h := f.create(config)
		spoil()
		read, err := f.p.Read(t.Context(), providers.ReadRequest{Target: f.target(), State: h.state, Private: h.private})
		f.must(err)
		f.says(read.Diagnostics, "path", "No longer a checkout", what)
		if !read.State.IsNull() {
			t.Errorf("%s: it is read as something", what)
		}
		for _, action := range []providers.Action{providers.Create, providers.Update} {
			was := f.none()
			if action == providers.Update {
				was = h
			}
			resp := f.do(f.request(action, was, f.a("adopt", true)))
			f.wrong(resp.Diagnostics, "path", "Path is taken", what)
		}
		if resp := f.check(h, assertClean, nil); resp.Outcome != providers.Fail {
			t.Errorf("%s: the assert says %s", what, resp.Outcome)
		}
		gone := f.do(f.request(providers.Delete, h, nil))
		f.says(gone.Diagnostics, "path", "Left in place", what)
		if !gone.State.IsNull() || !f.exists("c") {
			t.Errorf("%s: it was not left in place", what)
		}
		f.must(os.RemoveAll(f.path("c")))
	}
}

// A damaged repository is neither gone nor touched.
func TestDamagedCheckout(t *testing.T) {
	f := newFixture(t)
	h := f.create(f.a())
	f.must(os.Remove(f.path("c/.git/HEAD")))
	read, err := f.p.Read(t.Context(), providers.ReadRequest{Target: f.target(), State: h.state, Private: h.private})
	f.must(err)
	f.wrong(read.Diagnostics, "path", "Checkout is damaged")
	if read.State.IsNull() {
		t.Error("it is read as gone")
	}
	for _, req := range []providers.ApplyRequest{f.request(providers.Update, h, f.a("ref", "dev")), f.request(providers.Delete, h, nil)} {
		f.wrong(f.do(req).Diagnostics, "path", "Checkout is damaged")
	}
	if resp := f.check(h, assertAtRef, nil); resp.Outcome != providers.Unknown {
		t.Errorf("the assert says %s", resp.Outcome)
	}
	if d := f.diagnose(h); d.Summary != "Checkout is damaged." {
		t.Errorf("the diagnosis is %v", d)
	}
	gittest.Write(t, f.path("c/.git/HEAD"), "ref: refs/heads/main\n")
	f.must(os.RemoveAll(f.path("c/.git/objects")))
	f.must(os.Mkdir(f.path("c/.git/objects"), 0o755))
	read, err = f.p.Read(t.Context(), providers.ReadRequest{Target: f.target(), State: h.state, Private: h.private})
	f.must(err)
	f.wrong(read.Diagnostics, "path", "Git failed")
}

// Line ends that git converts make a fresh checkout look changed.
func TestFreshCheckoutIsNotClean(t *testing.T) {
	f := newFixture(t)
	f.up.Git("config", "core.autocrlf", "false")
	gittest.Write(t, f.up.Work+"/.gitattributes", "")
	f.up.Commit("crlf.txt", "one\r\ntwo\r\n")
	gittest.Write(t, f.up.Work+"/.gitattributes", "*.txt text eol=lf\n")
	f.up.Git("add", ".gitattributes")
	f.up.Git("commit", "-q", "-m", "Normalise")
	f.up.Push()
	for _, clean := range []string{"error", "discard"} {
		config := f.a("clean", clean)
		h := f.create(config)
		// Whether git has seen it yet depends on how quick it was.
		later := time.Now().Add(time.Hour)
		f.must(os.Chtimes(f.path("c/crlf.txt"), later, later))
		if got := f.git("status", "--porcelain"); got != "M crlf.txt" {
			t.Fatalf("git sees %q", got)
		}
		if p := readPrivate(h.private); len(p.Unclean) == 0 {
			t.Log("git had not seen it when it was applied")
			p.Unclean = []string{"M crlf.txt"}
			h.private = p.bytes()
		}
		f.settled(h, config)
		gittest.Write(t, f.up.Work+"/README.md", clean)
		f.up.Git("commit", "-q", "-m", clean, "README.md")
		f.up.Push()
		h = f.update(h, config)
		if clean == "error" {
			f.write("c/dev.txt", "mine")
			f.wrong(f.do(f.request(providers.Update, f.read(h), f.a("ref", "dev"))).Diagnostics, "clean", "Untracked files are in the way", "dev.txt")
			f.must(os.Remove(f.path("c/dev.txt")))
		}
		f.remove(h)
	}
}
