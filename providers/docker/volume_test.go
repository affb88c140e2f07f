package docker_test

import (
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/volume"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

const plainVolume = `
resource "docker_volume" "a" {
  name = "NAME-a"
}
`

const looseVolume = `
resource "docker_volume" "a" {
  name         = "NAME-a"
  force_remove = true
}
`

func (p *project) volume(name string) volume.Volume {
	p.Helper()
	v, err := p.engine.VolumeInspect(p.ctx(), p.fill(name))
	p.must(err)
	return v
}

func (p *project) hasVolume(name string) bool {
	_, err := p.engine.VolumeInspect(p.ctx(), p.fill(name))
	return err == nil
}

// A volume outlives its resource, and is found again.
func TestVolumeIsKept(t *testing.T) {
	p := newProject(t, plainVolume)
	p.says(p.applies("create docker_volume.a"))
	made := p.volume("NAME-a")
	if p.attribute("docker_volume.a", "mountpoint") != made.Mountpoint || made.Mountpoint == "" {
		t.Errorf("the mountpoint is not %q", made.Mountpoint)
	}
	p.says(p.destroys(), "Volume was kept", "docker volume rm NAME-a", "force_remove = true")
	p.says(p.applies("create docker_volume.a"))
	if again := p.volume("NAME-a"); again.CreatedAt != made.CreatedAt || again.Labels["clockwork.intent"] != made.Labels["clockwork.intent"] {
		t.Errorf("the volume is another: %+v", again)
	}
	p.set(looseVolume)
	p.applies("update docker_volume.a")
	p.says(p.destroys())
	if p.hasVolume("NAME-a") {
		t.Error("the volume is still there")
	}
}

func TestForeignVolume(t *testing.T) {
	p := newProject(t, plainVolume)
	_, err := p.engine.VolumeCreate(p.ctx(), volume.CreateOptions{Name: p.fill("NAME-a")})
	p.must(err)
	p.refuses("Volume exists already", "it was not made by Clockwork", "adopt = true", "main.cw.hcl:3,")
	p.set(strings.Replace(plainVolume, "\n}", "\n  adopt = true\n}", 1))
	p.applies("create docker_volume.a")
	p.says(p.destroys(), "Volume was kept")
	if !p.hasVolume("NAME-a") {
		t.Error("the volume is gone")
	}
}

func TestVolumeOfAnotherProject(t *testing.T) {
	p := newProject(t, plainVolume)
	_, err := p.engine.VolumeCreate(p.ctx(), volume.CreateOptions{Name: p.fill("NAME-a"),
		Labels: map[string]string{"clockwork.project": "shop", "clockwork.address": "docker_volume.data"}})
	p.must(err)
	p.refuses("it belongs to docker_volume.data of the project shop")
}

func TestTwoVolumesOfOneName(t *testing.T) {
	p := newProject(t, plainVolume+strings.Replace(plainVolume, `"a"`, `"b"`, 1))
	_, ds := p.TryPlan(plan.Options{})
	p.says(ds, "Two resources for one object", "docker_volume.b has the same name as docker_volume.a")
}

// The engine gives the same volume to all who ask at once.
func TestVolumesOfOneNameAtOnce(t *testing.T) {
	p := newProject(t, "")
	p.race("docker_volume", providertest.Attrs{"name": cty.StringVal(p.name)},
		"Volume exists already", "it belongs to docker_volume.x")
}

// Nothing that would lose data is even planned.
func TestVolumeCannotBeChanged(t *testing.T) {
	tmpfs := func(more string) string {
		return "resource \"docker_volume\" \"a\" {\n  name    = \"NAME-a\"\n  options = { type = \"tmpfs\", device = \"tmpfs\", o = \"size=1m\" }\n" + more + "}\n"
	}
	p := newProject(t, tmpfs(""))
	p.applies("create docker_volume.a")
	bigger := strings.Replace(tmpfs(""), "1m", "2m", 1)
	p.set(bigger)
	_, ds := p.TryPlan(plan.Options{})
	p.says(ds, "Volume cannot be changed", "would lose its data", "main.cw.hcl:3,")
	p.set(tmpfs("  force_remove = true\n"))
	p.applies("update docker_volume.a")
	p.set(strings.Replace(tmpfs("  force_remove = true\n"), "1m", "2m", 1))
	p.applies("delete-create docker_volume.a (cannot_update)")
	if got := p.volume("NAME-a").Options["o"]; got != "size=2m" {
		t.Errorf("the option is %q", got)
	}
	p.destroys()
}

// Another name is another volume; the old one stays.
func TestVolumeIsRenamed(t *testing.T) {
	p := newProject(t, plainVolume)
	p.applies("create docker_volume.a")
	p.set(strings.Replace(plainVolume, "NAME-a", "NAME-b", 1))
	p.says(p.applies("delete-create docker_volume.a (cannot_update)"), "The volume NAME-a was not removed")
	if !p.hasVolume("NAME-a") || !p.hasVolume("NAME-b") {
		t.Error("one of the volumes is gone")
	}
}

func TestVolumeRemovedByHand(t *testing.T) {
	p := newProject(t, looseVolume)
	p.applies("create docker_volume.a")
	p.must(p.engine.VolumeRemove(p.ctx(), p.fill("NAME-a"), false))
	p.applies("create docker_volume.a")
	p.must(p.engine.VolumeRemove(p.ctx(), p.fill("NAME-a"), false))
	p.says(p.destroys())
}

// A volume that something else made anew is not ours to remove.
func TestVolumeMadeAnewByHand(t *testing.T) {
	p := newProject(t, looseVolume)
	p.applies("create docker_volume.a")
	p.must(p.engine.VolumeRemove(p.ctx(), p.fill("NAME-a"), false))
	_, err := p.engine.VolumeCreate(p.ctx(), volume.CreateOptions{Name: p.fill("NAME-a")})
	p.must(err)
	p.plans("")
	p.says(p.destroys(), "Volume was kept", "not the one that was made for this resource")
	if !p.hasVolume("NAME-a") {
		t.Error("somebody else's volume is gone")
	}
}

func TestVolumeInUse(t *testing.T) {
	p := newProject(t, looseVolume)
	p.applies("create docker_volume.a")
	image := dockertest.Image(t, dockertest.Spec{})
	_, err := p.engine.ContainerCreate(p.ctx(), &container.Config{Image: image, Cmd: []string{"true"}}, &container.HostConfig{
		Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: p.fill("NAME-a"), Target: "/x"}}}, nil, nil, p.fill("NAME-user"))
	p.must(err)
	_, ds := p.TryRun(plan.Options{Mode: plan.Destroy})
	p.says(ds, "Volume is in use", "NAME-user")
	p.must(p.engine.ContainerRemove(p.ctx(), p.fill("NAME-user"), container.RemoveOptions{Force: true}))
	p.says(p.destroys())
}

func TestVolumeIsReplacedBesideItself(t *testing.T) {
	p := newProject(t, strings.Replace(looseVolume, "\n}", "\n  lifecycle { create_before_destroy = true }\n}", 1))
	p.applies("create docker_volume.a")
	p.Files["main.cw.hcl"] = strings.Replace(p.Files["main.cw.hcl"], "force_remove", "labels = { a = \"b\" }\n  force_remove", 1)
	p.refuses("Name is still in use", "create_before_destroy")
	if !p.hasVolume("NAME-a") {
		t.Error("the volume was removed")
	}
}

// The engine looks for a plugin for a while.
func TestVolumeDriverIsMissing(t *testing.T) {
	p := newProject(t, "resource \"docker_volume\" \"a\" {\n  name   = \"NAME-a\"\n  driver = \"nosuchdriver\"\n}\n")
	p.refuses("Cannot make volume", "nosuchdriver", "install the plugin", "main.cw.hcl:3,")
}
