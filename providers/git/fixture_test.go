//go:build unix

package git

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/git/gittest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// fixture is a provider in a project of its own, and an upstream repository.
type fixture struct {
	testing.TB
	p        *provider
	dir      string // of the project
	away     string // where the upstream is
	settings string // the user's git configuration
	up       *gittest.Upstream
	intents  int
}

func newFixture(t testing.TB) *fixture {
	f := &fixture{TB: t, p: New().(*provider), dir: t.TempDir(), away: t.TempDir(), settings: gittest.Isolate(t)}
	_, err := f.p.Configure(t.Context(), providers.ConfigureRequest{
		Name: "git", Project: providers.Project{Name: "test", Dir: f.dir}, Config: cty.EmptyObjectVal})
	f.must(err)
	f.up = gittest.NewUpstream(t, f.away, "up")
	return f
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, name) }

func (f *fixture) write(name, content string) { f.Helper(); gittest.Write(f.TB, f.path(name), content) }

func (f *fixture) content(name string) string {
	f.Helper()
	data, err := os.ReadFile(f.path(name))
	f.must(err)
	return string(data)
}

func (f *fixture) exists(name string) bool {
	_, err := os.Lstat(f.path(name))
	return err == nil
}

// git runs git in the checkout "c".
func (f *fixture) git(args ...string) string {
	f.Helper()
	return gittest.Git(f.TB, f.path("c"), args...)
}

// entries are the names in a folder.
func (f *fixture) entries(name string) string {
	f.Helper()
	list, err := os.ReadDir(f.path(name))
	f.must(err)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

type attrs = providertest.Attrs

// a makes attributes of the checkout "c" of the upstream from pairs.
func (f *fixture) a(pairs ...any) attrs {
	out := attrs{"url": cty.StringVal(f.up.Bare), "path": cty.StringVal("c")}
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			out[pairs[i].(string)] = cty.StringVal(v)
		case bool:
			out[pairs[i].(string)] = cty.BoolVal(v)
		case int:
			out[pairs[i].(string)] = cty.NumberIntVal(int64(v))
		}
	}
	return out
}

// held is what the core holds of an object.
type held struct {
	state   cty.Value
	private []byte
}

func (f *fixture) none() held { return held{state: cty.NullVal(f.p.ty)} }

func (f *fixture) target() providers.Target {
	return providers.Target{Configuration: "git", Type: repositoryType, Address: repositoryType + ".c"}
}

func (f *fixture) tryPlan(was held, config attrs) (cty.Value, providers.PlanResponse) {
	f.Helper()
	obj := &f.p.schema.Resources[repositoryType].Object
	v, err := providertest.Value(obj, config)
	f.must(err)
	resp, err := f.p.Plan(f.Context(), providers.PlanRequest{Target: f.target(), Config: v, Prior: was.state,
		Proposed: providers.Propose(obj, was.state, v), Private: was.private})
	f.must(err)
	return v, resp
}

func (f *fixture) request(action providers.Action, was held, config attrs) providers.ApplyRequest {
	f.Helper()
	f.intents++
	req := providers.ApplyRequest{Target: f.target(), Action: action, Prior: was.state, Private: was.private,
		Planned: f.none().state, Progress: func(string) {}, Intent: fmt.Sprintf("intent-%d", f.intents)}
	if action == providers.Delete {
		return req
	}
	v, resp := f.tryPlan(was, config)
	if resp.Diagnostics.HasErrors() {
		f.Fatalf("plan: %v", resp.Diagnostics)
	}
	req.Config, req.Planned = v, resp.Planned
	return req
}

func (f *fixture) do(req providers.ApplyRequest) providers.ApplyResponse {
	f.Helper()
	return f.doWithin(f.Context(), req)
}

func (f *fixture) doWithin(ctx context.Context, req providers.ApplyRequest) providers.ApplyResponse {
	f.Helper()
	resp, err := f.p.Apply(ctx, req)
	f.must(err)
	return resp
}

// create, update and remove want success.
func (f *fixture) create(config attrs) held {
	f.Helper()
	return f.fine(f.do(f.request(providers.Create, f.none(), config)))
}

func (f *fixture) update(was held, config attrs) held {
	f.Helper()
	was = f.read(was)
	now := f.fine(f.do(f.request(providers.Update, was, config)))
	if changes := f.changes(f.read(now), config); len(changes) > 0 {
		f.Fatalf("after an update the plan changes %v", changes)
	}
	return now
}

func (f *fixture) remove(was held) {
	f.Helper()
	f.fine(f.do(f.request(providers.Delete, was, nil)))
	if f.exists("c") {
		f.Fatal("the checkout is still there")
	}
}

func (f *fixture) fine(resp providers.ApplyResponse) held {
	f.Helper()
	if len(resp.Diagnostics) > 0 {
		f.Fatalf("there are diagnostics: %v", resp.Diagnostics)
	}
	return held{resp.State, resp.Private}
}

func (f *fixture) read(was held) held {
	f.Helper()
	resp, err := f.p.Read(f.Context(), providers.ReadRequest{Target: f.target(), State: was.state, Private: was.private})
	f.must(err)
	if resp.Diagnostics.HasErrors() {
		f.Fatalf("read: %v", resp.Diagnostics)
	}
	return held{resp.State, resp.Private}
}

// changes are the names of what a plan changes, with what it becomes.
func (f *fixture) changes(was held, config attrs) map[string]string {
	f.Helper()
	_, resp := f.tryPlan(was, config)
	if resp.Diagnostics.HasErrors() {
		f.Fatalf("plan: %v", resp.Diagnostics)
	}
	out := map[string]string{}
	for _, path := range providers.Changed(&f.p.schema.Resources[repositoryType].Object, was.state, resp.Planned) {
		name := path[0].(cty.GetAttrStep).Name
		out[name] = "?"
		if v := resp.Planned.GetAttr(name); known(v) && v.Type() == cty.String {
			out[name] = v.AsString()
		}
	}
	return out
}

// settled wants a plan without changes and without a word.
func (f *fixture) settled(was held, config attrs) {
	f.Helper()
	now := f.read(was)
	if changes := f.changes(now, config); len(changes) > 0 {
		f.Errorf("the plan changes %v", changes)
	}
	if _, resp := f.tryPlan(now, config); len(resp.Diagnostics) > 0 {
		f.Errorf("the plan says %v", resp.Diagnostics)
	}
}

// wrong wants an error at an attribute ("" for any) that says all of words.
func (f *fixture) wrong(ds diagnostics, attribute string, words ...string) {
	f.Helper()
	if !ds.HasErrors() {
		f.Fatalf("there is no error, but %v", ds)
	}
	f.says(ds, attribute, words...)
}

func (f *fixture) says(ds diagnostics, attribute string, words ...string) {
	f.Helper()
	if len(ds) == 0 {
		f.Fatalf("nothing is said, where %q should be", words)
	}
	if attribute != "" && !ds[0].Path.Equals(cty.GetAttrPath(attribute)) {
		f.Errorf("it is said of %v, not of %s: %v", ds[0].Path, attribute, ds)
	}
	for _, word := range words {
		if !strings.Contains(ds.Error(), word) {
			f.Errorf("it does not say %q: %v", word, ds)
		}
	}
}

// at wants a commit and a branch ("" for none) checked out, in the state and in
// the checkout.
func (f *fixture) at(h held, commit, branch string) {
	f.Helper()
	if got := text(h.state, "commit"); got != commit {
		f.Errorf("the state is at %s, not %s", got, commit)
	}
	if got := f.git("rev-parse", "HEAD"); got != commit {
		f.Errorf("HEAD is at %s, not %s", got, commit)
	}
	if got := f.git("branch", "--show-current"); got != branch || text(h.state, "branch") != branch {
		f.Errorf("on branch %q, in the state %q, not %q", got, text(h.state, "branch"), branch)
	}
}

func (f *fixture) check(h held, assert string, config attrs) providers.CheckResponse {
	f.Helper()
	v, err := providertest.Value(&f.p.schema.Asserts[assert].Object, config)
	f.must(err)
	resp, err := f.p.Check(f.Context(), providers.CheckRequest{Target: f.target(), Assert: assert, Config: v, State: h.state})
	f.must(err)
	return resp
}

func (f *fixture) diagnose(h held) providers.DiagnoseResponse {
	f.Helper()
	resp, err := f.p.Diagnose(f.Context(), providers.DiagnoseRequest{Target: f.target(), State: h.state})
	f.must(err)
	return resp
}
