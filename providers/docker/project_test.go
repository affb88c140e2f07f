package docker_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/docker"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockercases"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

// project is a project that the core runs against the real engine.
type project struct {
	*coretest.Project
	engine *client.Client
	name   string // what the names of its objects begin with
	subnet string
	vars   map[string]string

	mu       sync.Mutex
	progress []string
}

// newProject makes a project. In its files, NAME stands for a name of its own,
// SUBNET for a free subnet, and pairs say what else stands for what.
func newProject(t *testing.T, main string, pairs ...string) *project {
	t.Helper()
	t.Parallel()
	p := &project{
		Project: coretest.With(t, map[string]func() providers.Provider{"docker": docker.New}, ""),
		engine:  dockertest.Engine(t), name: dockertest.Name(t), subnet: dockercases.Subnet(t).String(),
		vars: map[string]string{},
	}
	dockertest.Cleanup(t, p.name)
	dockercases.Sweep(t)
	p.Apply = apply.Options{Hook: recorder{p}}
	for i := 0; i < len(pairs); i += 2 {
		p.vars[pairs[i]] = pairs[i+1]
	}
	p.write("docker-config/config.json", "{}")
	p.Files["provider.cw.hcl"] = "provider \"docker\" {\n  config_path = \"docker-config\"\n}\n"
	p.set(main)
	return p
}

// recorder keeps what is told of progress.
type recorder struct{ *project }

func (recorder) PreApply(string, plan.Action) {}

func (r recorder) Progress(_, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress = append(r.progress, message)
}

func (recorder) PostApply(string, plan.Action, time.Duration, cty.Value, diag.Diagnostics) {}

func (p *project) fill(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "NAME", p.name), "SUBNET", p.subnet)
	for from, to := range p.vars {
		text = strings.ReplaceAll(text, from, to)
	}
	return text
}

// set changes the configuration.
func (p *project) set(main string) { p.Files["main.cw.hcl"] = p.fill(main) }

func (p *project) write(name, content string) {
	p.Helper()
	name = filepath.Join(p.Dir, name)
	p.must(os.MkdirAll(filepath.Dir(name), 0o755))
	p.must(os.WriteFile(name, []byte(p.fill(content)), 0o644))
}

func (p *project) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *project) ctx() context.Context { return context.WithoutCancel(p.Context()) }

// plans wants a plan of just these changes, and returns its warnings.
func (p *project) plans(want string) diag.Diagnostics {
	p.Helper()
	made, ds := p.TryPlan(plan.Options{})
	if ds.HasErrors() {
		p.Fatalf("plan: %v", ds)
	}
	if got := coretest.Summary(made); got != want {
		p.Errorf("the plan is %q, not %q", got, want)
	}
	return ds
}

// applies wants the changes to be planned and made, and nothing to be left to
// do. It returns the warnings.
func (p *project) applies(want string) diag.Diagnostics {
	p.Helper()
	p.plans(want)
	_, ds := p.TryRun(plan.Options{})
	if ds.HasErrors() {
		p.Fatalf("apply: %v", ds)
	}
	p.plans("")
	return ds
}

// destroys destroys everything and returns the warnings.
func (p *project) destroys() diag.Diagnostics {
	p.Helper()
	_, ds := p.TryRun(plan.Options{Mode: plan.Destroy})
	if ds.HasErrors() {
		p.Fatalf("destroy: %v", ds)
	}
	if left := p.Addresses(); len(left) > 0 {
		p.Errorf("after a destroy the state still has %v", left)
	}
	return ds
}

// refuses wants the apply to fail with words in its errors.
func (p *project) refuses(words ...string) diag.Diagnostics {
	p.Helper()
	_, ds := p.TryRun(plan.Options{})
	if !ds.HasErrors() {
		p.Fatalf("the apply does not fail, but says %v", ds)
	}
	p.says(ds, words...)
	return ds
}

// says wants words in diagnostics; without any, it wants no diagnostics.
func (p *project) says(ds diag.Diagnostics, words ...string) {
	p.Helper()
	if len(words) == 0 && len(ds) > 0 {
		p.Errorf("there should be nothing to say, but it is said: %v", ds)
	}
	for _, word := range words {
		if text := ds.Error(); !strings.Contains(text, p.fill(word)) {
			p.Errorf("%q is not among what is said: %s", p.fill(word), text)
		}
	}
}

// attribute is a string attribute of an object in the state.
func (p *project) attribute(address, name string) string {
	p.Helper()
	for key, o := range p.State().Objects {
		if key.String() == address {
			var attrs map[string]any
			p.must(json.Unmarshal(o.Attributes, &attrs))
			s, _ := attrs[name].(string)
			return s
		}
	}
	p.Fatalf("%s is not in the state", address)
	return ""
}

// tells wants a line of progress that contains the words.
func (p *project) tells(words string) {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.progress {
		if strings.Contains(line, p.fill(words)) {
			return
		}
	}
	p.Errorf("no progress says %q, but: %q", p.fill(words), p.progress)
}
