//go:build unix

package file

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// fixture is a provider in a project of its own.
type fixture struct {
	testing.TB
	p       *provider
	dir     string
	intents atomic.Int64
}

func newFixture(t testing.TB) *fixture {
	f := &fixture{TB: t, p: New().(*provider), dir: t.TempDir()}
	_, err := f.p.Configure(t.Context(), providers.ConfigureRequest{
		Name: "file", Project: providers.Project{Name: "test", Dir: f.dir}, Config: cty.EmptyObjectVal})
	f.must(err)
	return f
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, name) }

func (f *fixture) write(name, content string) {
	f.Helper()
	f.must(os.MkdirAll(filepath.Dir(f.path(name)), 0o755))
	f.must(os.WriteFile(f.path(name), []byte(content), 0o644))
}

func (f *fixture) content(name string) string {
	f.Helper()
	data, err := os.ReadFile(f.path(name))
	f.must(err)
	return string(data)
}

func target(typ string) providers.Target {
	return providers.Target{Configuration: "file", Type: typ, Address: typ + ".x"}
}

type attrs = providertest.Attrs

// a makes attributes from strings and booleans.
func a(pairs ...any) attrs {
	out := attrs{}
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			out[pairs[i].(string)] = cty.StringVal(v)
		case bool:
			out[pairs[i].(string)] = cty.BoolVal(v)
		case cty.Value:
			out[pairs[i].(string)] = v
		}
	}
	return out
}

func (f *fixture) config(typ string, config attrs) cty.Value {
	f.Helper()
	v, err := providertest.Value(&f.p.schema.Resources[typ].Object, config)
	f.must(err)
	return v
}

// plan is what the core would do with a configuration.
func (f *fixture) plan(typ string, prior cty.Value, config attrs) providers.PlanResponse {
	f.Helper()
	v := f.config(typ, config)
	resp, err := f.p.Plan(f.Context(), providers.PlanRequest{
		Target: target(typ), Config: v, Prior: prior,
		Proposed: providers.Propose(&f.p.schema.Resources[typ].Object, prior, v),
	})
	f.must(err)
	return resp
}

func (f *fixture) request(action providers.Action, typ string, prior cty.Value, config attrs) providers.ApplyRequest {
	f.Helper()
	req := providers.ApplyRequest{
		Target: target(typ), Action: action, Prior: prior, Progress: func(string) {},
		Intent: fmt.Sprintf("intent-%d", f.intents.Add(1)),
	}
	if action == providers.Delete {
		return req
	}
	plan := f.plan(typ, prior, config)
	if plan.Diagnostics.HasErrors() {
		f.Fatalf("plan: %v", plan.Diagnostics)
	}
	req.Config, req.Planned = f.config(typ, config), plan.Planned
	return req
}

func (f *fixture) do(req providers.ApplyRequest) providers.ApplyResponse {
	f.Helper()
	resp, err := f.p.Apply(f.Context(), req)
	f.must(err)
	return resp
}

func (f *fixture) create(typ string, config attrs) providers.ApplyResponse {
	f.Helper()
	return f.do(f.request(providers.Create, typ, cty.NilVal, config))
}

func (f *fixture) update(typ string, prior cty.Value, config attrs) providers.ApplyResponse {
	f.Helper()
	return f.do(f.request(providers.Update, typ, prior, config))
}

func (f *fixture) remove(typ string, was providers.ApplyResponse) providers.ApplyResponse {
	f.Helper()
	req := f.request(providers.Delete, typ, was.State, nil)
	req.Private = was.Private
	return f.do(req)
}

func (f *fixture) read(typ string, state cty.Value) providers.ReadResponse {
	f.Helper()
	resp, err := f.p.Read(f.Context(), providers.ReadRequest{Target: target(typ), State: state})
	f.must(err)
	return resp
}

// fine wants no diagnostics at all.
func (f *fixture) fine(ds diagnostics) {
	f.Helper()
	if len(ds) > 0 {
		f.Fatalf("there are diagnostics: %v", ds)
	}
}

// wrong wants an error at an attribute ("" for none) that says all of words.
func (f *fixture) wrong(ds diagnostics, attribute string, words ...string) {
	f.Helper()
	if !ds.HasErrors() {
		f.Fatalf("there is no error, but %v", ds)
	}
	if attribute != "" && !ds[0].Path.Equals(cty.GetAttrPath(attribute)) {
		f.Errorf("the error is at %v, not at %s: %v", ds[0].Path, attribute, ds)
	}
	for _, word := range words {
		if !strings.Contains(ds.Error(), word) {
			f.Errorf("the error does not say %q: %v", word, ds)
		}
	}
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

const nobody = 65534

// asNobody runs the test that calls it once more as a user without rights, if
// it runs as root, and tells whether it is to go on here.
func asNobody(t *testing.T) (here bool) {
	if os.Geteuid() != 0 {
		return true
	}
	dir, err := os.MkdirTemp("", "nobody")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "test")
	data, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(binary, data, 0o755)
	}
	if err == nil {
		err = os.Chown(dir, nobody, nobody)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), binary, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
	return false
}
