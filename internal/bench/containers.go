package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

// containers is the shape of projects that need Docker Engine: their figures
// are compared with nobody else's.
const containers shape = "containers"

// prepareDocker tells whether the scenarios that need Docker can be measured,
// and has the images there.
func prepareDocker(ctx context.Context) (bool, error) {
	if os.Getenv("CW_TEST_NO_DOCKER") == "1" {
		return false, nil
	}
	_, err := exec.LookPath("docker")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: there is no docker command, so what needs Docker is left out")
		return false, nil
	}
	engine, err := dockertest.Connect(ctx)
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: what needs Docker is left out: %v\n", err)
		return false, nil
	}
	defer func() { _ = engine.Close() }()
	if _, err := dockertest.Load(ctx, engine); err != nil {
		return false, err
	}
	return true, nil
}

// dockerScenarios are what is promised about containers. Names begin with that
// of the run's folder, so that nobody else's are met.
func dockerScenarios() []scenario {
	const timeout = 3 * time.Minute
	return []scenario{
		{
			// examples/monitored-service, with ports that the engine chooses,
			// beside the docker command doing the same.
			name: "docker-service", n: 3, shape: containers, docker: true,
			prepare: writeService,
			steps: []step{
				{name: "docker run", program: "sh", args: []string{"-c", byHand}, timeout: timeout, files: -1},
				{name: "docker rm", program: "sh", args: []string{"-c", removeByHand}, timeout: timeout, quiet: true, files: -1},
				{name: "apply", args: []string{"apply", "-auto-approve"}, timeout: timeout,
					relative: &relative{to: "docker run", times: 1.5, plus: 300 * time.Millisecond},
					says:     "Resources: 3 added, 0 changed, 0 destroyed.", files: -1},
				{name: "no-op plan", args: []string{"plan"}, timeout: timeout, says: "No changes.", files: -1},
				{name: "destroy", args: []string{"destroy", "-auto-approve"}, timeout: timeout, says: "3 destroyed.", files: -1},
			},
		},
		{
			name: "docker-100", n: 100, shape: containers, docker: true, runs: 1,
			prepare: writeIdle,
			steps: []step{
				{name: "apply", args: []string{"apply", "-auto-approve"}, timeout: timeout,
					says: "Resources: 100 added, 0 changed, 0 destroyed.", files: -1},
				{name: "no-op plan", args: []string{"plan"}, limit: limit{Wall: 500 * time.Millisecond}, repeat: 5, timeout: timeout,
					says: "No changes.", files: -1},
				{name: "destroy", args: []string{"destroy", "-auto-approve"}, timeout: timeout, says: "100 destroyed.", files: -1},
			},
		},
	}
}

// What somebody would do by hand, in the folder of a run.
const (
	byHand = `set -e
n=$(basename "$PWD")
docker network create $n
docker run --detach --name $n-redis --network $n --network-alias redis --publish 6379 redis:7-alpine
docker run --detach --name $n-nginx --network $n --publish 80 nginx:alpine`
	removeByHand = `n=$(basename "$PWD")
docker rm --force --volumes $n-redis $n-nginx && docker network rm $n`
)

func writeService(dir string) error {
	return writeFile(filepath.Join(dir, "main.cw.hcl"), func(w *bufio.Writer) {
		fmt.Fprintf(w, `resource "docker_network" "app" {
  name = "%[1]s"
}

resource "docker_container" "redis" {
  name           = "%[1]s-redis"
  image          = "redis:7-alpine"
  ports          = [{ container = 6379 }]
  networks       = { (docker_network.app.name) = { aliases = ["redis"] } }
  remove_volumes = true
}

resource "docker_container" "nginx" {
  name       = "%[1]s-nginx"
  image      = "nginx:alpine"
  ports      = [{ container = 80 }]
  networks   = { (docker_network.app.name) = {} }
  depends_on = [docker_container.redis]
}
`, filepath.Base(dir))
	})
}

// writeIdle writes a project of 100 containers that cost as little as can be.
func writeIdle(dir string) error {
	return writeFile(filepath.Join(dir, "main.cw.hcl"), func(w *bufio.Writer) {
		fmt.Fprintf(w, `resource "docker_container" "idle" {
  count        = 100
  name         = "%s-${count.index}"
  image        = "busybox:stable"
  command      = ["sleep", "infinity"]
  network_mode = "none"
}
`, filepath.Base(dir))
	})
}

// removeObjects removes what runs in these folders have left, as they do when a
// step has failed.
func removeObjects(dirs []string) error {
	for _, dir := range dirs {
		prefix := filepath.Base(dir)
		for _, kind := range []string{"container", "network"} {
			list := []string{kind, "ls", "--quiet", "--filter", "name=" + prefix}
			remove := []string{kind, "rm"}
			if kind == "container" {
				list, remove = append(list, "--all"), append(remove, "--force", "--volumes")
			}
			found, err := exec.Command("docker", list...).Output()
			if err != nil {
				return fmt.Errorf("list each %s of %s: %w", kind, prefix, err)
			}
			if ids := strings.Fields(string(found)); len(ids) > 0 {
				if err := exec.Command("docker", append(remove, ids...)...).Run(); err != nil {
					return fmt.Errorf("remove each %s of %s: %w", kind, prefix, err)
				}
			}
		}
	}
	return nil
}
