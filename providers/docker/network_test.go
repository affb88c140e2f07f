package docker_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockercases"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

const plainNetwork = `
resource "docker_network" "a" {
  name = "NAME-a"
  ipam = { config = [{ subnet = "SUBNET" }] }
}
`

func (p *project) network(name string) network.Inspect {
	p.Helper()
	n, err := p.engine.NetworkInspect(p.ctx(), p.fill(name), network.InspectOptions{})
	p.must(err)
	return n
}

func TestNetworkIsMadeAsSet(t *testing.T) {
	p := newProject(t, `
resource "docker_network" "a" {
  name     = "NAME-a"
  internal = true
  options  = { "com.docker.network.driver.mtu" = "1400" }
  labels   = { tier = "front" }
  ipam     = { config = [{ subnet = "SUBNET", gateway = cidrhost("SUBNET", 3) }] }
}
`)
	p.says(p.applies("create docker_network.a"))
	n := p.network("NAME-a")
	if !n.Internal || n.Options["com.docker.network.driver.mtu"] != "1400" || n.Driver != "bridge" {
		t.Errorf("the network is %+v", n)
	}
	if n.Labels["tier"] != "front" || n.Labels["clockwork.project"] != "test" || n.Labels["clockwork.address"] != "docker_network.a" || n.Labels["clockwork.intent"] == "" {
		t.Errorf("its labels are %v", n.Labels)
	}
	if got := p.attribute("docker_network.a", "subnet"); got != p.subnet {
		t.Errorf("the subnet is %q", got)
	}
	if got := p.attribute("docker_network.a", "gateway"); got != n.IPAM.Config[0].Gateway {
		t.Errorf("the gateway is %q", got)
	}
	p.says(p.destroys())
}

// What the engine chose is known to others, and never a change.
func TestNetworkChosenByTheEngine(t *testing.T) {
	p := newProject(t, `
resource "docker_network" "a" {
  name = "NAME-a"
}

output "subnet" { value = docker_network.a.subnet }
`)
	p.applies("create docker_network.a; create output.subnet")
	n := p.network("NAME-a")
	if got := p.attribute("docker_network.a", "subnet"); got == "" || got != n.IPAM.Config[0].Subnet {
		t.Errorf("the subnet is %q, of the network %+v", got, n)
	}
	if p.attribute("docker_network.a", "gateway") == "" {
		t.Error("the gateway that the engine chose is not known")
	}
	p.destroys()
}

func TestSubnetsInAnotherOrder(t *testing.T) {
	main := `
resource "docker_network" "a" {
  name = "NAME-a"
  ipv6 = true
  ipam = { config = [{ subnet = "SUBNET" }, { subnet = "fd00:c10c::/64", gateway = "fd00:c10c::1" }] }
}
`
	p := newProject(t, main)
	p.applies("create docker_network.a")
	p.set(`
resource "docker_network" "a" {
  name = "NAME-a"
  ipv6 = true
  ipam = { config = [{ gateway = "fd00:c10c::1", subnet = "fd00:c10c::/64" }, { subnet = "SUBNET" }] }
}
`)
	p.plans("")
	if got := p.attribute("docker_network.a", "ipv6_gateway"); got != "fd00:c10c::1" {
		t.Errorf("the gateway of IPv6 is %q", got)
	}
	p.destroys()
}

func TestNetworkIsReplaced(t *testing.T) {
	p := newProject(t, plainNetwork)
	p.applies("create docker_network.a")
	was := p.network("NAME-a").ID
	p.set(strings.Replace(plainNetwork, "  ipam", "  internal = true\n  ipam", 1))
	p.applies("delete-create docker_network.a (cannot_update)")
	if p.network("NAME-a").ID == was {
		t.Error("the network is the old one")
	}
	p.destroys()
}

func TestNetworkRemovedByHand(t *testing.T) {
	p := newProject(t, plainNetwork)
	p.applies("create docker_network.a")
	p.must(p.engine.NetworkRemove(p.ctx(), p.fill("NAME-a")))
	p.applies("create docker_network.a")
	p.must(p.engine.NetworkRemove(p.ctx(), p.fill("NAME-a")))
	p.says(p.destroys())
}

// A network that was made anew by hand is another one, and stays.
func TestNetworkMadeAnewByHand(t *testing.T) {
	p := newProject(t, plainNetwork)
	p.applies("create docker_network.a")
	p.must(p.engine.NetworkRemove(p.ctx(), p.fill("NAME-a")))
	made, err := p.engine.NetworkCreate(p.ctx(), p.fill("NAME-a"), network.CreateOptions{Internal: true})
	p.must(err)
	p.plans("create docker_network.a")
	p.refuses("Network exists already", "NAME-a", made.ID[:12], "it was not made by Clockwork", "main.cw.hcl:3,")
	if p.network("NAME-a").ID != made.ID {
		t.Error("the other network was touched")
	}
}

func TestTwoNetworksOfOneName(t *testing.T) {
	p := newProject(t, plainNetwork+strings.Replace(plainNetwork, `"a"`, `"b"`, 1))
	_, ds := p.TryPlan(plan.Options{})
	p.says(ds, "Two resources for one object", "docker_network.b has the same name as docker_network.a")
}

// Engines before 25 would let several be made at once.
func TestNetworksOfOneNameAtOnce(t *testing.T) {
	p := newProject(t, "")
	p.race("docker_network", providertest.Attrs{"name": cty.StringVal(p.name), "ipam": cty.ObjectVal(map[string]cty.Value{
		"config": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"subnet": cty.StringVal(p.subnet)})})})},
		"Network exists already", "it belongs to docker_network.x")
	all, err := p.engine.NetworkList(p.ctx(), network.ListOptions{Filters: filters.NewArgs(filters.Arg("name", p.name))})
	p.must(err)
	if len(all) != 1 {
		t.Errorf("there are %d networks of that name", len(all))
	}
}

func TestNetworkInUse(t *testing.T) {
	p := newProject(t, plainNetwork)
	p.applies("create docker_network.a")
	image := dockertest.Image(t, dockertest.Spec{})
	made, err := p.engine.ContainerCreate(p.ctx(), &container.Config{Image: image, Cmd: []string{"sleep", "100"}},
		&container.HostConfig{NetworkMode: container.NetworkMode(p.fill("NAME-a"))}, nil, nil, p.fill("NAME-user"))
	p.must(err)
	p.must(p.engine.ContainerStart(p.ctx(), made.ID, container.StartOptions{}))
	_, ds := p.TryRun(plan.Options{Mode: plan.Destroy})
	p.says(ds, "Network is in use", "NAME-user", "replace_triggered_by")
	if len(p.network("NAME-a").Containers) != 1 {
		t.Error("the container was taken out of its network")
	}
	p.must(p.engine.ContainerRemove(p.ctx(), made.ID, container.RemoveOptions{Force: true}))
	p.says(p.destroys())
}

func TestNetworkSubnetIsTaken(t *testing.T) {
	p := newProject(t, plainNetwork)
	_, err := p.engine.NetworkCreate(p.ctx(), p.fill("NAME-other"), network.CreateOptions{
		IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: p.subnet}}}})
	p.must(err)
	p.refuses("Cannot make network", "verlap", "choose another subnet", "main.cw.hcl:4,")
}

// The engine looks for a plugin for a while.
func TestNetworkDriverIsMissing(t *testing.T) {
	p := newProject(t, "resource \"docker_network\" \"a\" {\n  name   = \"NAME-a\"\n  driver = \"nosuchdriver\"\n}\n")
	p.refuses("Cannot make network", "nosuchdriver", "install the plugin", "main.cw.hcl:3,")
}

func TestNetworkIsRefusedBeforehand(t *testing.T) {
	p := newProject(t, `
resource "docker_network" "a" {
  name = "NAME-a"
  ipam = {
    config = [
      { subnet = "10.0.0.0/16", gateway = "10.1.0.1" },
      { subnet = "10.0.3.0/24" },
    ]
  }
}
`)
	_, ds := p.TryPlan(plan.Options{})
	p.says(ds, "Address outside of subnet", "10.1.0.1 is not in the subnet 10.0.0.0/16", "Subnets overlap")
	for _, d := range ds {
		if d.Subject == nil || d.Subject.Start.Line < 4 {
			t.Errorf("%s is said of %v", d.Summary, d.Subject)
		}
	}
}

func TestNetworkIsReplacedBesideTheOld(t *testing.T) {
	main := plainNetwork[:len(plainNetwork)-2] + "  lifecycle { create_before_destroy = true }\n}\n"
	p := newProject(t, main)
	p.applies("create docker_network.a")
	p.set(strings.Replace(main, "  ipam", "  internal = true\n  ipam", 1))
	p.refuses("Name is still in use", "create_before_destroy")
	p.subnet = dockercases.Subnet(t).String()
	p.set(strings.Replace(main, "NAME-a", "NAME-b", 1))
	p.applies("create-delete docker_network.a (cannot_update)")
	p.destroys()
}

// Destroying races with a removal by hand.
func TestNetworkRemovedTwiceAtOnce(t *testing.T) {
	p := newProject(t, plainNetwork)
	p.applies("create docker_network.a")
	id := p.network("NAME-a").ID
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { _ = p.engine.NetworkRemove(p.ctx(), id) })
	}
	p.says(p.destroys())
	wg.Wait()
}

// A project can be planned while no engine runs, unless something exists.
func TestDaemonIsDown(t *testing.T) {
	p := newProject(t, plainNetwork)
	up := p.Files["provider.cw.hcl"]
	down := "provider \"docker\" {\n  host = \"unix:///nonexistent/docker.sock\"\n}\n"
	p.Files["provider.cw.hcl"] = down
	p.plans("create docker_network.a")
	p.refuses("Docker does not answer", "/nonexistent/docker.sock", "Start it")
	p.Files["provider.cw.hcl"] = up
	p.applies("create docker_network.a")
	p.Files["provider.cw.hcl"] = down
	_, ds := p.TryPlan(plan.Options{})
	if !ds.HasErrors() {
		t.Error("a plan goes well although nothing can be read")
	}
	p.says(ds, "Docker does not answer", "Looking at the network NAME-a failed")
	for _, d := range ds {
		if d.Severity == diag.Error && strings.Count(d.Detail, "\n") > 0 {
			t.Errorf("the diagnostic is not plain: %s", d.Detail)
		}
	}
	p.Files["provider.cw.hcl"] = up
	p.destroys()
}

// Something else at the engine's address knows nothing of what is there.
func TestSomethingElseAnswers(t *testing.T) {
	p := newProject(t, plainNetwork+looseVolume+"resource \"docker_image\" \"a\" {\n  name = \"NAME\"\n  pull = \"never\"\n}\n")
	p.loaded("NAME")
	p.applies("create docker_image.a; create docker_network.a; create docker_volume.a")
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	up := p.Files["provider.cw.hcl"]
	p.Files["provider.cw.hcl"] = "provider \"docker\" {\n  host = \"tcp://" + server.Listener.Addr().String() + "\"\n}\n"
	_, ds := p.TryPlan(plan.Options{})
	for _, what := range []string{"image", "network", "volume"} {
		p.says(ds, "Looking at the "+what+" NAME")
	}
	p.Files["provider.cw.hcl"] = up
	p.destroys()
}
