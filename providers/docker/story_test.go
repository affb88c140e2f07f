package docker_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/docker"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

// world is a project, and the engine that it is made real on.
type world struct {
	*coretest.Project
	engine *client.Client
	name   string
	port   int
}

// newWorld returns an empty project. In its configuration, and in what chapters
// expect, NAME stands for a name of its own and PORT for a port that is free.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{engine: dockertest.Engine(t), name: dockertest.Name(t), port: dockertest.FreePort(t)}
	dockertest.Images(t)
	dockertest.Cleanup(t, w.name)
	w.Project = coretest.With(t, map[string]func() providers.Provider{"docker": docker.New}, "")
	return w
}

func (w *world) fill(text string) string {
	return strings.NewReplacer("NAME", w.name, "PORT", strconv.Itoa(w.port)).Replace(text)
}

// look inspects the container whose name ends so.
func (w *world) look(suffix string) container.InspectResponse {
	w.Helper()
	there, err := w.engine.ContainerInspect(context.Background(), w.name+suffix)
	if err != nil {
		w.Fatal(err)
	}
	return there
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// run runs a container of somebody else's.
func (w *world) run(suffix string, config container.Config, host container.HostConfig) string {
	w.Helper()
	ctx := context.Background()
	if config.Image == "" {
		config.Image, config.Cmd = "busybox:stable", []string{"sleep", "600"}
	}
	made, err := w.engine.ContainerCreate(ctx, &config, &host, &network.NetworkingConfig{}, nil, w.name+suffix)
	w.must(err)
	w.must(w.engine.ContainerStart(ctx, made.ID, container.StartOptions{}))
	return made.ID
}

// chapter is one change of a project: its configuration or its world is edited,
// then it is planned, and unless something must be refused, applied. After an
// apply, nothing is left to do.
type chapter struct {
	main     string       // main.cw.hcl; "" leaves it
	edit     func(*world) // by hand
	replace  string       // an address that is to be replaced
	plan     string       // as coretest.Summary writes it; "-" does not look
	planErr  string       // what the plan's errors must contain, separated by " && "
	applyErr string
	warn     string // what the warnings must contain
	then     func(*world)
}

// tell lives through a story, and destroys what is left at the end.
func tell(t *testing.T, story ...chapter) {
	t.Helper()
	t.Parallel()
	w := newWorld(t)
	for i, c := range story {
		if !w.live(i+1, c) {
			return
		}
	}
	w.Project.Run(plan.Options{Mode: plan.Destroy})
	if left := w.Addresses(); len(left) > 0 {
		t.Errorf("destroy left in the state: %v", left)
	}
	left, err := w.engine.ContainerList(t.Context(), container.ListOptions{All: true})
	w.must(err)
	for _, c := range left {
		for _, name := range c.Names {
			if strings.HasPrefix(name, "/"+w.name) && c.Labels["clockwork.address"] != "" {
				t.Errorf("destroy left the container %s", name)
			}
		}
	}
}

func (w *world) live(number int, c chapter) bool {
	w.Helper()
	if c.main != "" {
		w.Files["main.cw.hcl"] = w.fill(c.main)
	}
	if c.edit != nil {
		c.edit(w)
	}
	var opts plan.Options
	if c.replace != "" {
		i, err := addr.ParseInstance(c.replace)
		w.must(err)
		opts.Replaces = []addr.Instance{i}
	}
	made, diags := w.TryPlan(opts)
	if c.planErr != "" {
		w.wantSaid(number, "plan", diags, c.planErr, true)
		return true
	}
	if diags.HasErrors() {
		w.Fatalf("chapter %d: plan: %v", number, diags)
	}
	if got := coretest.Summary(made); c.plan != "-" && got != c.plan {
		w.Errorf("chapter %d: the plan is %q, not %q", number, got, c.plan)
	}
	result, diags := w.TryRun(opts)
	_ = result
	if c.warn != "" {
		w.wantSaid(number, "apply", diags, c.warn, false)
	}
	if c.applyErr != "" {
		w.wantSaid(number, "apply", diags, c.applyErr, true)
	} else {
		if diags.HasErrors() {
			w.Fatalf("chapter %d: apply: %v", number, diags)
		}
		if after := w.Plan(plan.Options{}); after.HasChanges() {
			w.Errorf("chapter %d: after the apply there are still changes: %s", number, coretest.Summary(after))
		} else if len(after.Drift) > 0 {
			w.Errorf("chapter %d: after the apply the plan finds drift of %s", number, after.Drift[0].Address)
		}
	}
	if c.then != nil {
		c.then(w)
	}
	return !w.Failed()
}

func (w *world) wantSaid(number int, what string, diags diag.Diagnostics, want string, errors bool) {
	w.Helper()
	if errors && !diags.HasErrors() {
		w.Errorf("chapter %d: %s succeeds, but is to fail with %q", number, what, want)
		return
	}
	said := diags.Error()
	for _, part := range strings.Split(w.fill(want), " && ") {
		if !strings.Contains(said, part) {
			w.Errorf("chapter %d: %s does not say %q, but %s", number, what, part, said)
		}
	}
}
