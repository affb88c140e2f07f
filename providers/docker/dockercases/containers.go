package dockercases

import (
	"context"
	"maps"
	"testing"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

const containerType = "docker_container"

// Containers are the cases of docker_container.
func Containers() []providertest.Resource {
	return []providertest.Resource{
		{Type: containerType, New: plain},
		{Type: containerType, Name: "docker_container_full", New: full},
		{Type: containerType, Name: "docker_container_job", New: job},
	}
}

// ContainerAsserts are the asserts on containers.
func ContainerAsserts() []providertest.Assert {
	return []providertest.Assert{
		{Type: "container_running", Resource: containerType,
			Break: func(t testing.TB, c providertest.Case) { c.Drift(t) }},
		{Type: "container_running", Name: "container_running_gone", Resource: containerType},
		{Type: "container_healthy", Resource: "docker_container_full",
			Break: func(t testing.TB, c providertest.Case) { c.Drift(t) }},
		{Type: "log_contains", Resource: "docker_container_full", // which is waited for
			Config: func(providertest.Case) providertest.Attrs {
				return providertest.Attrs{"regex": str("Configuration (complete|done)")}
			},
			Invalid: func(testing.TB, providertest.Case) []providertest.Invalid {
				return []providertest.Invalid{
					{Config: providertest.Attrs{"regex": str("(")}, Path: cty.GetAttrPath("regex")},
					{Config: providertest.Attrs{"regex": str("a"), "since": str("soon")}, Path: cty.GetAttrPath("since")},
				}
			}},
		{Type: "restart_count", Resource: containerType,
			Config: func(providertest.Case) providertest.Attrs { return providertest.Attrs{"max": cty.Zero} },
			Invalid: func(testing.TB, providertest.Case) []providertest.Invalid {
				return []providertest.Invalid{{Config: providertest.Attrs{"max": cty.NumberFloatVal(1.5)}, Path: cty.GetAttrPath("max")}}
			}},
	}
}

func str(s string) cty.Value { return cty.StringVal(s) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func with(base, more providertest.Attrs) providertest.Attrs {
	out := maps.Clone(base)
	maps.Copy(out, more)
	return out
}

func list(ss ...string) cty.Value {
	var out []cty.Value
	for _, s := range ss {
		out = append(out, str(s))
	}
	return cty.ListVal(out)
}

func object(attrs map[string]cty.Value) cty.Value { return cty.ObjectVal(attrs) }

// named is what all cases of a container have in common.
func named(t testing.TB, c *client.Client, name string, config providertest.Attrs) providertest.Case {
	dockertest.Images(t)
	dockertest.Cleanup(t, name)
	config = with(config, providertest.Attrs{"name": str(name)})
	bg := context.Background()
	return providertest.Case{
		Config:  config,
		Update:  with(config, providertest.Attrs{"name": str(name + "-other"), "memory": str("64MiB"), "restart": str("unless-stopped")}),
		Replace: with(config, providertest.Attrs{"env": cty.MapVal(map[string]cty.Value{"NEW": str("1")})}),
		Invalid: []providertest.Invalid{
			{Name: "name", Path: cty.GetAttrPath("name"), Config: with(config, providertest.Attrs{"name": str("a b")})},
			{Name: "image", Path: cty.GetAttrPath("image"), Config: with(config, providertest.Attrs{"image": str("No Image")})},
			{Name: "memory", Path: cty.GetAttrPath("memory"), Config: with(config, providertest.Attrs{"memory": str("much")})},
			{Name: "restart", Path: cty.GetAttrPath("restart"), Config: with(config, providertest.Attrs{"restart": str("often")})},
		},
		Exists: func(t testing.TB) bool {
			for _, n := range []string{name, name + "-other"} {
				switch _, err := c.ContainerInspect(bg, n); {
				case err == nil:
					return true
				case !cerrdefs.IsNotFound(err):
					t.Fatal(err)
				}
			}
			return false
		},
		Drift: func(t testing.TB) { must(t, c.ContainerStop(bg, name, container.StopOptions{})) },
		Started: func(t testing.TB) string {
			there, err := c.ContainerInspect(bg, name)
			must(t, err)
			return there.State.StartedAt
		},
		Remove: func(t testing.TB) { must(t, c.ContainerRemove(bg, name, container.RemoveOptions{Force: true})) },
		Foreign: func(t testing.TB) func() bool {
			made, err := c.ContainerCreate(bg, &container.Config{Image: "busybox:stable", Cmd: []string{"sleep", "600"}}, nil, nil, nil, name)
			must(t, err)
			must(t, c.ContainerStart(bg, made.ID, container.StartOptions{}))
			return func() bool {
				there, err := c.ContainerInspect(bg, name)
				return err == nil && there.ID == made.ID && there.State.Running
			}
		},
		ImportID: name,
	}
}

func plain(t testing.TB, env providertest.Env) providertest.Case {
	return named(t, dockertest.Engine(t), env.Name, providertest.Attrs{
		"image": str("busybox:stable"), "command": list("sleep", "600"),
	})
}

func full(t testing.TB, env providertest.Env) providertest.Case {
	c := named(t, dockertest.Engine(t), env.Name, providertest.Attrs{
		"image": str("nginx:alpine"), "user": str("0:0"), "working_dir": str("/"), "hostname": str("web"),
		"env":    cty.MapVal(map[string]cty.Value{"COLOUR": str("green"), "EMPTY": str("")}),
		"labels": cty.MapVal(map[string]cty.Value{"team": str("night")}),
		"ports": cty.TupleVal([]cty.Value{
			object(map[string]cty.Value{"container": cty.NumberIntVal(80), "protocol": str("tcp"), "ip": str("127.0.0.1")}),
			object(map[string]cty.Value{"container": cty.NumberIntVal(81), "protocol": str("udp"), "ip": str("127.0.0.1")}),
		}),
		"memory": str("32m"), "cpus": cty.NumberFloatVal(0.5), "restart": str("on-failure:3"), "stop_timeout": str("5s"),
		"capabilities": object(map[string]cty.Value{"add": list("NET_ADMIN"), "drop": list("MKNOD")}),
		"ulimits":      cty.MapVal(map[string]cty.Value{"nofile": object(map[string]cty.Value{"soft": cty.NumberIntVal(1024), "hard": cty.NumberIntVal(2048)})}),
		"extra_hosts":  cty.MapVal(map[string]cty.Value{"db": str("10.1.2.3")}),
		"healthcheck": object(map[string]cty.Value{"test": list("CMD", "check", "tcp", "127.0.0.1:80"), "interval": str("500ms"),
			"timeout": str("60s"), "retries": cty.NumberIntVal(3)}),
		"wait":     object(map[string]cty.Value{"timeout": str("30s")}),
		"init":     cty.True,
		"shm_size": str("32MiB"),
	})
	c.Update = with(c.Config, providertest.Attrs{"memory": str("48MiB"), "cpus": cty.NumberIntVal(1), "restart": str("always")})
	c.ImportID = "" // what waits is not in the engine
	return c
}

// job is a container that ends, and gets a file with a secret.
func job(t testing.TB, env providertest.Env) providertest.Case {
	engine := dockertest.Engine(t)
	c := named(t, engine, env.Name, providertest.Attrs{
		"image": str("busybox:stable"), "command": list("sh", "-c", "cat /etc/app/greeting; sleep 600"),
		"must_run": cty.False,
		"upload": cty.MapVal(map[string]cty.Value{
			"/etc/app/greeting": object(map[string]cty.Value{"content": str("all is well\n"), "mode": str("0600"),
				"content_base64": cty.NullVal(cty.String), "sensitive_content": cty.NullVal(cty.String)}),
			"/etc/app/bytes": object(map[string]cty.Value{"content_base64": str("AP/+gA=="), "mode": str("644"),
				"content": cty.NullVal(cty.String), "sensitive_content": cty.NullVal(cty.String)}),
			"/etc/app/key": object(map[string]cty.Value{"sensitive_content": str("key=" + providertest.Canary), "mode": str("0400"),
				"content": cty.NullVal(cty.String), "content_base64": cty.NullVal(cty.String)}),
		}),
	})
	c.Drift = func(t testing.TB) { must(t, engine.ContainerRename(context.Background(), env.Name, env.Name+"-other")) }
	c.Remove = func(t testing.TB) {
		for _, name := range []string{env.Name, env.Name + "-other"} {
			err := engine.ContainerRemove(context.Background(), name, container.RemoveOptions{Force: true})
			if err != nil && !cerrdefs.IsNotFound(err) {
				t.Fatal(err)
			}
		}
	}
	c.ImportID = "" // what was uploaded is not known to the engine
	return c
}
