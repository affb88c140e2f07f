//go:build linux

package survival

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

const (
	// stops is how often a container is stopped.
	stops = 10
	// healedWithin is what is promised of nineteen times in twenty, on a quiet
	// machine; patience is what a busy one gets.
	healedWithin = time.Second
	patience     = 10 * time.Second
)

// TestStoppedContainersAreHealedAtOnce kills a container under a real monitor,
// again and again, and takes the time until it runs again.
func TestStoppedContainersAreHealedAtOnce(t *testing.T) {
	engine := dockertest.Engine(t)
	dockertest.Images(t)
	name := dockertest.Name(t)
	dockertest.Cleanup(t, name)
	// When it was started last, "" while it does not run.
	startedAt := func() string {
		there, err := engine.ContainerInspect(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		if !there.State.Running {
			return ""
		}
		return there.State.StartedAt
	}
	p := newProject(t, t.TempDir())
	t.Setenv("CW_STATE_DIR", filepath.Join(p.dir, "service"))
	src := `resource "docker_container" "c" {
  name    = "` + name + `"
  image   = "busybox:stable"
  command = ["sleep", "3600"]
}
assert "container_running" "c" { target = docker_container.c }
remediation "default" {
  attempts = 100
  ladder   = ["restart"]
  backoff  = { initial = "100ms", factor = 1, max = "100ms" }
}
`
	if err := os.WriteFile(filepath.Join(p.dir, "main.cw.hcl"), []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := p.clockwork("", "apply", "-auto-approve"); r.code != 0 {
		t.Fatal(r.output)
	}
	defer p.clockwork("", "destroy", "-auto-approve")

	monitor, out := p.command("", "monitor")
	if err := monitor.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	var took []time.Duration
	for range stops {
		before := startedAt()
		begun := time.Now()
		if err := engine.ContainerKill(context.Background(), name, "SIGKILL"); err != nil {
			t.Fatal(err)
		}
		for now := ""; now == "" || now == before; now = startedAt() {
			if time.Since(begun) > patience {
				_ = monitor.Process.Kill()
				t.Fatalf("it does not run again after %s:\n%s", patience, out)
			}
			time.Sleep(5 * time.Millisecond)
		}
		took = append(took, time.Since(begun))
		time.Sleep(300 * time.Millisecond)
	}
	if err := monitor.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if r := p.wait(monitor, out); r.code != 0 || strings.Count(r.output, "healthy again") != stops {
		t.Errorf("exit code %d:\n%s", r.code, r.output)
	}
	slices.Sort(took)
	t.Logf("running again after %s at best, %s in the middle, %s at worst", took[0], took[len(took)/2], took[len(took)-1])
	if took[len(took)/2] > healedWithin {
		t.Logf("the machine is busy: more than %s", healedWithin)
	}
}
