package applecontainer_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/applecontainer"
	"github.com/clockwork-hcl/clockwork/providers/applecontainer/applecontainertest"
	"github.com/clockwork-hcl/clockwork/providers/applecontainer/applecontainertest/standin"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

type attrs = providertest.Attrs

func str(s string) cty.Value { return cty.StringVal(s) }

// life is one provider, and one resource in its hands.
type life struct {
	*applecontainertest.World
	t      *testing.T
	p      providers.Provider
	schema *providers.Schema
	target providers.Target
}

func newLife(t *testing.T) *life {
	t.Helper()
	w := applecontainertest.NewWorld(t)
	return newLifeWith(t, w, w.Command, t.TempDir())
}

func newLifeWith(t *testing.T, w *applecontainertest.World, command, dir string) *life {
	t.Helper()
	l := &life{World: w, t: t, p: applecontainer.New(),
		target: providers.Target{Configuration: "c", Type: "applecontainer_container", Address: `applecontainer_container.web["a=b"]`}}
	var err error
	l.schema, err = l.p.Schema(t.Context())
	l.must(err)
	_, err = l.p.Configure(t.Context(), providers.ConfigureRequest{Name: "c", Project: providers.Project{Name: "shop", Dir: dir},
		Config: cty.ObjectVal(map[string]cty.Value{"command": str(command)})})
	l.must(err)
	return l
}

func (l *life) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *life) object() *providers.Object { return &l.schema.Resources[l.target.Type].Object }

// planned is what the core plans of a configuration.
func (l *life) planned(config attrs, prior cty.Value) cty.Value {
	l.t.Helper()
	all := attrs{"name": str("web"), "image": str("nginx")}
	maps.Copy(all, config)
	v, err := providertest.Value(l.object(), all)
	l.must(err)
	return providers.Propose(l.object(), prior, v)
}

func (l *life) apply(ctx context.Context, action providers.Action, intent string, was providers.ApplyResponse, planned cty.Value) providers.ApplyResponse {
	l.t.Helper()
	null := cty.NullVal(l.object().Type())
	req := providers.ApplyRequest{Target: l.target, Action: action, Intent: intent, Config: null, Prior: null, Planned: planned,
		Private: was.Private, Progress: func(string) {}}
	if action != providers.Create {
		req.Prior = was.State
	}
	resp, err := l.p.Apply(ctx, req)
	l.must(err)
	return resp
}

// create makes a container, which must work.
func (l *life) create(config attrs) providers.ApplyResponse {
	l.t.Helper()
	made := l.apply(l.t.Context(), providers.Create, "intent-1", providers.ApplyResponse{}, l.planned(config, cty.NilVal))
	if made.Diagnostics.HasErrors() {
		l.t.Fatal(made.Diagnostics)
	}
	return made
}

func (l *life) read(was providers.ApplyResponse) cty.Value {
	l.t.Helper()
	resp, err := l.p.Read(l.t.Context(), providers.ReadRequest{Target: l.target, State: was.State, Private: was.Private})
	l.must(err)
	if resp.Diagnostics.HasErrors() {
		l.t.Fatal(resp.Diagnostics)
	}
	return resp.State
}

// says wants one error with this summary, whose detail contains the words.
func says(t *testing.T, ds diag.Diagnostics, summary string, words ...string) {
	t.Helper()
	if len(ds) != 1 || ds[0].Summary != summary {
		t.Fatalf("it says %v, not %q", ds, summary)
	}
	for _, w := range words {
		if !strings.Contains(ds[0].Detail, w) {
			t.Errorf("it does not say %q: %s", w, ds[0].Detail)
		}
	}
}

func TestSecretsAreNoArguments(t *testing.T) {
	l := newLife(t)
	t.Setenv("TMPDIR", t.TempDir())
	long := "-----BEGIN-----\n swordfish\n-----END-----\n"
	made := l.create(attrs{
		"env":           cty.MapVal(map[string]cty.Value{"LEVEL": str("swordfish-level"), "SPACED": str("\tswordfish ")}),
		"sensitive_env": cty.MapVal(map[string]cty.Value{"PASSWORD": str("swordfish"), "KEY": str(long)}),
	})
	if strings.Contains(l.Calls(t), "swordfish") {
		t.Errorf("the value of a variable is in an argument:\n%s", l.Calls(t))
	}
	env := strings.Join(l.Container(t, "web").Configuration.InitProcess.Environment, "\x00") + "\x00"
	for _, want := range []string{"LEVEL=swordfish-level", "SPACED=\tswordfish ", "PASSWORD=swordfish", "KEY=" + long} {
		if !strings.Contains(env, want+"\x00") {
			t.Errorf("the container has no %q", want)
		}
	}
	noted, err := os.ReadFile(filepath.Join(l.Dir, "env-file"))
	l.must(err)
	mode, file, _ := strings.Cut(string(noted), " ")
	if mode != "-rw-------" {
		t.Errorf("the file of variables has the mode %s", mode)
	}
	if _, err := os.Stat(filepath.Dir(file)); !os.IsNotExist(err) {
		t.Errorf("the folder of the file of variables is left behind: %v", err)
	}
	if !l.read(made).RawEquals(made.State) {
		t.Error("what is read is not what was made")
	}
}

func TestLabels(t *testing.T) {
	l := newLife(t)
	l.create(attrs{"labels": cty.MapVal(map[string]cty.Value{"tier": str("front")})})
	want := map[string]string{"tier": "front", "clockwork.project": "shop", "clockwork.intent": "intent-1",
		"clockwork.address": `applecontainer_container.web["a%3Db"]`}
	if got := l.Container(t, "web").Configuration.Labels; !maps.Equal(got, want) {
		t.Errorf("labels: %v", got)
	}
}

// One that was deleted and made anew by hand has the name, but is another.
func TestMadeAnewByHand(t *testing.T) {
	l := newLife(t)
	made := l.create(nil)
	l.Run(t, "delete", "--force", "web")
	l.Run(t, "run", "-d", "--name=web", "nginx")
	if now := l.read(made); !now.IsNull() {
		t.Error("Read takes another container for ours")
	}
	gone := l.apply(t.Context(), providers.Delete, "intent-2", made, cty.NullVal(l.object().Type()))
	if gone.Diagnostics.HasErrors() || l.Container(t, "web") == nil {
		t.Errorf("Apply deleted somebody else's container: %v", gone.Diagnostics)
	}
}

func TestNameIsTaken(t *testing.T) {
	l := newLife(t)
	made := l.create(nil)
	again := l.apply(t.Context(), providers.Create, "intent-2", providers.ApplyResponse{}, l.planned(attrs{"image": str("redis")}, cty.NilVal))
	says(t, again.Diagnostics, "Name is taken", "It was made for this resource before.", "import it")
	if !again.State.IsNull() {
		t.Error("the container in the way counts as the new one")
	}
	l.target.Address = "applecontainer_container.other"
	again = l.apply(t.Context(), providers.Create, "intent-3", providers.ApplyResponse{}, l.planned(nil, cty.NilVal))
	says(t, again.Diagnostics, "Name is taken", `It belongs to applecontainer_container.web["a%3Db"].`)
	if !l.read(made).RawEquals(made.State) {
		t.Error("the container in the way was touched")
	}
}

// Somebody else's container comes between the look and the making.
func TestNameIsTakenMeanwhile(t *testing.T) {
	l := newLife(t)
	l.must(l.Set("", "hang", "web"))
	done := make(chan providers.ApplyResponse, 1)
	planned := l.planned(nil, cty.NilVal)
	go func() {
		resp, err := l.p.Apply(t.Context(), providers.ApplyRequest{Target: l.target, Action: providers.Create, Intent: "intent-1",
			Prior: cty.NullVal(planned.Type()), Planned: planned, Progress: func(string) {}})
		if err != nil {
			t.Error(err)
		}
		done <- resp
	}()
	for deadline := time.Now().Add(10 * time.Second); !l.Has("calls") || !strings.Contains(l.Calls(t), `"run"`); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is made")
		}
	}
	time.Sleep(50 * time.Millisecond) // it has been noted, and begins to wait
	other := &standin.Container{ID: "web", Configuration: standin.Configuration{ID: "web"}, Status: standin.Status{State: "stopped"}}
	l.must(l.Put(other, true))
	l.must(l.Unset("hang", "web"))
	resp := <-done
	says(t, resp.Diagnostics, "Cannot create container", "already exists")
	if !resp.State.IsNull() || l.Container(t, "web").Status.State != "stopped" {
		t.Error("somebody else's container was taken over")
	}
}

func TestServiceDoesNotRun(t *testing.T) {
	l := newLife(t)
	made := l.create(nil)
	l.Run(t, "system", "stop")
	const summary = "Apple's container system is not running"
	read, err := l.p.Read(t.Context(), providers.ReadRequest{Target: l.target, State: made.State, Private: made.Private})
	l.must(err)
	says(t, read.Diagnostics, summary, "`container system start`")
	if !read.State.RawEquals(made.State) {
		t.Error("Read forgets a container that it could not look at")
	}
	check, err := l.p.(providers.Checker).Check(t.Context(), providers.CheckRequest{Target: l.target, Assert: "container_running", State: made.State})
	if err != nil || check.Outcome != providers.Unknown || !strings.Contains(check.Message, summary) {
		t.Errorf("Check says %v (%v)", check, err)
	}
	gone := l.apply(t.Context(), providers.Delete, "intent-2", made, cty.NullVal(l.object().Type()))
	says(t, gone.Diagnostics, summary)

	// A provider that has just started finds out when it plans.
	other := newLifeWith(t, l.World, l.Command, t.TempDir())
	planned := other.planned(nil, cty.NilVal)
	plan, err := other.p.(providers.Planner).Plan(t.Context(), providers.PlanRequest{Target: other.target, Config: planned,
		Prior: cty.NullVal(planned.Type()), Proposed: planned})
	l.must(err)
	says(t, plan.Diagnostics, summary)
}

func TestRefusedByTheCommand(t *testing.T) {
	l := newLife(t)
	for name, test := range map[string]struct {
		config attrs
		words  string
	}{
		"image":   {attrs{"image": str("missing:1")}, "image docker.io/library/missing:1 not found"},
		"network": {attrs{"networks": cty.ListVal([]cty.Value{str("nowhere")})}, "network nowhere not found"},
		"folder": {attrs{"volumes": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{
			"source": str("./nothing"), "target": str("/a"), "read_only": cty.False})})}, "does not exist"},
	} {
		made := l.apply(t.Context(), providers.Create, "intent-"+name, providers.ApplyResponse{}, l.planned(test.config, cty.NilVal))
		says(t, made.Diagnostics, "Cannot create container", test.words)
		if !made.State.IsNull() || l.Container(t, "web") != nil {
			t.Errorf("%s: something was made", name)
		}
	}
	// What the command says may hold what it was given.
	l.must(l.Set("notFound: \"image swordfish not found\"", "fail", "run"))
	made := l.apply(t.Context(), providers.Create, "intent-1", providers.ApplyResponse{},
		l.planned(attrs{"env": cty.MapVal(map[string]cty.Value{"PASSWORD": str("swordfish")})}, cty.NilVal))
	says(t, made.Diagnostics, "Cannot create container", "(value of PASSWORD)")
	if strings.Contains(made.Diagnostics[0].Detail, "swordfish") {
		t.Error("a diagnostic tells a secret")
	}
}

// A program that ends at once is an error, and the container is kept.
func TestEndsAtOnce(t *testing.T) {
	l := newLife(t)
	l.must(l.Set("", "exit-codes"))
	planned := l.planned(attrs{"image": str("exits")}, cty.NilVal)
	made := l.apply(t.Context(), providers.Create, "intent-1", providers.ApplyResponse{}, planned)
	says(t, made.Diagnostics, "Container does not run", "exit code 3", "`container logs web`", "running = false")
	if made.State.IsNull() || made.Tainted || made.State.GetAttr("running").True() {
		t.Errorf("the container is %v, tainted: %v", made.State, made.Tainted)
	}
	started := l.apply(t.Context(), providers.Update, "intent-2", made, l.planned(attrs{"image": str("exits")}, made.State))
	says(t, started.Diagnostics, "Container does not run")
	if started.State.IsNull() || started.Tainted {
		t.Error("after a start that failed, the container is lost")
	}
}

func TestStopsAndStarts(t *testing.T) {
	l := newLife(t)
	made := l.create(attrs{"running": cty.False})
	if strings.Contains(l.Calls(t), `"run"`) {
		t.Error("a container that is not to run was started")
	}
	started := l.apply(t.Context(), providers.Update, "i2", made, l.planned(attrs{"stop_timeout": str("40s")}, made.State))
	if s := started.State; !s.GetAttr("running").True() || s.GetAttr("status").AsString() != "running" || s.GetAttr("ip_addresses").LengthInt() != 1 {
		t.Errorf("it is %v, %v", s, started.Diagnostics)
	}
	l.apply(t.Context(), providers.Delete, "i3", started, cty.NullVal(l.object().Type()))
	if calls := l.Calls(t); !strings.Contains(calls, `["stop","--time","40","web"]`) || l.Container(t, "web") != nil {
		t.Errorf("it was not stopped in its time, and deleted:\n%s", calls)
	}
}

// When the state was lost and the container not yet started, it is found by its
// intent, and as it is.
func TestRecoverNotYetStarted(t *testing.T) {
	l := newLife(t)
	l.Run(t, "create", "--name=web", "--label=clockwork.intent=intent-1", "nginx")
	planned := l.planned(attrs{"id": str("web"), "status": cty.NullVal(cty.String)}, cty.NilVal)
	resp, err := l.p.(providers.Recoverer).Recover(t.Context(), providers.RecoverRequest{Target: l.target, Action: providers.Create,
		Intent: "intent-1", Prior: cty.NullVal(planned.Type()), Planned: planned})
	l.must(err)
	if resp.State.IsNull() || resp.Tainted || resp.State.GetAttr("running").True() {
		t.Errorf("found: %v, tainted: %v", resp.State, resp.Tainted)
	}
}

// Only what is set is compared: the image's variables, the default network and
// resources are no drift, and another spelling is none either.
func TestDefaultsAreNoDrift(t *testing.T) {
	l := newLife(t)
	l.must(os.MkdirAll(filepath.Join(l.Dir, "site"), 0o755))
	config := attrs{
		"image": str("docker.io/nginx"), "memory": str("1024 M"), "working_dir": str("/srv/"),
		"volumes": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{
			"source": str(l.Dir + "/./site/"), "target": str("/srv/"), "read_only": cty.True})}),
		"ports": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{
			"host": cty.NumberIntVal(80), "container": cty.NumberIntVal(80), "ip": str("0.0.0.0")})}),
	}
	made := l.create(config)
	now := l.read(made)
	if changed := providers.Changed(l.object(), now, l.planned(config, now)); len(changed) > 0 {
		t.Errorf("the plan changes %v", changed)
	}
	for _, name := range []string{"env", "labels", "networks", "command", "cpus", "user"} {
		if !now.GetAttr(name).IsNull() {
			t.Errorf("%s is not set, and yet %#v", name, now.GetAttr(name))
		}
	}
}

func TestNoNetwork(t *testing.T) {
	l := newLife(t)
	made := l.create(attrs{"networks": cty.ListVal([]cty.Value{str("none")})})
	if len(l.Container(t, "web").Status.Networks) > 0 || !l.read(made).RawEquals(made.State) {
		t.Errorf("what is read is %v", l.read(made))
	}
	if made.State.GetAttr("ip_addresses").LengthInt() > 0 {
		t.Error("it has an address")
	}
}

// What runs is the entrypoint followed by the command.
func TestEntrypoint(t *testing.T) {
	l := newLife(t)
	config := attrs{"entrypoint": cty.ListVal([]cty.Value{str("/bin/serve"), str("--quiet")}), "command": cty.ListVal([]cty.Value{str("site")})}
	made := l.create(config)
	if p := l.Container(t, "web").Configuration.InitProcess; p.Executable != "/bin/serve" || strings.Join(p.Arguments, " ") != "--quiet site" {
		t.Errorf("it runs %s %q", p.Executable, p.Arguments)
	}
	if !l.read(made).RawEquals(made.State) {
		t.Error("what is read is not what was made")
	}
	for _, other := range []struct {
		executable string
		arguments  []string
		changed    string
	}{
		{"/bin/serve", []string{"--quiet"}, "command"},
		{"/bin/serve", []string{"--quiet", "old", "site"}, "command"},
		{"/bin/serve", []string{"--loud", "site"}, "entrypoint"},
		{"/bin/other", []string{"--quiet", "site"}, "entrypoint"},
		{"site", nil, "entrypoint"},
	} {
		c := l.Container(t, "web")
		c.Configuration.InitProcess.Executable, c.Configuration.InitProcess.Arguments = other.executable, other.arguments
		l.must(l.Put(c, false))
		if l.read(made).GetAttr(other.changed).RawEquals(made.State.GetAttr(other.changed)) {
			t.Errorf("%v: %s is as it was", other, other.changed)
		}
	}
}

// Ports and volumes in another order are no change.
func TestOrderMeansNothing(t *testing.T) {
	l := newLife(t)
	port := func(host int64) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"host": cty.NumberIntVal(host), "container": cty.NumberIntVal(80)})
	}
	made := l.create(attrs{"ports": cty.ListVal([]cty.Value{port(1), port(2)})})
	other := l.planned(attrs{"ports": cty.ListVal([]cty.Value{port(2), port(1)})}, made.State)
	if changed := providers.Changed(l.object(), made.State, other); len(changed) > 0 {
		t.Errorf("the plan changes %v", changed)
	}
}

func TestDiagnose(t *testing.T) {
	l := newLife(t)
	made := l.create(nil)
	l.must(l.Set(strings.Repeat("line\n", 900)+"last\xff\n", "logs", "web"))
	diagnose := func() providers.DiagnoseResponse {
		resp, err := l.p.(providers.Diagnoser).Diagnose(t.Context(), providers.DiagnoseRequest{Target: l.target, State: made.State})
		l.must(err)
		return resp
	}
	resp := diagnose()
	if len(resp.Logs) != 200 || resp.Logs[199] != "last\uFFFD" {
		t.Errorf("%d lines, the last of which is %q", len(resp.Logs), resp.Logs[len(resp.Logs)-1])
	}
	for fact, want := range map[string]string{"status": "running", "image": "docker.io/library/nginx:latest", "networks": "default"} {
		if resp.Facts[fact] != want {
			t.Errorf("%s: %q", fact, resp.Facts[fact])
		}
	}
	l.Run(t, "stop", "web")
	if resp = diagnose(); resp.Facts["status"] != "stopped" || resp.Summary != "The container web is stopped." {
		t.Errorf("%s %v", resp.Summary, resp.Facts)
	}
	l.must(l.Set("", "exit-codes"))
	if resp = diagnose(); resp.Facts["exit_code"] != "143" || resp.Summary != "The container web is stopped with exit code 143." {
		t.Errorf("%s %v", resp.Summary, resp.Facts)
	}
	l.must(l.Set("internalError: \"no log\"", "fail", "logs"))
	if resp = diagnose(); resp.Diagnostics.HasErrors() || len(resp.Diagnostics) != 1 || resp.Facts["status"] != "stopped" {
		t.Errorf("without a log: %v %v", resp.Diagnostics, resp.Facts)
	}
}

// A command that hangs keeps nobody waiting, and an answer comes soon.
func TestHangs(t *testing.T) {
	l := newLife(t)
	made := l.create(nil)
	l.must(l.Set("", "hang", "web"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	left := l.apply(ctx, providers.Delete, "intent-2", made, cty.NullVal(l.object().Type()))
	says(t, left.Diagnostics, "Interrupted")
	if took := time.Since(begun); took > 3*time.Second || left.State.IsNull() {
		t.Errorf("it took %s, and left %v", took, left.State)
	}
	if !l.read(made).RawEquals(made.State) {
		t.Error("what hangs is not what it was")
	}
}

// What is wrong is said in the words of the attribute, where it is.
func TestInvalid(t *testing.T) {
	l := newLife(t)
	config := l.planned(attrs{"ports": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{
		"host": cty.NumberIntVal(70000), "container": cty.NumberIntVal(80)})})}, cty.NilVal)
	resp, err := l.p.Validate(t.Context(), providers.ValidateRequest{Kind: providers.KindResource, Type: l.target.Type, Config: config})
	l.must(err)
	says(t, resp.Diagnostics, "Invalid host", "from 1 to 65535")
	if want := cty.GetAttrPath("ports").IndexInt(0).GetAttr("host"); !resp.Diagnostics[0].Path.Equals(want) {
		t.Errorf("it is said of %#v", resp.Diagnostics[0].Path)
	}
	for image, sound := range map[string]bool{"nginx": true, "ghcr.io/acme/web:1.2": true, "localhost:5000/web": true,
		"": false, "-rm": false, "nginx latest": false, "Nginx": false, "nginx:": false, "a//b": false, "https://ghcr.io/acme": false} {
		resp, err := l.p.Validate(t.Context(), providers.ValidateRequest{Kind: providers.KindResource, Type: l.target.Type,
			Config: l.planned(attrs{"image": str(image)}, cty.NilVal)})
		l.must(err)
		if resp.Diagnostics.HasErrors() == sound {
			t.Errorf("image %q: %v", image, resp.Diagnostics)
		}
	}
	provider := cty.ObjectVal(map[string]cty.Value{"command": str("")})
	resp, err = l.p.Validate(t.Context(), providers.ValidateRequest{Kind: providers.KindProvider, Config: provider})
	l.must(err)
	says(t, resp.Diagnostics, "Invalid command")
}

func TestImportOnlyWhatIsSet(t *testing.T) {
	l := newLife(t)
	l.Run(t, "run", "-d", "--name=web", "--env=LEVEL=info", "--publish=8080:80", "--cpus=2", "nginx:alpine")
	resp, err := l.p.(providers.Importer).Import(t.Context(), providers.ImportRequest{Target: l.target, ID: "web"})
	l.must(err)
	for _, config := range []attrs{{
		"image": str("nginx:alpine"), "cpus": cty.NumberIntVal(2), "env": cty.MapVal(map[string]cty.Value{"LEVEL": str("info")}),
		"ports": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"host": cty.NumberIntVal(8080), "container": cty.NumberIntVal(80)})}),
	}} {
		if changed := providers.Changed(l.object(), resp.State, l.planned(config, resp.State)); len(changed) > 0 {
			t.Errorf("the plan changes %v", changed)
		}
	}
	bad, err := l.p.(providers.Importer).Import(t.Context(), providers.ImportRequest{Target: l.target, ID: "--all"})
	l.must(err)
	says(t, bad.Diagnostics, "Not a name")
	if strings.Contains(l.Calls(t), "--all\"") {
		t.Error("an id was handed over as an option")
	}
}
