package dockertest

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
	"github.com/google/go-cmp/cmp"
)

// TestStandInsAreConfiguredLikeTheRealOnes checks what the engine made of the
// configurations: what an image sets is never drift, so it has to set things.
func TestStandInsAreConfiguredLikeTheRealOnes(t *testing.T) {
	c := Engine(t)
	Images(t)
	for name, spec := range standIns() {
		got, err := c.ImageInspect(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if got.Config.Labels[label] == "" {
			t.Skipf("%s is no stand-in on this engine", name)
		}
		if !slices.Equal(got.Config.Cmd, spec.Cmd) || !slices.Equal(got.Config.Entrypoint, spec.Entrypoint) ||
			got.Config.StopSignal != spec.StopSignal || got.Config.WorkingDir != spec.WorkingDir ||
			len(got.Config.ExposedPorts) != len(spec.ExposedPorts) || len(got.Config.Volumes) != len(spec.Volumes) ||
			len(got.Config.Env) != len(spec.Env)+1 {
			t.Errorf("%s is configured as %+v, want %+v", name, got.Config, spec)
		}
		if got.Size > 10<<20 {
			t.Errorf("%s takes %d bytes", name, got.Size)
		}
	}
}

func TestEnsureLoadsWhatIsMissingOrOldAndLeavesRealImages(t *testing.T) {
	c := Engine(t)
	name := Name(t)
	Cleanup(t, name)
	stale, fresh, real := name+"-stale:1", name+"-fresh:1", name+"-real:1"
	specs := map[string]Spec{stale: {Cmd: []string{"sh"}}, fresh: {Cmd: []string{"sh"}}, real: {Cmd: []string{"sh"}}}
	if err := load(t.Context(), c, map[string]Spec{stale: {Labels: map[string]string{label: "old", "of": name}}}); err != nil {
		t.Fatal(err)
	}
	old := inspect(t, c, stale)
	importEmpty(t, c, real)
	untouched := inspect(t, c, real)

	// Several processes find them missing at the same time.
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := ensure(t.Context(), c, specs); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	report, err := ensure(t.Context(), c, specs)
	if err != nil {
		t.Fatal(err)
	}
	want := Report{Present: []string{fresh, stale}, Real: []string{real}}
	if difference := cmp.Diff(want, report); difference != "" {
		t.Errorf("(-want +got)\n%s", difference)
	}
	if inspect(t, c, real).ID != untouched.ID {
		t.Error("a real image was replaced")
	}
	if inspect(t, c, stale).ID == old.ID {
		t.Error("the old stand-in is still there")
	}
	if _, err := c.ImageInspect(t.Context(), old.ID); !cerrdefs.IsNotFound(err) {
		t.Errorf("the old stand-in has only lost its name: %v", err)
	}

	removed, err := unload(t.Context(), c, specs)
	if err != nil || !slices.Equal(removed, []string{fresh, stale}) {
		t.Errorf("unload removed %q, %v", removed, err)
	}
	if inspect(t, c, real).ID != untouched.ID {
		t.Error("a real image was removed")
	}
}

// importEmpty makes an image that is no stand-in.
func importEmpty(t *testing.T, c *client.Client, name string) {
	t.Helper()
	var empty bytes.Buffer
	if err := tar.NewWriter(&empty).Close(); err != nil {
		t.Fatal(err)
	}
	answer, err := c.ImageImport(t.Context(), image.ImportSource{Source: &empty, SourceName: "-"}, name, image.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Close() }()
	if _, err := io.Copy(io.Discard, answer); err != nil {
		t.Fatal(err)
	}
}

func inspect(t *testing.T, c *client.Client, name string) image.InspectResponse {
	t.Helper()
	found, err := c.ImageInspect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAnImageOfOnesOwn(t *testing.T) {
	name := Image(t, Spec{
		Cmd: []string{"sh", "-c", "id -u; pwd; echo $GREETING; cat /data/none; exit 7"}, Env: []string{"GREETING=good  day"},
		User: "redis", WorkingDir: "/tmp",
	})
	got := run(t, Engine(t), name, nil, nil)
	if got.code != 7 || got.out != "999\n/tmp\ngood day\n" || !strings.Contains(got.err, "/data/none") {
		t.Errorf("it ended with %+v", got)
	}
}

func TestHealthcheckOfAnImage(t *testing.T) {
	c := Engine(t)
	name := Image(t, Spec{
		Entrypoint: []string{"/docker-entrypoint.sh"}, Cmd: []string{"redis-server", "--requirepass", "word"},
		Healthcheck: &container.HealthConfig{
			Test: []string{"CMD-SHELL", "redis-cli -a word ping || exit 1"}, Interval: 200 * time.Millisecond, Retries: 1,
		},
	})
	id := start(t, c, name, nil, nil, &container.HostConfig{})
	eventually(t, "it becomes healthy", func() error {
		found, err := c.ContainerInspect(t.Context(), id)
		if err == nil && found.State.Health.Status != container.Healthy {
			err = fmt.Errorf("it is %+v", found.State.Health)
		}
		return err
	})
}

func TestNginxWithAndWithoutItsRedis(t *testing.T) {
	c := Engine(t)
	name := Image(t, standIns()["nginx:alpine"])
	got := run(t, c, name, nil, []string{"REDIS_HOST=127.0.0.1:6379"})
	if got.code != 1 || !strings.Contains(got.out+got.err, "Error: Cannot connect to 127.0.0.1:6379") {
		t.Errorf("without its Redis it ended with %+v", got)
	}

	id := start(t, c, name, nil, nil, &container.HostConfig{PublishAllPorts: true})
	found, err := c.ContainerInspect(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	url := "http://127.0.0.1:" + found.NetworkSettings.Ports["80/tcp"][0].HostPort
	eventually(t, "it answers", func() error {
		response, err := http.Get(url)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err == nil && !strings.Contains(string(text), "Welcome to nginx!") {
			t.Fatalf("it answered %q", text)
		}
		return err
	})
	stopped := time.Now()
	if err := c.ContainerStop(t.Context(), id, container.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(stopped); took > 5*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	if got := ended(t, c, id); got.code != 0 || !strings.Contains(got.out, `"GET / HTTP/1.1" 200`) {
		t.Errorf("it ended with %+v", got)
	}
}

func TestFaults(t *testing.T) {
	c := Engine(t)
	name := Image(t, Spec{})
	if got := run(t, c, name, []string{"crash", "3", "0.1", "out", "of", "luck"}, nil); got.code != 3 || got.err != "out of luck\n" {
		t.Errorf("crash ended with %+v", got)
	}
	if got := run(t, c, name, []string{"spam", "lines", "1000"}, nil); got.code != 0 || strings.Count(got.out, "\n") != 1000 {
		t.Errorf("spam ended with %d and %d lines", got.code, strings.Count(got.out, "\n"))
	}

	// Swap would only delay it.
	limit := container.Resources{Memory: 24 << 20, MemorySwap: 24 << 20}
	id := start(t, c, name, []string{"hog"}, nil, &container.HostConfig{Resources: limit})
	if got := ended(t, c, id); got.code != 137 {
		t.Errorf("hog ended with %+v", got)
	}
	if found, err := c.ContainerInspect(t.Context(), id); err != nil || !found.State.OOMKilled {
		t.Errorf("hog was not killed for its memory: %+v, %v", found.State, err)
	}

	id = start(t, c, name, []string{"ignore-term"}, nil, &container.HostConfig{})
	eventually(t, "it ignores SIGTERM", func() error {
		if got := output(t, c, id); got.out == "" {
			return fmt.Errorf("it has said only %+v", got)
		}
		return nil
	})
	second := 1
	if err := c.ContainerStop(t.Context(), id, container.StopOptions{Timeout: &second}); err != nil {
		t.Fatal(err)
	}
	if got := ended(t, c, id); got.code != 137 {
		t.Errorf("ignore-term ended with %+v", got)
	}
}

func TestCleanup(t *testing.T) {
	c := Engine(t)
	var left []string
	name := Name(t)
	t.Run("what it leaves", func(t *testing.T) {
		Cleanup(t, name)
		if err := load(t.Context(), c, map[string]Spec{name + ":1": {}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.NetworkCreate(t.Context(), name+"-net", network.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.VolumeCreate(t.Context(), volume.CreateOptions{Name: name + "-vol"}); err != nil {
			t.Fatal(err)
		}
		config := &container.Config{Image: name + ":1", Cmd: []string{"sleep", "infinity"}}
		host := &container.HostConfig{NetworkMode: container.NetworkMode(name + "-net"), Binds: []string{name + "-vol:/data"}}
		made, err := c.ContainerCreate(t.Context(), config, host, nil, nil, name+"-run")
		if err == nil {
			err = c.ContainerStart(t.Context(), made.ID, container.StartOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, made.ID)
	})
	ctx := t.Context()
	if _, err := c.ContainerInspect(ctx, left[0]); !cerrdefs.IsNotFound(err) {
		t.Errorf("the container is still there: %v", err)
	}
	if _, err := c.NetworkInspect(ctx, name+"-net", network.InspectOptions{}); !cerrdefs.IsNotFound(err) {
		t.Errorf("the network is still there: %v", err)
	}
	if _, err := c.VolumeInspect(ctx, name+"-vol"); !cerrdefs.IsNotFound(err) {
		t.Errorf("the volume is still there: %v", err)
	}
	if _, err := c.ImageInspect(ctx, name+":1"); !cerrdefs.IsNotFound(err) {
		t.Errorf("the image is still there: %v", err)
	}
}

// result is how a container ended.
type result struct {
	code     int64
	out, err string
}

// run runs a container to its end.
func run(t *testing.T, c *client.Client, image string, command, env []string) result {
	t.Helper()
	return ended(t, c, start(t, c, image, command, env, &container.HostConfig{}))
}

// start starts a container, removed at the end of the test, and returns its ID.
func start(t *testing.T, c *client.Client, image string, command, env []string, host *container.HostConfig) string {
	t.Helper()
	name := Name(t)
	Cleanup(t, name)
	made, err := c.ContainerCreate(t.Context(), &container.Config{Image: image, Cmd: command, Env: env}, host, nil, nil, name)
	if err == nil {
		err = c.ContainerStart(t.Context(), made.ID, container.StartOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// ended waits for a container's end.
func ended(t *testing.T, c *client.Client, id string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	over, failed := c.ContainerWait(ctx, id, container.WaitConditionNotRunning)
	var code int64
	select {
	case end := <-over:
		code = end.StatusCode
	case err := <-failed:
		t.Fatal(err)
	}
	r := output(t, c, id)
	r.code = code
	return r
}

// output returns what a container has said so far.
func output(t *testing.T, c *client.Client, id string) result {
	t.Helper()
	logs, err := c.ContainerLogs(t.Context(), id, container.LogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = logs.Close() }()
	var out, errs strings.Builder
	if _, err := stdcopy.StdCopy(&out, &errs, logs); err != nil {
		t.Fatal(err)
	}
	return result{out: out.String(), err: errs.String()}
}

// eventually asks until there is no error, for a while.
func eventually(t *testing.T, what string, ask func() error) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		err := ask()
		if err == nil {
			return
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("%s: %v", what, err)
		}
	}
}
