package docker_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/docker/docker/api/types/container"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// known returns the state of a container that the engine has, as far as what
// looks at it needs.
func known(t *testing.T, schema *providers.Schema, there container.InspectResponse) cty.Value {
	t.Helper()
	v, err := providertest.Value(&schema.Resources["docker_container"].Object, providertest.Attrs{
		"name": str(strings.TrimPrefix(there.Name, "/")), "id": str(there.ID), "image": str(there.Config.Image)})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func targetOf(address string) providers.Target {
	return providers.Target{Configuration: "docker", Type: "docker_container", Address: address}
}

func diagnosed(t *testing.T, w *world, suffix string) providers.DiagnoseResponse {
	t.Helper()
	p, schema := configured(t, nil)
	resp, err := p.(providers.Diagnoser).Diagnose(t.Context(), providers.DiagnoseRequest{
		Target: targetOf("docker_container.x"), State: known(t, schema, w.look(suffix))})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// ended waits until a container has ended.
func ended(w *world, suffix string) {
	w.Helper()
	ok, errs := w.engine.ContainerWait(bg, w.name+suffix, container.WaitConditionNotRunning)
	select {
	case <-ok:
	case err := <-errs:
		w.Fatal(err)
	case <-time.After(30 * time.Second):
		w.Fatal("it does not end")
	}
}

func TestDiagnoseOutOfMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run("", container.Config{Image: "busybox:stable", Cmd: []string{"hog"}},
		container.HostConfig{Resources: container.Resources{Memory: 16 << 20, MemorySwap: 16 << 20}})
	ended(w, "")
	resp := diagnosed(t, w, "")
	if want := fmt.Sprintf("Container '%s' not running (exit code 137, out of memory).", w.name); resp.Summary != want {
		t.Errorf("summary: %s", resp.Summary)
	}
	for fact, want := range map[string]string{"oom_killed": "true", "exit_code": "137", "memory_limit": "16MiB", "image_present": "true", "restart_count": "0"} {
		if got := resp.Facts[fact]; got != want {
			t.Errorf("%s is %q, not %q", fact, got, want)
		}
	}
}

func TestDiagnoseUnhealthy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run("", container.Config{Image: "busybox:stable", Cmd: []string{"sleep", "600"},
		Healthcheck: &container.HealthConfig{Test: []string{"CMD", "sh", "-c", "echo no luck; exit 4"}, Interval: 100 * time.Millisecond, Retries: 1}},
		container.HostConfig{})
	for range 100 {
		if h := w.look("").State.Health; h != nil && h.Status == container.Unhealthy {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	resp := diagnosed(t, w, "")
	if !strings.Contains(resp.Summary, "is unhealthy") || resp.Facts["health"] != "unhealthy" || !strings.Contains(resp.Facts["health_log"], "exit code 4: no luck") {
		t.Errorf("%s %v", resp.Summary, resp.Facts)
	}
}

// However much a container writes, and whatever: what is said of it is bounded,
// and text.
func TestDiagnoseBoundsLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, cmd := range map[string][]string{
		"lines": {"spam", "lines", "20000"}, "binary": {"spam", "binary", "2000"}, "endless": {"spam", "line", "5000"},
	} {
		w.run("-"+name, container.Config{Image: "busybox:stable", Cmd: cmd}, container.HostConfig{})
		ended(w, "-"+name)
		resp := diagnosed(t, w, "-"+name)
		size := 0
		for _, line := range resp.Logs {
			size += len(line)
			if !utf8.ValidString(line) || strings.ContainsAny(line, "\n") {
				t.Errorf("%s: a line is no text: %q", name, line[:min(40, len(line))])
			}
		}
		if name == "lines" && (len(resp.Logs) != 200 || !strings.HasPrefix(resp.Logs[199], "line 20000 ")) {
			t.Errorf("not the last 200 lines: %q", resp.Logs[max(0, len(resp.Logs)-3):])
		}
		if len(resp.Logs) == 0 || len(resp.Logs) > 200 || size > 64<<10 {
			t.Errorf("%s: %d lines of %d bytes", name, len(resp.Logs), size)
		}
	}
}

func TestDiagnoseWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.run("", container.Config{}, container.HostConfig{})
	there := w.look("")
	w.must(w.engine.ContainerRemove(bg, id, container.RemoveOptions{Force: true}))
	p, schema := configured(t, nil)
	state := known(t, schema, there)
	resp, err := p.(providers.Diagnoser).Diagnose(t.Context(), providers.DiagnoseRequest{Target: targetOf("docker_container.x"), State: state})
	if err != nil || resp.Summary != fmt.Sprintf("Container '%s' does not exist.", w.name) || resp.Facts["exists"] != "false" {
		t.Errorf("%v %v %v", err, resp.Summary, resp.Facts)
	}
}

func check(t *testing.T, p providers.Provider, schema *providers.Schema, assert string, state cty.Value, attrs providertest.Attrs) providers.CheckResponse {
	t.Helper()
	config, err := providertest.Value(&schema.Asserts[assert].Object, attrs)
	if err != nil {
		t.Fatal(err)
	}
	config = providers.Propose(&schema.Asserts[assert].Object, cty.NilVal, config)
	resp, err := p.(providers.Checker).Check(t.Context(), providers.CheckRequest{
		Target: targetOf("docker_container.x"), Assert: assert, Config: config, State: state})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run("-up", container.Config{}, container.HostConfig{})
	w.run("-down", container.Config{Image: "busybox:stable", Cmd: []string{"sh", "-c", "echo good morning; echo ERROR 7; exit 3"}}, container.HostConfig{})
	w.run("-again", container.Config{Image: "busybox:stable", Cmd: []string{"false"}},
		container.HostConfig{RestartPolicy: container.RestartPolicy{Name: "on-failure", MaximumRetryCount: 2}})
	w.run("-paused", container.Config{}, container.HostConfig{})
	w.must(w.engine.ContainerPause(bg, w.name+"-paused"))
	ended(w, "-down")
	for w.look("-again").RestartCount < 2 || w.look("-again").State.Running {
		time.Sleep(50 * time.Millisecond)
	}
	p, schema := configured(t, nil)
	// The engine writes a log down a moment after the end of what was logged.
	logged := func() bool {
		attrs := providertest.Attrs{"regex": str("ERROR 7")}
		return check(t, p, schema, "log_contains", known(t, schema, w.look("-down")), attrs).Outcome == providers.Pass
	}
	for end := time.Now().Add(time.Minute); !logged() && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	for _, c := range []struct {
		suffix, assert string
		attrs          providertest.Attrs
		want           providers.Outcome
		message        string
	}{
		{"-up", "container_running", nil, providers.Pass, "it runs"},
		{"-down", "container_running", nil, providers.Fail, "it is not running (exit code 3)"},
		{"-paused", "container_running", nil, providers.Fail, "it is paused"},
		{"-up", "container_healthy", nil, providers.Unknown, "it has no health check"},
		{"-down", "container_healthy", nil, providers.Fail, "it is not running (exit code 3)"},
		{"-down", "log_contains", providertest.Attrs{"regex": str("^good m")}, providers.Pass, "its log has such a line"},
		{"-down", "log_contains", providertest.Attrs{"regex": str("^morning")}, providers.Fail, "its log has no such line"},
		{"-down", "log_contains", providertest.Attrs{"regex": str("ERROR"), "absent": cty.True}, providers.Fail, "its log has such a line"},
		{"-down", "log_contains", providertest.Attrs{"regex": str("FATAL"), "absent": cty.True, "since": str("1h")}, providers.Pass, "its log has no such line"},
		{"-up", "restart_count", providertest.Attrs{"max": cty.Zero}, providers.Pass, "it was restarted 0 times"},
		{"-again", "restart_count", providertest.Attrs{"max": cty.NumberIntVal(1)}, providers.Fail, "it was restarted 2 times"},
	} {
		resp := check(t, p, schema, c.assert, known(t, schema, w.look(c.suffix)), c.attrs)
		if resp.Outcome != c.want || resp.Message != c.message {
			t.Errorf("%s of %s: %s: %s", c.assert, c.suffix, resp.Outcome, resp.Message)
		}
	}
}

// An engine that is down says nothing of its containers.
func TestChecksWithoutAnEngineAreUnknown(t *testing.T) {
	w := newWorld(t)
	w.run("", container.Config{}, container.HostConfig{})
	there := w.look("")
	p, schema := configured(t, providertest.Attrs{"host": str("unix:///nonexistent/docker.sock")})
	resp := check(t, p, schema, "container_running", known(t, schema, there), nil)
	if resp.Outcome != providers.Unknown || !strings.Contains(resp.Message, "does not answer") {
		t.Errorf("%s: %s", resp.Outcome, resp.Message)
	}
}

// events collects what Watch reports.
type events struct {
	mu  sync.Mutex
	all []providers.Event
	at  []time.Time
}

func (e *events) add(event providers.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all, e.at = append(e.all, event), append(e.at, time.Now())
}

// wait waits for an event and returns when it came.
func (e *events) wait(t *testing.T, kind, address string, n int) time.Time {
	t.Helper()
	for range 1000 {
		e.mu.Lock()
		found := 0
		for i, event := range e.all {
			if event.Kind == kind && event.Address == address {
				if found++; found == n {
					defer e.mu.Unlock()
					return e.at[i]
				}
			}
		}
		e.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("event %d of %q about %q does not come: %v", n, kind, address, e.all)
	return time.Time{}
}

func TestWatchTellsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Files["main.cw.hcl"] = w.fill(resource(""))
	w.Run(plan.Options{})
	p, schema := configured(t, nil)
	var got events
	go func() {
		_ = p.(providers.Watcher).Watch(t.Context(), providers.WatchRequest{Configuration: "docker",
			Resources: []providers.WatchTarget{{Target: targetOf("docker_container.c"), State: known(t, schema, w.look(""))}}}, got.add)
	}()
	got.wait(t, providers.Resync, "", 1)
	w.run("-other", container.Config{}, container.HostConfig{})
	w.must(w.engine.ContainerKill(bg, w.name, "SIGKILL"))
	killed := time.Now()
	if late := got.wait(t, "die", "docker_container.c", 1).Sub(killed); late > time.Second {
		t.Errorf("it was told %s after", late)
	}
	// The same resource in another container: known by its labels.
	w.must(w.engine.ContainerRemove(bg, w.name, container.RemoveOptions{}))
	got.wait(t, "destroy", "docker_container.c", 1)
	w.Run(plan.Options{})
	got.wait(t, "start", "docker_container.c", 1)
	got.mu.Lock()
	defer got.mu.Unlock()
	if slices.ContainsFunc(got.all, func(e providers.Event) bool { return e.Address != "" && e.Address != "docker_container.c" }) {
		t.Errorf("there are events of others: %v", got.all)
	}
}

// When the connection is lost, that is said, and when it is back everything is
// to be looked at anew.
func TestWatchResyncsAfterTheConnectionWasLost(t *testing.T) {
	path := socket(t)
	elsewhere(t)
	w := newWorld(t)
	w.run("", container.Config{}, container.HostConfig{})
	proxy := filepath.Join(t.TempDir(), "s")
	stop := relay(t, proxy, path)
	p, schema := configured(t, providertest.Attrs{"host": str("unix://" + proxy)})
	var got events
	go func() {
		_ = p.(providers.Watcher).Watch(t.Context(), providers.WatchRequest{Configuration: "docker",
			Resources: []providers.WatchTarget{{Target: targetOf("docker_container.c"), State: known(t, schema, w.look(""))}}}, got.add)
	}()
	got.wait(t, providers.Resync, "", 1)
	stop()
	got.wait(t, providers.Resync, "", 2)
	w.must(w.engine.ContainerKill(bg, w.name, "SIGKILL"))
	relay(t, proxy, path)
	got.wait(t, providers.Resync, "", 3)
	w.must(w.engine.ContainerStart(bg, w.name, container.StartOptions{}))
	got.wait(t, "start", "docker_container.c", 1)
}

// What was asked of an engine while it hung may never be answered: it is asked
// again.
func TestWatchOutlivesAnEngineThatHung(t *testing.T) {
	t.Parallel()
	path := socket(t)
	w := newWorld(t)
	w.run("", container.Config{}, container.HostConfig{})
	proxy := dockertest.NewProxy(t, "unix://"+path)
	p, schema := configured(t, providertest.Attrs{"host": str(proxy.Host)})
	var got events
	go func() {
		_ = p.(providers.Watcher).Watch(t.Context(), providers.WatchRequest{Configuration: "docker",
			Resources: []providers.WatchTarget{{Target: targetOf("docker_container.c"), State: known(t, schema, w.look(""))}}}, got.add)
	}()
	got.wait(t, providers.Resync, "", 1)
	proxy.Hang(true)
	got.wait(t, providers.Resync, "", 2)
	time.Sleep(2 * time.Second) // it asks again, and gets no answer
	w.must(w.engine.ContainerKill(bg, w.name, "SIGKILL"))
	proxy.Answer()
	time.Sleep(6 * time.Second) // some of the time that it waits for one
	got.wait(t, providers.Resync, "", 3)
	w.must(w.engine.ContainerStart(bg, w.name, container.StartOptions{}))
	got.wait(t, "start", "docker_container.c", 1)
}

// relay passes connections on to a socket until it is stopped.
func relay(t *testing.T, from, to string) (stop func()) {
	t.Helper()
	_ = os.Remove(from)
	l, err := net.Listen("unix", from)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", to)
			if err != nil {
				in.Close()
				continue
			}
			context.AfterFunc(ctx, func() { in.Close(); out.Close() })
			go func() { _, _ = io.Copy(out, in); out.Close() }()
			go func() { _, _ = io.Copy(in, out); in.Close() }()
		}
	}()
	return func() {
		l.Close()
		cancel()
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run("", container.Config{Image: "nginx:alpine", Env: []string{"A=1"}, Labels: map[string]string{"team": "x"}},
		container.HostConfig{RestartPolicy: container.RestartPolicy{Name: "always"}, Resources: container.Resources{Memory: 64 << 20},
			CapDrop: []string{"MKNOD"}, Binds: []string{w.Dir + ":/data:ro"}})
	p, schema := configured(t, nil)
	resp, err := p.(providers.Importer).Import(t.Context(), providers.ImportRequest{Target: targetOf("docker_container.x"), ID: w.name})
	if err != nil || resp.Diagnostics.HasErrors() {
		t.Fatal(err, resp.Diagnostics)
	}
	rt := schema.Resources["docker_container"]
	config, err := providertest.Value(&rt.Object, providertest.Attrs{
		"name": str(w.name), "image": str("nginx:alpine"), "restart": str("always"), "memory": str("64MiB"),
		"env": cty.MapVal(map[string]cty.Value{"A": str("1")}), "labels": cty.MapVal(map[string]cty.Value{"team": str("x")}),
		"volumes":      cty.ListVal([]cty.Value{str(w.Dir + ":/data:ro")}),
		"capabilities": cty.ObjectVal(map[string]cty.Value{"drop": cty.ListVal([]cty.Value{str("MKNOD")})}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if changed := providers.Changed(&rt.Object, resp.State, providers.Propose(&rt.Object, resp.State, config)); len(changed) > 0 {
		t.Errorf("after the import there are changes in %#v", changed)
	}
	resp, err = p.(providers.Importer).Import(t.Context(), providers.ImportRequest{Target: targetOf("docker_container.x"), ID: dockertest.Name(t)})
	if err != nil || !resp.State.IsNull() {
		t.Errorf("%v %v", err, resp.State)
	}
}
