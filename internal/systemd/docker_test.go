//go:build linux

package systemd

import (
	"context"
	"os"
	"strings"
	"syscall"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

// dockerGroup is the group that may use Docker's socket, 0 if it is root's alone.
func dockerGroup() int {
	info, err := os.Stat(socket)
	if err != nil {
		return 0
	}
	return int(info.Sys().(*syscall.Stat_t).Gid)
}

// container has the service start a container again that was killed.
func (a account) container(dir string) {
	a.Helper()
	engine := dockertest.Engine(a.T)
	if host := engine.DaemonHost(); !strings.HasSuffix(host, socket) {
		a.Skipf("the engine is at %s, and the unit is for one at %s", host, socket)
	}
	dockertest.Images(a.T)
	name := dockertest.Name(a.T)
	dockertest.Cleanup(a.T, name)
	a.write(dir+"/main.cw.hcl", `resource "docker_container" "c" {
  name    = "`+name+`"
  image   = "busybox:stable"
  command = ["sleep", "3600"]
}

assert "container_running" "c" { target = docker_container.c }
`)
	if out, err := a.in(dir, "clockwork", "apply", "-auto-approve"); err != nil {
		a.Fatalf("%v\n%s", err, out)
	}
	startedAt := func() string {
		there, err := engine.ContainerInspect(context.Background(), name)
		if err != nil || !there.State.Running {
			return ""
		}
		return there.State.StartedAt
	}
	before := startedAt()
	a.healthy(dir)
	if err := engine.ContainerKill(context.Background(), name, "SIGKILL"); err != nil {
		a.Fatal(err)
	}
	a.eventually("it runs again", func() bool { now := startedAt(); return now != "" && now != before })
	if out, err := a.in(dir, "clockwork", "destroy", "-auto-approve"); err != nil {
		a.Errorf("%v\n%s", err, out)
	}
}

// with is the account with a group beside its own.
func (a account) with(group int) account {
	a.group = group
	return a
}
