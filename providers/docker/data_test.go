package docker_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/go-connections/nat"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockercases"
)

func TestDataSources(t *testing.T) {
	p := newProject(t, `
data "docker_image" "i" { name = "NAME:1" }
data "docker_container" "c" { name = "NAME-c" }
data "docker_network" "n" { name = "NAME-n" }
data "docker_network" "bridge" { name = "bridge" }

output "image" { value = data.docker_image.i.image_id == data.docker_container.c.image_id }
output "labels" { value = data.docker_image.i.labels["for"] }
output "running" { value = data.docker_container.c.running }
output "port" { value = data.docker_container.c.ports[0] }
output "address" { value = data.docker_container.c.networks["NAME-n"].ip_address }
output "subnet" { value = cidrhost(data.docker_network.n.subnet, 2) }
output "bridge" { value = data.docker_network.bridge.driver }
`)
	p.loaded("NAME:1")
	_, err := p.engine.NetworkCreate(p.ctx(), p.fill("NAME-n"), network.CreateOptions{
		IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: p.subnet}}}})
	p.must(err)
	made, err := p.engine.ContainerCreate(p.ctx(), &container.Config{Image: p.fill("NAME:1"), Cmd: []string{"sleep", "100"},
		ExposedPorts: nat.PortSet{"80/tcp": {}}}, &container.HostConfig{NetworkMode: container.NetworkMode(p.fill("NAME-n")),
		PortBindings: nat.PortMap{"80/tcp": {{HostIP: "127.0.0.1"}}}}, nil, nil, p.fill("NAME-c"))
	p.must(err)
	p.must(p.engine.ContainerStart(p.ctx(), made.ID, container.StartOptions{}))
	result := p.Run(plan.Options{})
	for name, want := range map[string]string{"image": "True", "running": "True", "labels": t.Name(), "bridge": "bridge"} {
		if got := result.Outputs[name].GoString(); !strings.Contains(got, want) {
			t.Errorf("%s is %s", name, got)
		}
	}
	if a, b := result.Outputs["address"], result.Outputs["subnet"]; !a.RawEquals(b) {
		t.Errorf("the address is %#v, not %#v", a, b)
	}
	got := result.Outputs["port"]
	if !got.GetAttr("container").RawEquals(cty.NumberIntVal(80)) || !got.GetAttr("host_ip").RawEquals(cty.StringVal("127.0.0.1")) ||
		got.GetAttr("host").AsBigFloat().Sign() <= 0 || got.GetAttr("protocol").AsString() != "tcp" {
		t.Errorf("the port is %#v", got)
	}
}

func TestDataOfWhatIsMissing(t *testing.T) {
	for typ, words := range map[string][]string{
		"docker_image":     {"No such image", "Pull it"},
		"docker_container": {"No such container"},
		"docker_network":   {"No such network"},
	} {
		t.Run(typ, func(t *testing.T) {
			p := newProject(t, "data \""+typ+"\" \"x\" {\n  name = \"NAME\"\n}\noutput \"x\" { value = data."+typ+".x }\n")
			_, ds := p.TryPlan(plan.Options{})
			p.says(ds, append(words, "main.cw.hcl:2,", "NAME")...)
		})
	}
}

// Engines before 25 can have several networks of one name.
func TestDataOfTwoNetworks(t *testing.T) {
	p := newProject(t, "data \"docker_network\" \"x\" {\n  name = \"NAME\"\n}\noutput \"x\" { value = data.docker_network.x.id }\n")
	if ids := p.twins(p.name); len(ids) == 2 {
		_, ds := p.TryPlan(plan.Options{})
		p.says(ds, "Several networks", ids[0][:12], ids[1][:12])
	}
}

// twins makes two networks of one name, if the engine lets it, and returns
// their ids. The client would not do it.
func (p *project) twins(name string) []string {
	p.Helper()
	var ids []string
	for range 2 {
		subnet := dockercases.Subnet(p).String()
		resp, err := p.engine.HTTPClient().Post("http://docker/v1.41/networks/create", "application/json", strings.NewReader(
			`{"Name": "`+name+`", "IPAM": {"Config": [{"Subnet": "`+subnet+`"}]}}`))
		p.must(err)
		text, err := readAll(resp.Body)
		p.must(err)
		if resp.StatusCode == http.StatusConflict {
			return ids
		}
		var made struct{ ID string }
		p.must(json.Unmarshal([]byte(text), &made))
		ids = append(ids, made.ID)
	}
	return ids
}
