package docker_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/go-connections/nat"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

var bg = context.Background()

const (
	created  = "create docker_container.c"
	updated  = "update docker_container.c"
	replaced = "delete-create docker_container.c (cannot_update)"
)

// resource is a docker_container.c that sleeps, with more arguments.
func resource(more string) string {
	return `
resource "docker_container" "c" {
  name    = "NAME"
  image   = "busybox:stable"
  command = ["sleep", "600"]
` + more + `
}
`
}

func TestContainerLives(t *testing.T) {
	tell(t,
		chapter{main: `
resource "docker_container" "c" {
  name  = "NAME"
  image = "nginx:alpine"
  ports = [{ host = PORT, container = 80 }]
}
output "port" { value = docker_container.c.published["80/tcp"] }
`, plan: created + "; create output.port", then: func(w *world) {
			there := w.look("")
			if !there.State.Running {
				w.Errorf("it does not run: %+v", there.State)
			}
			labels := there.Config.Labels
			if labels["clockwork.project"] != "test" || labels["clockwork.address"] != "docker_container.c" || labels["clockwork.intent"] == "" {
				w.Errorf("labels: %v", labels)
			}
		}},
		chapter{edit: func(w *world) { w.must(w.engine.ContainerStop(bg, w.name, container.StopOptions{})) }, plan: "-"},
		chapter{edit: func(w *world) {
			w.must(w.engine.ContainerRemove(bg, w.name, container.RemoveOptions{Force: true}))
		}, plan: "-", then: func(w *world) {
			if !w.look("").State.Running {
				w.Error("it does not run again")
			}
		}},
	)
}

func TestStoppedByHandIsStarted(t *testing.T) {
	var id string
	tell(t,
		chapter{main: resource(""), plan: created, then: func(w *world) { id = w.look("").ID }},
		chapter{edit: func(w *world) { w.must(w.engine.ContainerStop(bg, w.name, container.StopOptions{})) },
			plan: updated, then: func(w *world) {
				if there := w.look(""); there.ID != id || !there.State.Running {
					w.Error("it was not started, but made anew")
				}
			}},
		chapter{edit: func(w *world) { w.must(w.engine.ContainerPause(bg, w.name)) }, plan: ""},
	)
}

func TestRemovedByHandIsMadeAgain(t *testing.T) {
	tell(t, chapter{main: resource(""), plan: created},
		chapter{edit: func(w *world) {
			w.must(w.engine.ContainerRemove(bg, w.name, container.RemoveOptions{Force: true}))
		}, plan: created})
}

func TestRenamedByHandIsRenamedBack(t *testing.T) {
	tell(t, chapter{main: resource(""), plan: created},
		chapter{edit: func(w *world) { w.must(w.engine.ContainerRename(bg, w.name, w.name+"-hand")) },
			plan: updated, then: func(w *world) { w.look("") }})
}

func TestWhatTheImageBringsIsNoDrift(t *testing.T) {
	spec := dockertest.Spec{Cmd: []string{"sleep", "600"}, Env: []string{"A=image", "B=image"}, User: "1000:1000", WorkingDir: "/tmp",
		Labels: map[string]string{"maintainer": "somebody"}, StopSignal: "SIGQUIT", Volumes: []string{"/data"}, ExposedPorts: []string{"80/tcp"},
		Healthcheck: &container.HealthConfig{Test: []string{"CMD", "true"}}}
	image := ""
	set := func(text string) func(*world) {
		return func(w *world) {
			if image == "" {
				image = dockertest.Image(w.TB, spec)
			}
			w.Files["main.cw.hcl"] = w.fill(strings.ReplaceAll(text, "IMAGE", image))
		}
	}
	tell(t,
		chapter{edit: set(`resource "docker_container" "c" {
  name  = "NAME"
  image = "IMAGE"
  env   = { B = "own" }
}`), plan: created, then: func(w *world) {
			c := w.look("").Config
			if env := strings.Join(c.Env, " "); !strings.Contains(env, "A=image") || !strings.Contains(env, "B=own") || c.User != "1000:1000" || c.WorkingDir != "/tmp" {
				w.Errorf("%+v", c)
			}
		}},
		// What is set to what the image says anyway is a change only of what is
		// set.
		chapter{edit: set(`resource "docker_container" "c" {
  name        = "NAME"
  image       = "IMAGE"
  env         = { B = "own", A = "image" }
  user        = "1000:1000"
  working_dir = "/tmp"
  command     = ["sleep", "600"]
  labels      = { maintainer = "me" }
}`), plan: replaced, then: func(w *world) {
			if got := w.look("").Config.Labels["maintainer"]; got != "me" {
				w.Errorf("label: %q", got)
			}
		}},
	)
}

func TestEntrypointCanBeTakenAway(t *testing.T) {
	tell(t, chapter{main: `resource "docker_container" "c" {
  name       = "NAME"
  image      = "nginx:alpine"
  entrypoint = []
  command    = ["sleep", "600"]
}`, plan: created, then: func(w *world) {
		if there := w.look(""); there.Path != "sleep" || !there.State.Running {
			w.Errorf("it runs %s %v", there.Path, there.Args)
		}
	}})
}

func TestImageByIDAndTag(t *testing.T) {
	tell(t,
		chapter{edit: func(w *world) {
			image, err := w.engine.ImageInspect(bg, "busybox:stable")
			w.must(err)
			w.Files["main.cw.hcl"] = strings.ReplaceAll(w.fill(resource("")), "busybox:stable", image.ID)
		}, plan: created},
		chapter{main: resource(""), plan: replaced},
	)
}

func TestChangesInPlace(t *testing.T) {
	var id string
	tell(t,
		chapter{main: resource(""), plan: created, then: func(w *world) { id = w.look("").ID }},
		chapter{main: resource(`
  memory     = "64MiB"
  cpus       = 0.5
  restart    = "on-failure:2"
  pids_limit = 100
  cpu_shares = 512`), plan: updated, then: func(w *world) {
			there := w.look("")
			h := there.HostConfig
			if there.ID != id || h.Memory != 64<<20 || h.NanoCPUs != 5e8 || h.RestartPolicy.MaximumRetryCount != 2 || *h.PidsLimit != 100 || h.CPUShares != 512 {
				w.Errorf("%+v", h)
			}
		}},
		chapter{main: resource(`
  memory     = "67108864"
  cpus       = 0.5
  restart    = "on-failure:2"
  pids_limit = 100
  cpu_shares = 512`), plan: ""},
		chapter{main: resource(`
  memory     = "128m"
  cpus       = 1
  restart    = "always"
  pids_limit = -1
  cpu_shares = 1024`), plan: updated, then: func(w *world) {
			h := w.look("").HostConfig
			if h.Memory != 128<<20 || h.MemorySwap != 256<<20 || !h.RestartPolicy.IsAlways() {
				w.Errorf("%+v", h)
			}
		}},
		chapter{edit: func(w *world) {
			_, err := w.engine.ContainerUpdate(bg, w.name, container.UpdateConfig{Resources: container.Resources{Memory: 32 << 20, MemorySwap: 64 << 20}})
			w.must(err)
		}, plan: updated},
		// A limit cannot be taken away from a container that is there.
		chapter{main: resource(`restart = "no"`), plan: replaced},
		chapter{main: resource(""), plan: updated},
	)
}

func TestNewNameInPlace(t *testing.T) {
	var id string
	tell(t,
		chapter{main: resource(""), plan: created, then: func(w *world) { id = w.look("").ID }},
		chapter{main: strings.Replace(resource(""), `"NAME"`, `"NAME-new"`, 1), plan: updated, then: func(w *world) {
			if w.look("-new").ID != id {
				w.Error("it is another container")
			}
		}},
		chapter{main: resource(""), edit: func(w *world) { w.run("", container.Config{}, container.HostConfig{}) },
			plan: updated, applyErr: "Name is in use && it was not made by Clockwork"},
	)
}

func TestReplacedByWhatCannotChange(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"env":          {`env = { A = "1" }`, `env = { A = "2" }`},
		"env taken":    {`env = { A = "1", B = "2" }`, `env = { A = "1" }`},
		"labels":       {`labels = { a = "1" }`, `labels = { a = "1", b = "2" }`},
		"capabilities": {`capabilities = { add = ["NET_ADMIN"] }`, `capabilities = { add = ["NET_ADMIN", "SYS_TIME"] }`},
		"ports":        {`ports = [{ container = 80 }]`, `ports = [{ container = 81 }]`},
		"user":         {`user = "1"`, `user = "2"`},
		"healthcheck":  {`healthcheck = { test = ["true"] }`, `healthcheck = { test = ["true"], interval = "5s" }`},
		"mounts":       {`mounts = [{ type = "tmpfs", target = "/a" }]`, `mounts = [{ type = "tmpfs", target = "/b" }]`},
		"sysctls":      {``, `sysctls = { "net.core.somaxconn" = "256" }`},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, chapter{main: resource(c.before), plan: created}, chapter{main: resource(c.after), plan: replaced})
		})
	}
}

func TestOrderMeansNothing(t *testing.T) {
	tell(t,
		chapter{main: resource(`
  ports         = [{ container = 80, ip = "127.0.0.1" }, { container = 81, host = PORT, protocol = "udp" }]
  mounts        = [{ type = "tmpfs", target = "/a" }, { type = "tmpfs", target = "/b", size = "1MiB" }]
  capabilities  = { drop = ["MKNOD", "CHOWN"] }
  security_opts = ["no-new-privileges", "seccomp=unconfined"]
  volumes       = ["/x", "/y"]`), plan: created},
		chapter{main: resource(`
  ports         = [{ container = 81, host = PORT, protocol = "udp" }, { container = 80, ip = "127.0.0.1" }]
  mounts        = [{ type = "tmpfs", target = "/b", size = "1024k" }, { type = "tmpfs", target = "/a" }]
  capabilities  = { drop = ["CHOWN", "MKNOD"] }
  security_opts = ["seccomp=unconfined", "no-new-privileges"]
  volumes       = ["/y", "/x"]`), plan: ""},
	)
}

func TestPortsOfAStoppedContainer(t *testing.T) {
	tell(t,
		chapter{main: resource("must_run = false\n  ports = [{ host = PORT, container = 80 }, { container = 90 }]"), plan: created,
			then: func(w *world) {
				ports := w.look("").NetworkSettings.Ports
				if len(ports["80/tcp"]) == 0 || len(ports["90/tcp"]) == 0 {
					w.Errorf("published: %v", ports)
				}
			}},
		chapter{edit: func(w *world) { w.must(w.engine.ContainerStop(bg, w.name, container.StopOptions{})) }, plan: ""},
	)
}

func TestPortsOfBothIPVersions(t *testing.T) {
	tell(t,
		chapter{main: resource(`ports = [{ host = PORT, container = 80, ip = "127.0.0.1" }, { host = PORT, container = 80, ip = "::1" }]`), plan: created},
		chapter{main: resource(`ports = [{ host = PORT, container = 80, ip = "::1" }, { host = PORT, container = 80, ip = "127.0.0.1" }]`), plan: ""},
	)
}

func TestPortChosenByTheEngineSurvivesARestart(t *testing.T) {
	tell(t,
		chapter{main: resource(`ports = [{ container = 80 }]`) + `
output "port" { value = docker_container.c.published["80/tcp"] }`, plan: created + "; create output.port"},
		chapter{edit: func(w *world) { w.must(w.engine.ContainerStop(bg, w.name, container.StopOptions{})) }, plan: "-"},
	)
}

func TestPortTakenIsSaidBeforeAnythingStops(t *testing.T) {
	var id string
	publish := func(w *world) container.HostConfig {
		return container.HostConfig{PortBindings: nat.PortMap{"80/tcp": {{HostPort: w.fill("PORT")}}}}
	}
	tell(t,
		chapter{main: resource(""), plan: created, then: func(w *world) { id = w.look("").ID }},
		chapter{main: resource(`ports = [{ host = PORT, container = 80 }]`), edit: func(w *world) {
			w.run("-foreign", container.Config{ExposedPorts: nat.PortSet{"80/tcp": {}}}, publish(w))
		}, planErr: "Port is taken && Port PORT of the host && NAME-foreign && not made by Clockwork"},
		chapter{edit: func(w *world) {
			if there := w.look(""); there.ID != id || !there.State.Running {
				w.Error("the container was stopped")
			}
			w.must(w.engine.ContainerStop(bg, w.name+"-foreign", container.StopOptions{}))
			time.Sleep(2100 * time.Millisecond) // a list of containers is good for two seconds
		}, plan: replaced},
	)
}

func TestPortTakenByAProcess(t *testing.T) {
	tell(t, chapter{main: `
resource "docker_container" "c" {
  name    = "NAME"
  image   = "busybox:stable"
  command = ["sleep", "600"]
  ports   = [{ host = PORT, container = 80 }]
}`, edit: func(w *world) { listen(w) }, plan: created, applyErr: "Port is taken && Port PORT", then: func(w *world) {
		if _, err := w.engine.ContainerInspect(bg, w.name); err == nil {
			w.Error("what could not be started was left behind")
		}
	}})
}

func TestNetworksInPlace(t *testing.T) {
	var id string
	networks := func(w *world) {
		for i, n := range []string{"-a", "-b"} {
			_, err := w.engine.NetworkCreate(bg, w.name+n, network.CreateOptions{
				IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet(w, i)}}}})
			w.must(err)
		}
	}
	want := func(names ...string) func(*world) {
		return func(w *world) {
			there := w.look("")
			if there.ID != id {
				w.Error("it was made anew")
			}
			for _, n := range names {
				if there.NetworkSettings.Networks[w.fill(n)] == nil {
					w.Errorf("it is not in %s", w.fill(n))
				}
			}
			if got := len(there.NetworkSettings.Networks); got != len(names) {
				w.Errorf("it is in %d networks, not %d", got, len(names))
			}
		}
	}
	tell(t,
		chapter{main: resource(""), edit: networks, plan: created, then: func(w *world) { id = w.look("").ID }},
		chapter{main: resource(`networks = { "NAME-a" = { aliases = ["one", "two"] } }`), plan: updated, then: want("NAME-a")},
		chapter{main: resource(`networks = { "NAME-a" = { aliases = ["two", "one"] } }`), plan: ""},
		chapter{main: resource(`networks = { "NAME-a" = { aliases = ["three"] }, "NAME-b" = {} }`), plan: updated, then: want("NAME-a", "NAME-b")},
		chapter{edit: func(w *world) { w.must(w.engine.NetworkDisconnect(bg, w.name+"-b", w.name, true)) },
			plan: updated, then: want("NAME-a", "NAME-b")},
		chapter{edit: func(w *world) { w.must(w.engine.NetworkConnect(bg, "bridge", w.name, nil)) },
			plan: updated, then: want("NAME-a", "NAME-b")},
		chapter{main: resource(`networks = { "NAME-b" = {} }`), plan: updated, then: want("NAME-b")},
		chapter{main: resource(""), plan: updated, then: want("bridge")},
		chapter{main: resource(`networks = { "NAME-none" = {} }`), plan: updated, applyErr: `network "NAME-none" && docker_network`},
	)
}

func TestNetworksFromTheStart(t *testing.T) {
	tell(t, chapter{main: resource(`networks = { "NAME-a" = { ipv4_address = "ADDRESS", aliases = ["db"] }, "NAME-b" = {} }`),
		edit: func(w *world) {
			for i, n := range []string{"-a", "-b"} {
				_, err := w.engine.NetworkCreate(bg, w.name+n, network.CreateOptions{
					IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet(w, i)}}}})
				w.must(err)
			}
			w.Files["main.cw.hcl"] = strings.ReplaceAll(w.Files["main.cw.hcl"], "ADDRESS", address(w, 0))
		}, plan: created, then: func(w *world) {
			n := w.look("").NetworkSettings.Networks
			if len(n) != 2 || n[w.name+"-a"].IPAddress != address(w, 0) {
				w.Errorf("networks: %v", n)
			}
		}})
}

func TestSpecialNetworks(t *testing.T) {
	tell(t,
		chapter{main: resource(`network_mode = "none"`), plan: created},
		chapter{main: resource(`network_mode = "host"`), plan: replaced},
		chapter{main: resource(`networks = {}`), plan: replaced},
		chapter{main: resource(`networks = { bridge = {} }`), plan: replaced},
	)
}

func TestInternalNetworkWithPublishedPorts(t *testing.T) {
	tell(t, chapter{main: resource(`
  networks = { "NAME-in" = {} }
  ports    = [{ host = PORT, container = 80 }]`), edit: func(w *world) {
		_, err := w.engine.NetworkCreate(bg, w.name+"-in", network.CreateOptions{Internal: true,
			IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet(w, 0)}}}})
		w.must(err)
	}, plan: created})
}

func TestLogOptions(t *testing.T) {
	tell(t,
		chapter{main: resource(""), plan: created},
		chapter{main: resource(`log = { options = { max-size = "1m", max-file = "2" } }`), plan: replaced, then: func(w *world) {
			if got := w.look("").HostConfig.LogConfig; got.Type != "json-file" || got.Config["max-size"] != "1m" {
				w.Errorf("%+v", got)
			}
		}},
		chapter{main: resource(`log = { driver = "none" }`), plan: replaced},
	)
}

func TestWait(t *testing.T) {
	healthy := dockertest.Spec{Cmd: []string{"sleep", "600"}, Healthcheck: &container.HealthConfig{
		Test: []string{"CMD", "true"}, Interval: 300 * time.Millisecond}}
	tell(t,
		chapter{main: resource(`wait = {}`), plan: created}, // without a health check
		chapter{edit: func(w *world) {
			w.Files["main.cw.hcl"] = strings.ReplaceAll(w.fill(resource(`wait = { timeout = "30s" }`)), "busybox:stable", dockertest.Image(w.TB, healthy))
		}, plan: replaced, then: func(w *world) {
			if got := w.look("").State.Health.Status; got != container.Healthy {
				w.Errorf("it is %s", got)
			}
		}},
	)
}

func TestWaitInVain(t *testing.T) {
	tell(t,
		chapter{main: resource(`
  healthcheck = { test = ["false"], interval = "200ms", retries = 1 }
  wait        = { timeout = "1s" }`), plan: created, applyErr: "Container is not healthy && within 1s", then: func(w *world) { w.look("") }},
		chapter{main: resource(`wait = { timeout = "10s" }`), plan: "delete-create docker_container.c (tainted)"},
	)
}

func TestEndsWhileItIsWaitedFor(t *testing.T) {
	tell(t, chapter{main: `resource "docker_container" "c" {
  name        = "NAME"
  image       = "busybox:stable"
  command     = ["sh", "-c", "sleep 0.3; exit 7"]
  healthcheck = { test = ["false"] }
  wait        = {}
}`, plan: created, applyErr: "Container has ended && exit code 7"})
}

func TestJobThatEnds(t *testing.T) {
	tell(t, chapter{main: `resource "docker_container" "c" {
  name     = "NAME"
  image    = "busybox:stable"
  command  = ["sh", "-c", "exit 3"]
  must_run = false
}`, plan: created}, chapter{edit: func(w *world) { time.Sleep(500 * time.Millisecond) }, plan: "", then: func(w *world) {
		if got := w.look("").State.ExitCode; got != 3 {
			w.Errorf("exit code %d", got)
		}
	}})
}

func TestUpload(t *testing.T) {
	main := `resource "docker_container" "c" {
  name    = "NAME"
  image   = "busybox:stable"
  command = ["sh", "-c", "cat /etc/app/a; cat /etc/app/b; sleep 600"]
  upload = {
    "/etc/app/a" = { content = "from text\n" }
    "/etc/app/b" = { source = "b.txt", mode = "0600" }
  }
}`
	source := func(text string) func(*world) {
		return func(w *world) { w.must(os.WriteFile(filepath.Join(w.Dir, "b.txt"), []byte(text), 0o644)) }
	}
	log := func(want string) func(*world) {
		return func(w *world) {
			if got := logOf(w, w.name); got != want {
				w.Errorf("it read %q, not %q", got, want)
			}
		}
	}
	tell(t,
		chapter{main: main, planErr: "", warn: "No source yet", plan: created, applyErr: "Cannot read source"},
		chapter{edit: source("from file\n"), plan: created, then: log("from text\nfrom file\n")},
		chapter{edit: source("changed\n"), plan: replaced, then: log("from text\nchanged\n")},
	)
}

func TestBindMountsAndVolumes(t *testing.T) {
	tell(t,
		chapter{main: `resource "docker_container" "c" {
  name    = "NAME"
  image   = "busybox:stable"
  command = ["sh", "-c", "cat /conf/greeting; cat /more/greeting; sleep 600"]
  volumes = ["./conf:/conf:ro", "NAME-data:/data"]
  mounts  = [
    { type = "bind", source = "conf", target = "/more", read_only = true },
    { type = "bind", source = "made", target = "/made", create = true },
    { source = "NAME-two", target = "/two", no_copy = true },
  ]
}`, edit: func(w *world) {
			w.must(os.Mkdir(filepath.Join(w.Dir, "conf"), 0o755))
			w.must(os.WriteFile(filepath.Join(w.Dir, "conf", "greeting"), []byte("hello\n"), 0o644))
		}, plan: created, then: func(w *world) {
			if got := logOf(w, w.name); got != "hello\nhello\n" {
				w.Errorf("it read %q", got)
			}
			if _, err := os.Stat(filepath.Join(w.Dir, "made")); err != nil {
				w.Error(err)
			}
		}},
		chapter{main: resource(""), plan: replaced, then: func(w *world) {
			if _, err := w.engine.VolumeInspect(bg, w.name+"-data"); err != nil {
				w.Errorf("the volume is gone: %v", err)
			}
		}},
	)
}

func TestMissingBindSource(t *testing.T) {
	tell(t, chapter{main: resource(`mounts = [{ type = "bind", source = "absent", target = "/x" }]`),
		plan: created, applyErr: "Container not created && absent"})
}

func TestMissingImage(t *testing.T) {
	tell(t, chapter{main: strings.Replace(resource(""), "busybox:stable", "127.0.0.1:9/no/such:image", 1),
		plan: created, applyErr: "127.0.0.1:9/no/such:image"})
}

func TestCommandThatDoesNotExist(t *testing.T) {
	tell(t, chapter{main: strings.Replace(resource(""), `"sleep", "600"`, `"no-such-command"`, 1),
		plan: created, applyErr: "Container does not start && no-such-command", then: func(w *world) {
			if _, err := w.engine.ContainerInspect(bg, w.name); err == nil {
				w.Error("it was left behind")
			}
		}})
}

func TestCreateBeforeDestroy(t *testing.T) {
	var id string
	first := func(w *world) { id = w.look("").ID }
	tell(t,
		chapter{main: resource(`lifecycle { create_before_destroy = true }`), plan: created, then: first},
		chapter{main: resource("env = { A = \"1\" }\n  lifecycle { create_before_destroy = true }"),
			plan: "create-delete docker_container.c (cannot_update)", then: func(w *world) {
				there := w.look("")
				if there.ID == id || !there.State.Running {
					w.Error("it was not replaced")
				}
				if _, err := w.engine.ContainerInspect(bg, id); err == nil {
					w.Error("the old one is still there")
				}
			}},
		chapter{main: resource("env = { A = \"1\" }\n  ports = [{ host = PORT, container = 80 }]\n  lifecycle { create_before_destroy = true }"),
			plan: "create-delete docker_container.c (cannot_update)", then: first},
		chapter{main: resource("env = { A = \"2\" }\n  ports = [{ host = PORT, container = 80 }]\n  lifecycle { create_before_destroy = true }"),
			plan: "create-delete docker_container.c (cannot_update)", applyErr: "Port is taken by what is replaced && create_before_destroy",
			then: func(w *world) {
				if there := w.look(""); there.ID != id || !there.State.Running {
					w.Error("the old one was touched")
				}
			}},
	)
}

func TestForeignName(t *testing.T) {
	var id string
	tell(t, chapter{main: resource(""), edit: func(w *world) { id = w.run("", container.Config{}, container.HostConfig{}) },
		plan: created, applyErr: "Name is in use && it was not made by Clockwork", then: func(w *world) {
			if there := w.look(""); there.ID != id || !there.State.Running {
				w.Error("what is foreign was touched")
			}
		}})
}

func TestTwoResourcesClaimOneName(t *testing.T) {
	tell(t, chapter{main: resource("") + strings.Replace(resource(""), `"c"`, `"d"`, 1),
		planErr: "Two resources for one object && docker_container.d has the same name as docker_container.c"})
}

func TestRemovedWhileItIsDestroyed(t *testing.T) {
	tell(t,
		chapter{main: `resource "docker_container" "c" {
  name         = "NAME"
  image        = "busybox:stable"
  command      = ["ignore-term"]
  stop_timeout = "2s"
}`, plan: created},
		chapter{main: "locals {}", edit: func(w *world) {
			go func() {
				time.Sleep(300 * time.Millisecond)
				_ = w.engine.ContainerRemove(bg, w.name, container.RemoveOptions{Force: true})
			}()
		}, plan: "delete docker_container.c (delete_because_no_resource_config)"})
}

func TestLimitsAndRights(t *testing.T) {
	tell(t, chapter{main: resource(`
  memory             = "64MiB"
  memory_swap        = "-1"
  memory_reservation = "32MiB"
  cpuset             = "0"
  shm_size           = "16MiB"
  ulimits            = { nofile = { soft = 100, hard = 200 }, nproc = { soft = 50 } }
  read_only          = true
  init               = true
  tty                = true
  stdin_open         = true
  privileged         = false
  hostname           = "box"
  domainname         = "example.com"
  group_add          = ["100", "200"]
  dns                = ["192.0.2.1"]
  dns_search         = ["example.com"]
  dns_options        = ["ndots:2"]
  extra_hosts        = { host = "host-gateway", db = "192.0.2.7" }
  sysctls            = { "net.ipv4.ip_unprivileged_port_start" = "0" }
  devices            = [{ host = "/dev/null", container = "/dev/nothing" }]
  security_opts      = ["no-new-privileges"]
  stop_signal        = "SIGINT"
  stop_timeout       = "3s"
  pid_mode           = "host"
  ipc_mode           = "private"
  platform           = "linux/amd64"`), plan: created, then: func(w *world) {
		there := w.look("")
		if h := there.HostConfig; len(h.Ulimits) != 2 || h.ShmSize != 16<<20 || !h.ReadonlyRootfs || *there.Config.StopTimeout != 3 || h.MemorySwap != -1 {
			w.Errorf("%+v", h)
		}
	}}, chapter{edit: func(w *world) { w.must(w.engine.ContainerRestart(bg, w.name, container.StopOptions{})) }, plan: ""})
}

func TestRefusedConfigurations(t *testing.T) {
	for name, c := range map[string]struct{ more, want string }{
		"label of ours":     {`labels = { "clockwork.project" = "x" }`, `Label of Clockwork's`},
		"port twice":        {`ports = [{ host = 80, container = 1 }, { host = 80, container = 2 }]`, "Port published twice"},
		"port range":        {`ports = [{ host = 80000, container = 1 }]`, "Number out of range"},
		"port without":      {`ports = [{ host = 80 }]`, "container"},
		"protocol":          {`ports = [{ container = 1, protocol = "icmp" }]`, "protocol"},
		"ip":                {`ports = [{ container = 1, ip = "localhost" }]`, "Not an IP address"},
		"host network":      {"network_mode = \"host\"\n  ports = [{ container = 1 }]", "Nothing to publish"},
		"two networks":      {"network_mode = \"host\"\n  networks = { a = {} }", "network_mode"},
		"network by mode":   {`network_mode = "bridge"`, "Not a special network"},
		"host as network":   {`networks = { host = {} }`, "Not a network"},
		"shared network":    {`networks = { "container:x" = {} }`, "Not a network"},
		"memory":            {`memory = "4MiB"`, "Size too small"},
		"swap alone":        {`memory_swap = "1GiB"`, "No limit of memory"},
		"swap below":        {"memory = \"1GiB\"\n  memory_swap = \"512MiB\"", "Size too small"},
		"stop_timeout":      {`stop_timeout = "10"`, "Not a duration"},
		"stop_timeout part": {`stop_timeout = "1500ms"`, "Not whole seconds"},
		"healthcheck":       {`healthcheck = { test = ["CMD-SHELL"] }`, "Not a health check"},
		"volume":            {`volumes = ["a:b"]`, "Not a volume"},
		"volume home":       {`volumes = ["~/a:/b"]`, "pathexpand"},
		"mount":             {`mounts = [{ type = "bind", target = "/a" }]`, "Nothing to mount"},
		"mount root":        {`mounts = [{ type = "tmpfs", target = "/" }]`, "Not a path inside"},
		"upload":            {`upload = { "relative" = { content = "" } }`, "Not a path inside"},
		"upload twice":      {`upload = { "/a" = { content = "", source = "b" } }`, "content"},
		"restart":           {`restart = "always:3"`, "Not a restart policy"},
		"wait":              {"must_run = false\n  wait = {}", "Nothing to wait for"},
		"env":               {`env = { "A=B" = "1" }`, "Not the name of a variable"},
		"ulimits":           {`ulimits = { nofile = { soft = 2, hard = 1 } }`, "Limit too low"},
		"dns":               {`dns = ["one.one"]`, "Not an IP address"},
		"working_dir":       {`working_dir = "x"`, "Not a path inside"},
		"unknown argument":  {`memroy = "1g"`, "memory"},
	} {
		t.Run(name, func(t *testing.T) { tell(t, chapter{main: resource(c.more), planErr: c.want}) })
	}
}
