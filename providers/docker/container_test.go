package docker_test

import (
	"context"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
)

var bg = context.Background()

const created = "create docker_container.c"

func TestContainerLives(t *testing.T) {
	tell(t,
		chapter{main: `
resource "docker_container" "c" {
  name  = "NAME"
  image = "nginx:alpine"
  ports = [{ host = PORT, container = 80 }]
}
`, plan: created, then: func(w *world) {
			there := w.look("")
			if !there.State.Running {
				w.Errorf("it does not run: %+v", there.State)
			}
			labels := there.Config.Labels
			if labels["clockwork.project"] != "test" || labels["clockwork.address"] != "docker_container.c" || labels["clockwork.intent"] == "" {
				w.Errorf("labels: %v", labels)
			}
		}},
		chapter{edit: func(w *world) { w.must(w.engine.ContainerStop(bg, w.name, container.StopOptions{})) },
			plan: "update docker_container.c"},
		chapter{edit: func(w *world) {
			w.must(w.engine.ContainerRemove(bg, w.name, container.RemoveOptions{Force: true}))
		}, plan: created},
	)
}

func TestWhatTheImageBringsIsNoDrift(t *testing.T) {
	tell(t, chapter{main: `
resource "docker_container" "c" {
  name  = "NAME"
  image = "redis:7-alpine"
  env   = { OWN = "1" }
}
`, plan: created, then: func(w *world) {
		if env := w.look("").Config.Env; !strings.Contains(strings.Join(env, " "), "REDIS_VERSION") {
			w.Errorf("the image's environment is missing: %v", env)
		}
	}})
}
