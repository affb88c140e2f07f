package dockercases

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// Objects are the cases of images, networks and volumes.
func Objects() []providertest.Resource {
	return []providertest.Resource{
		{Type: "docker_image", New: pulledImage},
		{Type: "docker_image", Name: "docker_image_built", New: builtImage},
		{Type: "docker_network", New: plainNetwork},
		{Type: "docker_network", Name: "docker_network_chosen", New: chosenNetwork},
		{Type: "docker_volume", New: localVolume},
	}
}

// Data are the cases of the data sources.
func Data() []providertest.Data {
	return []providertest.Data{
		{Type: "docker_image", New: imageData},
		{Type: "docker_container", New: containerData},
		{Type: "docker_network", New: networkData},
	}
}

type attrs = providertest.Attrs

// texts is a map of strings, by pairs.
func texts(pairs ...string) cty.Value {
	out := map[string]cty.Value{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = str(pairs[i+1])
	}
	return cty.MapVal(out)
}

func obj(pairs ...any) cty.Value {
	out := map[string]cty.Value{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1].(cty.Value)
	}
	return cty.ObjectVal(out)
}

// start returns a client, and a name for the case's objects, which are removed
// at the end.
func start(t testing.TB, env providertest.Env) (*client.Client, string) {
	t.Helper()
	dockertest.Cleanup(t, env.Name+"-")
	Sweep(t)
	return dockertest.Engine(t), env.Name + "-x"
}

// there tells whether looking at something found it.
func there(t testing.TB, err error) bool {
	t.Helper()
	if err != nil && !cerrdefs.IsNotFound(err) {
		t.Fatal(err)
	}
	return err == nil
}

// invalid are configurations with one attribute that is refused.
func invalid(base attrs, name string, path cty.Path, values ...cty.Value) []providertest.Invalid {
	var out []providertest.Invalid
	for i, v := range values {
		out = append(out, providertest.Invalid{Name: name + strings.Repeat("'", i), Config: with(base, attrs{name: v}), Path: path})
	}
	return out
}

func imageCase(t testing.TB, c *client.Client, name string, config attrs) providertest.Case {
	return providertest.Case{
		Config: config,
		Exists: func(t testing.TB) bool {
			_, err := c.ImageInspect(context.WithoutCancel(t.Context()), name)
			return there(t, err)
		},
		Remove: func(t testing.TB) {
			_, err := c.ImageRemove(t.Context(), name, image.RemoveOptions{Force: true})
			must(t, err)
		},
	}
}

func pulledImage(t testing.TB, env providertest.Env) providertest.Case {
	c, name := start(t, env)
	r := NewRegistry(t)
	r.Push(name, "1.0", name)
	r.Push(name, "2.0", name+" 2")
	at := r.Host + "/" + name + ":1.0"
	config := attrs{"name": str(at)}
	one := imageCase(t, c, at, config)
	one.Replace = with(config, attrs{"name": str(r.Host + "/" + name + ":2.0")})
	one.ImportID = at
	one.Slow = func(testing.TB) func() {
		r.Hold()
		return r.Release
	}
	path := cty.GetAttrPath
	one.Invalid = append(invalid(config, "name", path("name"), str("UPPER"), str(""), str("sha256:12"), str("a:b:c")),
		invalid(config, "platform", path("platform"), str("linux"), str("linux/"))...)
	return one
}

func builtImage(t testing.TB, env providertest.Env) providertest.Case {
	c, name := start(t, env)
	dir := filepath.Join(env.Project.Dir, env.Name)
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nARG GREETING\nCOPY hello /hello\nLABEL greeting=$GREETING\n"), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "hello"), []byte(name), 0o644))
	build := func(more ...any) cty.Value {
		return obj(append([]any{"context", str(env.Name + "/."), "args", texts("GREETING", "hello")}, more...)...)
	}
	config := attrs{"name": str(name), "build": build("labels", texts("v", "1"))}
	one := imageCase(t, c, name+":latest", config)
	one.Update = with(config, attrs{"build": build("labels", texts("v", "2"), "no_cache", cty.True)})
	one.Replace = with(config, attrs{"name": str(name + ":2.0")})
	tag := func(t testing.TB, labels map[string]string) string {
		other := dockertest.Image(t, dockertest.Spec{Labels: labels})
		must(t, c.ImageTag(t.Context(), other, name+":latest"))
		i, err := c.ImageInspect(t.Context(), other)
		must(t, err)
		return i.ID
	}
	one.Drift = func(t testing.TB) { tag(t, nil) }
	one.Foreign = func(t testing.TB) func() bool {
		id := tag(t, map[string]string{"clockwork.project": env.Project.Name, "clockwork.address": "docker_image.other"})
		return func() bool {
			i, err := c.ImageInspect(context.WithoutCancel(t.Context()), name+":latest")
			return err == nil && i.ID == id
		}
	}
	path := cty.GetAttrPath("build")
	one.Invalid = append(append(append(
		invalid(config, "build", path.GetAttr("context"), build("context", str("")), build("context", str("~/x"))),
		invalid(config, "build", path.GetAttr("dockerfile"), build("dockerfile", str("../Dockerfile")))...),
		invalid(config, "build", path.GetAttr("labels").IndexString("clockwork.x"), build("labels", texts("clockwork.x", "y")))...),
		invalid(config, "pull", cty.GetAttrPath("pull"), str("always"))...)
	return one
}

func networkCase(t testing.TB, c *client.Client, name string, config attrs) providertest.Case {
	find := func(t testing.TB) string {
		all, err := c.NetworkList(context.WithoutCancel(t.Context()), network.ListOptions{})
		must(t, err)
		for _, n := range all {
			if n.Name == name {
				return n.ID
			}
		}
		return ""
	}
	return providertest.Case{
		Config:   config,
		Replace:  with(config, attrs{"internal": cty.True}),
		Exists:   func(t testing.TB) bool { return find(t) != "" },
		Remove:   func(t testing.TB) { must(t, c.NetworkRemove(t.Context(), find(t))) },
		ImportID: name,
		Foreign: func(t testing.TB) func() bool {
			made, err := c.NetworkCreate(t.Context(), name, network.CreateOptions{IPAM: &network.IPAM{
				Config: []network.IPAMConfig{{Subnet: Subnet(t).String()}}}})
			must(t, err)
			return func() bool { return find(t) == made.ID }
		},
	}
}

func plainNetwork(t testing.TB, env providertest.Env) providertest.Case {
	c, name := start(t, env)
	subnet := Subnet(t)
	ipam := func(pairs ...any) cty.Value {
		return obj("config", cty.ListVal([]cty.Value{obj(append([]any{"subnet", str(subnet.String())}, pairs...)...)}))
	}
	first := str(subnet.Addr().Next().String())
	config := attrs{
		"name": str(name), "driver": str("bridge"), "labels": texts("tier", "front"),
		"options": texts("com.docker.network.driver.mtu", "1400", "com.docker.network.bridge.enable_icc", "false"),
		"ipam": ipam("gateway", first, "ip_range", str(subnet.Addr().String()+"/29"),
			"aux_addresses", texts("router", subnet.Addr().Next().Next().String())),
	}
	one := networkCase(t, c, name, config)
	at := cty.GetAttrPath("ipam").GetAttr("config").IndexInt(0)
	outside := str("192.0.2.1")
	for _, more := range [][]providertest.Invalid{
		invalid(config, "name", cty.GetAttrPath("name"), str(""), str(" a"), str("host")),
		invalid(config, "driver", cty.GetAttrPath("driver"), str("")),
		invalid(config, "labels", cty.GetAttrPath("labels").IndexString("clockwork.project"), texts("clockwork.project", "x")),
		invalid(config, "ipam", at.GetAttr("subnet"), ipam("subnet", str("10.0.0.0")), ipam("subnet", str("10.0.0.1/24")),
			ipam("subnet", str("2001:db8::/64"))),
		invalid(config, "ipam", at.GetAttr("gateway"), ipam("gateway", outside), ipam("gateway", str("x"))),
		invalid(config, "ipam", at.GetAttr("ip_range"), ipam("ip_range", str("192.0.2.0/24"))),
		invalid(config, "ipam", at.GetAttr("aux_addresses").IndexString("a"), ipam("aux_addresses", texts("a", "192.0.2.1"))),
	} {
		one.Invalid = append(one.Invalid, more...)
	}
	return one
}

// chosenNetwork leaves everything to the engine but the subnet, of which it has
// too few.
func chosenNetwork(t testing.TB, env providertest.Env) providertest.Case {
	c, name := start(t, env)
	return networkCase(t, c, name, attrs{"name": str(name), "ipam": obj(
		"config", cty.ListVal([]cty.Value{obj("subnet", str(Subnet(t).String()))}))})
}

func localVolume(t testing.TB, env providertest.Env) providertest.Case {
	c, name := start(t, env)
	config := attrs{"name": str(name), "labels": texts("tier", "data"), "force_remove": cty.True,
		"options": texts("type", "tmpfs", "device", "tmpfs", "o", "size=1m")}
	make := func(t testing.TB, labels map[string]string) volume.Volume {
		made, err := c.VolumeCreate(t.Context(), volume.CreateOptions{Name: name, Labels: labels,
			DriverOpts: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}})
		must(t, err)
		return made
	}
	return providertest.Case{
		Config:  config,
		Replace: with(config, attrs{"options": texts("type", "tmpfs", "device", "tmpfs", "o", "size=2m")}),
		Exists: func(t testing.TB) bool {
			_, err := c.VolumeInspect(context.WithoutCancel(t.Context()), name)
			return there(t, err)
		},
		Remove: func(t testing.TB) { must(t, c.VolumeRemove(t.Context(), name, false)) },
		Drift: func(t testing.TB) {
			was, err := c.VolumeInspect(t.Context(), name)
			must(t, err)
			must(t, c.VolumeRemove(t.Context(), name, false))
			was.Labels["tier"] = "changed"
			make(t, was.Labels)
		},
		Foreign: func(t testing.TB) func() bool {
			made := make(t, map[string]string{"whose": "somebody else's"})
			return func() bool {
				now, err := c.VolumeInspect(context.WithoutCancel(t.Context()), name)
				return err == nil && maps.Equal(now.Labels, made.Labels) && now.CreatedAt == made.CreatedAt
			}
		},
		Invalid: append(append(
			invalid(config, "name", cty.GetAttrPath("name"), str(""), str("x"), str("a b"), str("/srv/data")),
			invalid(config, "driver", cty.GetAttrPath("driver"), str(""))...),
			invalid(config, "labels", cty.GetAttrPath("labels").IndexString("clockwork.x"), texts("clockwork.x", "y"))...),
	}
}

func imageData(t testing.TB, env providertest.Env) providertest.DataCase {
	c, name := start(t, env)
	made := dockertest.Image(t, dockertest.Spec{Labels: map[string]string{"tier": "front"}})
	must(t, c.ImageTag(t.Context(), made, name+":1.0"))
	i, err := c.ImageInspect(t.Context(), made)
	must(t, err)
	return providertest.DataCase{
		Config: attrs{"name": str(name + ":1.0")},
		Want: attrs{"image_id": str(i.ID), "platform": str(i.Os + "/" + i.Architecture), "size": cty.NumberIntVal(i.Size),
			"repo_tags": cty.ListVal([]cty.Value{str(min(made, name+":1.0")), str(max(made, name+":1.0"))})},
		Missing: attrs{"name": str(name + ":none")},
		Invalid: []providertest.Invalid{{Name: "name", Config: attrs{"name": str("A B")}, Path: cty.GetAttrPath("name")}},
	}
}

func containerData(t testing.TB, env providertest.Env) providertest.DataCase {
	c, name := start(t, env)
	from := dockertest.Image(t, dockertest.Spec{})
	made, err := c.ContainerCreate(t.Context(), &container.Config{Image: from, Cmd: []string{"sleep", "60"},
		Env: []string{"PASSWORD=" + providertest.Canary}, Labels: map[string]string{"tier": "front"}}, nil, nil, nil, name)
	must(t, err)
	return providertest.DataCase{
		Config: attrs{"name": str(name)},
		Want: attrs{"id": str(made.ID), "image": str(from), "status": str("created"), "running": cty.False,
			"health": cty.NullVal(cty.String), "exit_code": cty.NullVal(cty.Number)},
		Missing: attrs{"name": str(name + "-none")},
	}
}

func networkData(t testing.TB, env providertest.Env) providertest.DataCase {
	c, name := start(t, env)
	subnet := Subnet(t).String()
	made, err := c.NetworkCreate(t.Context(), name, network.CreateOptions{Internal: true, Labels: map[string]string{"tier": "front"},
		IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet}}}})
	must(t, err)
	if made.ID == "" {
		must(t, errors.New("the network has no id"))
	}
	return providertest.DataCase{
		Config: attrs{"name": str(name)},
		Want: attrs{"id": str(made.ID), "driver": str("bridge"), "internal": cty.True, "subnet": str(subnet),
			"labels": texts("tier", "front")},
		Missing: attrs{"name": str(name + "-none")},
	}
}
