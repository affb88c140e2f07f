//go:build unix

package git

import (
	"os"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/git/gittest"
)

// A branch is followed: where it has moved, the plan changes the commit.
func TestBranchIsFollowed(t *testing.T) {
	f := newFixture(t)
	config := f.a("ref", "main")
	h := f.create(config)
	f.at(h, f.up.ID("main"), "main")
	f.settled(h, config)
	if up := f.git("rev-parse", "--abbrev-ref", "main@{upstream}"); up != "origin/main" {
		t.Errorf("the branch follows %s", up)
	}

	next := f.up.Commit("README.md", "three\n")
	f.up.Push()
	if changes := f.changes(f.read(h), config); len(changes) != 1 || changes["commit"] != next {
		t.Fatalf("the plan changes %v, not the commit to %s", changes, next)
	}
	h = f.update(h, config)
	f.at(h, next, "main")
	if f.content("c/README.md") != "three\n" {
		t.Errorf("README.md is %q", f.content("c/README.md"))
	}

	// Also when what it was at is gone.
	f.up.Git("reset", "-q", "--hard", "HEAD~2")
	next = f.up.Commit("README.md", "other\n")
	f.up.Push()
	f.at(f.update(h, config), next, "main")
}

func TestShallowBranchIsFollowed(t *testing.T) {
	f := newFixture(t)
	config := f.a("ref", "main", "depth", 1)
	h := f.create(config)
	f.at(h, f.up.ID("main"), "main")
	if n := f.git("rev-list", "--count", "HEAD"); n != "1" {
		t.Errorf("there are %s commits", n)
	}
	for _, content := range []string{"three\n", "four\n"} {
		next := f.up.Commit("README.md", content)
		f.up.Push()
		h = f.update(h, config)
		f.at(h, next, "main")
	}
	f.up.Git("commit", "-q", "--amend", "-m", "Another")
	f.up.Push()
	h = f.update(h, config)
	f.at(h, f.up.ID("main"), "main")

	// More of the history, and all of it.
	h = f.update(h, f.a("ref", "main", "depth", 2))
	if n := f.git("rev-list", "--count", "HEAD"); n != "2" {
		t.Errorf("there are %s commits of 2", n)
	}
	h = f.update(h, f.a("ref", "main"))
	if n := f.git("rev-list", "--count", "HEAD"); n != "4" {
		t.Errorf("there are %s commits of 4", n)
	}
	f.remove(h)
}

func TestTagsAndCommits(t *testing.T) {
	f := newFixture(t)
	first, dev := f.up.ID("v1"), f.up.ID("dev")
	for _, depth := range []int{0, 1} {
		h := f.create(f.a("ref", "v1"))
		f.at(h, first, "")
		for _, ref := range []string{"light", "refs/tags/v1", dev, strings.ToUpper(f.up.ID("main")), "dev", "refs/heads/main", first} {
			config := f.a("ref", ref)
			if depth > 0 {
				config = f.a("ref", ref, "depth", depth)
			}
			h = f.update(h, config)
			f.settled(h, config)
		}
		f.at(h, first, "")
		f.remove(h)
		for _, ref := range []string{"light", dev} {
			h := f.create(f.a("ref", ref, "depth", 1))
			f.settled(h, f.a("ref", ref, "depth", 1))
			f.remove(h)
		}
	}
}

// A branch that takes the place of a folder of branches, and the other way round.
func TestBranchesInEachOthersWay(t *testing.T) {
	f := newFixture(t)
	for _, depth := range []int{0, 1} {
		on := func(ref string) attrs {
			if depth > 0 {
				return f.a("ref", ref, "depth", depth)
			}
			return f.a("ref", ref)
		}
		f.up.Git("push", "-q", "origin", "v1^{commit}:refs/heads/a")
		h := f.create(on("a"))
		f.git("branch", "-m", "a", "c")
		f.up.Git("push", "-q", "origin", ":a", "dev:refs/heads/a/b")
		h = f.update(h, on("a/b"))
		f.at(h, f.up.ID("dev"), "a/b")
		f.up.Git("push", "-q", "origin", ":a/b")
		f.remove(f.update(h, on("main")))
	}
}

// A commit that is here already needs no fetch; the remote's branch is noted.
func TestBranchMovesToWhatIsHere(t *testing.T) {
	f := newFixture(t)
	h := f.create(f.a("ref", "main"))
	f.up.Git("push", "-q", "--force", "origin", "dev:main")
	h = f.update(h, f.a("ref", "main"))
	f.at(h, f.up.ID("dev"), "main")
	if got := f.git("rev-parse", "origin/main"); got != f.up.ID("dev") {
		t.Errorf("origin/main is %s", got)
	}
	if resp := f.check(h, assertAtRef, attrs{"ref": cty.StringVal("main")}); resp.Outcome != providers.Pass {
		t.Errorf("the assert says %s: %s", resp.Outcome, resp.Message)
	}
}

// A tag that is applied and a commit are never asked for again; a branch that
// cannot be asked for is a warning.
func TestRemoteIsGone(t *testing.T) {
	f := newFixture(t)
	s := gittest.Serve(t, f.away)
	url := s.URL + "/up.git"
	for _, ref := range []string{"v1", f.up.ID("dev"), "refs/tags/light"} {
		config := f.a("url", url, "ref", ref)
		h := f.create(config)
		before := s.Requests.Load()
		f.settled(h, config)
		f.git("checkout", "-q", "--detach", "origin/main")
		f.update(h, config)
		if n := s.Requests.Load() - before; n != 0 {
			t.Errorf("%s: the remote was asked %d times", ref, n)
		}
		f.remove(h)
	}
	config := f.a("url", url, "ref", "main")
	h := f.create(config)
	main := f.up.ID("main")
	f.up.Commit("README.md", "fetched by hand\n")
	f.up.Push()
	f.git("fetch", "-q")
	s.Close()
	if changes := f.changes(f.read(h), config); len(changes) != 0 {
		t.Errorf("the plan changes %v", changes)
	}
	if got := f.git("rev-parse", "origin/main"); got != f.up.ID("main") {
		t.Errorf("origin/main is %s", got)
	}
	_, resp := f.tryPlan(f.read(h), config)
	f.says(resp.Diagnostics, "url", "Remote cannot be reached", "The checkout stays as it is.")
	if resp.Diagnostics.HasErrors() {
		t.Error("it is an error")
	}
	f.git("checkout", "-q", "--detach", "HEAD~1")
	h = f.update(h, config) // heals without the remote
	f.at(h, main, "main")

	// What is new cannot do without it, but may come to be before it is applied.
	v, resp := f.tryPlan(f.none(), config)
	f.says(resp.Diagnostics, "url", "Remote cannot be reached")
	if resp.Diagnostics.HasErrors() || resp.Planned.GetAttr("commit").IsKnown() {
		t.Errorf("planned is %#v: %v", resp.Planned, resp.Diagnostics)
	}
	made := f.do(providers.ApplyRequest{Target: f.target(), Action: providers.Create, Intent: "x", Config: v,
		Prior: f.none().state, Planned: resp.Planned, Progress: func(string) {}})
	f.remove(h)
	f.wrong(made.Diagnostics, "")
}

func TestRefsThatAreNot(t *testing.T) {
	f := newFixture(t)
	for ref, word := range map[string]string{
		"nothing": "No such ref", f.up.ID("main")[:10]: "all the digits", "refs/heads/nothing": "No such ref",
	} {
		_, resp := f.tryPlan(f.none(), f.a("ref", ref))
		f.wrong(resp.Diagnostics, "ref", word)
	}
	f.up.Git("tag", "dev", "main")
	f.up.Git("push", "-q", "origin", "refs/tags/dev")
	_, resp := f.tryPlan(f.none(), f.a("ref", "dev"))
	f.wrong(resp.Diagnostics, "ref", "Ambiguous ref", `"refs/heads/dev"`, `"refs/tags/dev"`)
	h := f.create(f.a("ref", "refs/heads/dev"))
	f.at(h, f.up.ID("refs/heads/dev"), "dev")

	// A branch that is gone leaves the checkout as it is.
	gittest.Git(t, f.up.Bare, "branch", "-D", "dev")
	_, resp = f.tryPlan(f.read(h), f.a("ref", "refs/heads/dev"))
	f.says(resp.Diagnostics, "ref", "No such ref", "The checkout stays as it is.")
	if resp.Diagnostics.HasErrors() {
		t.Error("it is an error")
	}

	// Nobody has this commit.
	f.remove(h)
	made := f.do(f.request(providers.Create, f.none(), f.a("ref", strings.Repeat("1", 40))))
	f.wrong(made.Diagnostics, "ref", "Not on the remote")
	if f.entries("") != "" {
		t.Errorf("left is %s", f.entries(""))
	}
}

func TestDefaultBranch(t *testing.T) {
	f := newFixture(t)
	h := f.create(f.a())
	f.at(h, f.up.ID("main"), "main")
	f.settled(h, f.a())
	gittest.Git(t, f.up.Bare, "symbolic-ref", "HEAD", "refs/heads/dev")
	h = f.update(h, f.a())
	f.at(h, f.up.ID("dev"), "dev")
	gittest.Git(t, f.up.Bare, "update-ref", "--no-deref", "HEAD", f.up.ID("v1"))
	h = f.update(h, f.a())
	f.at(h, f.up.ID("v1"), "")

	empty := f.path("empty.git")
	gittest.Git(t, f.dir, "init", "-q", "--bare", empty)
	_, resp := f.tryPlan(f.none(), f.a("url", empty))
	f.wrong(resp.Diagnostics, "url", "Remote has no default branch")
}

// A commit that no branch leads to, and a ref that is neither.
func TestHiddenCommits(t *testing.T) {
	f := newFixture(t)
	f.up.Git("checkout", "-q", "-b", "side")
	hidden := f.up.Commit("side.txt", "x")
	f.up.Git("push", "-q", "origin", "HEAD:refs/pull/1/head")
	f.up.Git("checkout", "-q", "main")
	for i, config := range []attrs{
		f.a("ref", hidden), f.a("ref", hidden, "depth", 1), f.a("ref", "refs/pull/1/head"), f.a("ref", "refs/pull/1/head", "depth", 1),
	} {
		h := f.create(config)
		f.at(h, hidden, "")
		f.settled(h, config)
		if i == 2 {
			f.up.Git("push", "-q", "--force", "origin", "main:refs/pull/1/head")
			h = f.update(h, config)
			f.at(h, f.up.ID("main"), "")
			f.up.Git("push", "-q", "--force", "origin", "side:refs/pull/1/head")
		}
		f.remove(h)
	}
}

// What was planned is applied, though the branch has moved on since.
func TestBranchMovesAfterThePlan(t *testing.T) {
	f := newFixture(t)
	for _, config := range []attrs{f.a("ref", "main"), f.a("ref", "main", "depth", 1)} {
		planned := f.up.ID("main")
		req := f.request(providers.Create, f.none(), config)
		next := f.up.Commit("README.md", planned)
		f.up.Push()
		h := f.fine(f.do(req))
		f.at(h, planned, "main")
		h = f.update(h, config)
		f.at(h, next, "main")
		f.remove(h)
	}
}

func TestSHA256(t *testing.T) {
	f := newFixture(t)
	dir := f.path("sha256")
	f.must(os.Mkdir(dir, 0o755))
	gittest.Git(t, dir, "init", "-q", "--object-format=sha256")
	gittest.Write(t, dir+"/a", "a")
	gittest.Git(t, dir, "add", "a")
	gittest.Git(t, dir, "commit", "-q", "-m", "a")
	h := f.create(f.a("url", "sha256"))
	if n := len(text(h.state, "commit")); n != 64 {
		t.Errorf("the commit has %d digits", n)
	}
	f.settled(h, f.a("url", "sha256"))
}
