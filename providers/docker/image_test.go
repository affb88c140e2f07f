package docker_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockercases"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

const pulledImage = `
resource "docker_image" "a" {
  name = "REGISTRY/app:1"
}
`

const alwaysPulled = `
resource "docker_image" "a" {
  name = "REGISTRY/app:1"
  pull = "always"
}
`

// withRegistry is a project with a registry that has app:1.
func withRegistry(t *testing.T, main string, pairs ...string) (*project, *dockercases.Registry) {
	t.Helper()
	r := dockercases.NewRegistry(t)
	digest := r.Push("app", "1", "one of "+t.Name())
	return newProject(t, main, append(pairs, "REGISTRY", r.Host, "DIGEST", digest)...), r
}

func (p *project) image(name string) image.InspectResponse {
	p.Helper()
	i, err := p.engine.ImageInspect(p.ctx(), p.fill(name))
	p.must(err)
	return i
}

func (p *project) hasImage(name string) bool {
	_, err := p.engine.ImageInspect(p.ctx(), p.fill(name))
	return err == nil
}

// loaded brings an image to the engine under a name, without a registry.
func (p *project) loaded(name string) {
	p.Helper()
	made := dockertest.Image(p, dockertest.Spec{Labels: map[string]string{"for": p.Name()}})
	p.must(p.engine.ImageTag(p.ctx(), made, p.fill(name)))
}

func TestImageIsPulled(t *testing.T) {
	p, _ := withRegistry(t, pulledImage)
	p.says(p.applies("create docker_image.a"))
	i := p.image("REGISTRY/app:1")
	if got := p.attribute("docker_image.a", "image_id"); got != i.ID {
		t.Errorf("the id is %q, not %q", got, i.ID)
	}
	if got := p.attribute("docker_image.a", "repo_digest"); got != p.fill("REGISTRY/app@DIGEST") {
		t.Errorf("the digest is %q", got)
	}
	p.tells("pulling REGISTRY/app:1")
	p.tells("pulled REGISTRY/app:1")
	p.says(p.destroys())
	if p.hasImage("REGISTRY/app:1") {
		t.Error("the image is still there")
	}
}

// One image has many spellings.
func TestImageNameIsRespelled(t *testing.T) {
	p := newProject(t, "resource \"docker_image\" \"a\" {\n  name = \"docker.io/library/NAME\"\n  pull = \"never\"\n}\n")
	p.loaded("NAME")
	p.applies("create docker_image.a")
	id := p.attribute("docker_image.a", "image_id")
	p.set("resource \"docker_image\" \"a\" {\n  name = \"NAME:latest\"\n  pull = \"never\"\n}\n")
	p.applies("update docker_image.a")
	if p.attribute("docker_image.a", "image_id") != id {
		t.Error("the id has changed")
	}
	p.destroys()
	if !p.hasImage("NAME") {
		t.Error("an image that was there before was removed")
	}
}

func TestImageByDigestAndById(t *testing.T) {
	p, r := withRegistry(t, `
resource "docker_image" "a" {
  name = "REGISTRY/app@DIGEST"
}

resource "docker_image" "same" {
  name = docker_image.a.image_id
}
`)
	p.applies("create docker_image.a; create docker_image.same")
	r.Push("app", "1", "another")
	p.plans("")
	if a, b := p.attribute("docker_image.a", "image_id"), p.attribute("docker_image.same", "image_id"); a != b || a == "" {
		t.Errorf("the ids are %q and %q", a, b)
	}
	p.says(p.destroys())
}

func TestImageWithTagAndDigest(t *testing.T) {
	p, _ := withRegistry(t, strings.Replace(pulledImage, "app:1", "app:whatever@DIGEST", 1))
	p.applies("create docker_image.a")
	p.destroys()
}

func TestImageIdIsMissing(t *testing.T) {
	p := newProject(t, "resource \"docker_image\" \"a\" {\n  name = \"sha256:"+strings.Repeat("ab", 32)+"\"\n}\n")
	p.refuses("No such image", "says nothing of where to get it", "main.cw.hcl:2,")
}

// What was there before is kept, and so is what the user wants to keep.
func TestImageIsKept(t *testing.T) {
	p, r := withRegistry(t, pulledImage)
	body, err := p.engine.ImagePull(p.ctx(), p.fill("REGISTRY/app:1"), image.PullOptions{})
	p.must(err)
	_, err = readAll(body)
	p.must(err)
	before := r.Pulls()
	p.applies("create docker_image.a")
	if r.Pulls() != before {
		t.Error("an image that is there was pulled")
	}
	p.says(p.destroys())
	if !p.hasImage("REGISTRY/app:1") {
		t.Error("an image that was there before was removed")
	}
	_, err = p.engine.ImageRemove(p.ctx(), p.fill("REGISTRY/app:1"), image.RemoveOptions{})
	p.must(err)
	p.set(strings.Replace(pulledImage, "\n}", "\n  keep_locally = true\n}", 1))
	p.applies("create docker_image.a")
	p.says(p.destroys())
	if !p.hasImage("REGISTRY/app:1") {
		t.Error("an image that is to be kept was removed")
	}
}

func TestImageIsInUse(t *testing.T) {
	p, _ := withRegistry(t, pulledImage)
	p.applies("create docker_image.a")
	for _, name := range []string{"NAME-one", "NAME-two"} {
		_, err := p.engine.ContainerCreate(p.ctx(), &container.Config{Image: p.fill("REGISTRY/app:1")}, nil, nil, nil, p.fill(name))
		p.must(err)
	}
	p.says(p.destroys(), "Image was left in place", "NAME-one, NAME-two", "docker rmi REGISTRY/app:1")
	if !p.hasImage("REGISTRY/app:1") {
		t.Error("the image is gone")
	}
}

func TestImageInUseIsForced(t *testing.T) {
	p, _ := withRegistry(t, strings.Replace(pulledImage, "\n}", "\n  force = true\n}", 1))
	p.applies("create docker_image.a")
	_, err := p.engine.ContainerCreate(p.ctx(), &container.Config{Image: p.fill("REGISTRY/app:1")}, nil, nil, nil, p.fill("NAME-one"))
	p.must(err)
	p.says(p.destroys())
	if p.hasImage("REGISTRY/app:1") {
		t.Error("the image is still there")
	}
}

// Two resources have one tag: it goes with the last.
func TestImageOfTwoResources(t *testing.T) {
	one := pulledImage
	other := strings.Replace(pulledImage, `"a"`, `"b"`, 1)
	p, _ := withRegistry(t, one)
	p.applies("create docker_image.a")
	p.set(one + other)
	p.applies("create docker_image.b")
	p.set(other)
	p.applies("delete docker_image.a (delete_because_no_resource_config)")
	if !p.hasImage("REGISTRY/app:1") {
		t.Fatal("the image that the other resource has was removed")
	}
	p.set(one + other)
	p.applies("create docker_image.a")
	p.destroys()
}

func TestImageOfSeveralResourcesGoesWithAll(t *testing.T) {
	for name, depends := range map[string][2]string{"tag last": {"", "docker_image.a"}, "digest last": {"docker_image.c", ""}} {
		t.Run(name, func(t *testing.T) {
			p, _ := withRegistry(t, strings.Replace(pulledImage, "\n}", "\n  depends_on = ["+depends[0]+"]\n}", 1)+
				strings.Replace(pulledImage, `"a"`, `"b"`, 1)+
				"resource \"docker_image\" \"c\" {\n  name = \"REGISTRY/app@DIGEST\"\n  depends_on = ["+depends[1]+"]\n}\n")
			p.applies("create docker_image.a; create docker_image.b; create docker_image.c")
			p.destroys()
			if p.hasImage("REGISTRY/app:1") || p.hasImage("REGISTRY/app@DIGEST") {
				t.Error("the image is still there")
			}
		})
	}
}

func TestImageRemovedByHand(t *testing.T) {
	p, _ := withRegistry(t, pulledImage)
	p.applies("create docker_image.a")
	remove := func() {
		_, err := p.engine.ImageRemove(p.ctx(), p.fill("REGISTRY/app:1"), image.RemoveOptions{})
		p.must(err)
	}
	remove()
	p.applies("create docker_image.a")
	remove()
	p.says(p.destroys())
}

func TestImageIsReplaced(t *testing.T) {
	p, r := withRegistry(t, pulledImage)
	r.Push("app", "2", "two of "+t.Name())
	p.applies("create docker_image.a")
	p.set(strings.Replace(pulledImage, "app:1", "app:2", 1))
	p.applies("delete-create docker_image.a (cannot_update)")
	if p.hasImage("REGISTRY/app:1") || !p.hasImage("REGISTRY/app:2") {
		t.Error("the old image is there, or the new is not")
	}
	p.destroys()
}

// A tag that moves in its registry is a change only where it is asked for.
func TestTagMoves(t *testing.T) {
	p, r := withRegistry(t, pulledImage)
	p.applies("create docker_image.a")
	was := p.image("REGISTRY/app:1").ID
	moved := r.Push("app", "1", "moved")
	p.plans("")
	p.set(alwaysPulled)
	made, ds := p.TryPlan(plan.Options{})
	p.says(ds)
	if got := made.Changes[0].After.GetAttr("repo_digest"); !got.IsKnown() || got.AsString() != p.fill("REGISTRY/app@")+moved {
		t.Errorf("the plan does not know the digest, but has %#v", got)
	}
	p.applies("update docker_image.a")
	if now := p.image("REGISTRY/app:1"); now.ID == was || p.attribute("docker_image.a", "image_id") != now.ID {
		t.Error("the image was not pulled")
	}
	r.Push("app", "1", "moved again")
	p.applies("update docker_image.a")
	p.says(p.destroys())
}

// A registry that does not answer at plan changes nothing.
func TestRegistryIsDownAtPlan(t *testing.T) {
	p, r := withRegistry(t, alwaysPulled)
	p.applies("create docker_image.a")
	r.Answer(http.StatusServiceUnavailable)
	p.says(p.plans(""), "Registry was not asked", "it stays as it is")
	r.Answer(0)
	p.says(p.plans(""))
	p.destroys()
}

func TestPullFails(t *testing.T) {
	for name, test := range map[string]struct {
		name  string
		setup func(*dockercases.Registry)
		words []string
	}{
		"no such tag":        {"REGISTRY/app:none", nil, []string{"Image does not exist", "correct the name or the tag", "main.cw.hcl:2,"}},
		"no such repository": {"REGISTRY/none:1", nil, []string{"Image does not exist"}},
		"out of order":       {"REGISTRY/app:1", func(r *dockercases.Registry) { r.Answer(500) }, []string{"Registry does not answer", "try again"}},
		"locked":             {"REGISTRY/app:1", func(r *dockercases.Registry) { r.Lock("ann", "secret") }, []string{"Registry wants a login", "docker login REGISTRY"}},
		"not there":          {"127.0.0.1:1/app:1", nil, []string{"Registry does not answer", "127.0.0.1:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, r := withRegistry(t, "resource \"docker_image\" \"a\" {\n  name = \""+test.name+"\"\n}\n")
			if test.setup != nil {
				test.setup(r)
			}
			p.refuses(test.words...)
			if got := p.Addresses(); len(got) > 0 {
				t.Errorf("the state has %v", got)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	secret := "opensesame-4711"
	for name, test := range map[string]struct {
		block, config string
		works         bool
	}{
		"in the provider": {block: "registry = { \"REGISTRY\" = { username = \"ann\", password = var.password } }", works: true},
		"with a scheme":   {block: "registry = { \"http://REGISTRY/v2/\" = { username = \"ann\", password = var.password } }", works: true},
		"of the docker command": {works: true,
			config: "{\"auths\": {\"REGISTRY\": {\"auth\": \"" + base64.StdEncoding.EncodeToString([]byte("ann:"+secret)) + "\"}}}"},
		"wrong":              {block: "registry = { \"REGISTRY\" = { username = \"bob\", password = var.password } }"},
		"of another":         {block: "registry = { \"example.com\" = { username = \"ann\", password = var.password } }"},
		"from a lost helper": {config: "{\"credHelpers\": {\"REGISTRY\": \"nosuchhelper\"}}"},
	} {
		t.Run(name, func(t *testing.T) {
			p, r := withRegistry(t, alwaysPulled+"variable \"password\" {\n  type = string\n  sensitive = true\n}\n")
			p.Vars = []string{"password=" + secret}
			r.Lock("ann", secret)
			p.Files["provider.cw.hcl"] = p.fill("provider \"docker\" {\n  config_path = \"docker-config\"\n  " + test.block + "\n}\n")
			if test.config != "" {
				p.write("docker-config/config.json", test.config)
			}
			if test.works {
				p.applies("create docker_image.a")
				r.Push("app", "1", "moved, which only who is logged in can see")
				p.applies("update docker_image.a")
				p.destroys()
				return
			}
			ds := p.refuses("og", "REGISTRY")
			if strings.Contains(ds.Error(), secret) {
				t.Errorf("the password is told: %v", ds)
			}
		})
	}
}

func TestImageIsNeverPulled(t *testing.T) {
	p, r := withRegistry(t, strings.Replace(pulledImage, "\n}", "\n  pull = \"never\"\n}", 1))
	p.refuses("No such image", "forbids to get it", "main.cw.hcl:3,")
	if r.Pulls() > 0 {
		t.Error("it was pulled all the same")
	}
}

func TestPlatform(t *testing.T) {
	p, r := withRegistry(t, `
resource "docker_image" "a" {
  name     = "REGISTRY/many:1"
  platform = "linux/arm64"
}
`)
	r.Push("many", "1", "many of "+t.Name(), "linux/amd64", "linux/arm64")
	p.applies("create docker_image.a")
	if i := p.image("REGISTRY/many:1"); i.Architecture != "arm64" {
		t.Errorf("the image is for %s", i.Architecture)
	}
	p.set(strings.Replace(p.Files["main.cw.hcl"], "arm64", "AMD64", 1))
	p.applies("update docker_image.a")
	if i := p.image("REGISTRY/many:1"); i.Architecture != "amd64" {
		t.Errorf("the image is for %s", i.Architecture)
	}
	p.set(strings.Replace(p.Files["main.cw.hcl"], "AMD64", "s390x", 1))
	p.refuses("Image is not for this platform")
	p.destroys()
}

// Somebody pulled the tag for another platform.
func TestPlatformIsChangedByHand(t *testing.T) {
	p, r := withRegistry(t, "resource \"docker_image\" \"a\" {\n  name     = \"REGISTRY/many:1\"\n  platform = \"linux/amd64\"\n}\n")
	r.Push("many", "1", "many of "+t.Name(), "linux/amd64", "linux/arm64")
	p.applies("create docker_image.a")
	body, err := p.engine.ImagePull(p.ctx(), p.fill("REGISTRY/many:1"), image.PullOptions{Platform: "linux/arm64"})
	p.must(err)
	_, err = readAll(body)
	p.must(err)
	p.applies("update docker_image.a")
	p.destroys()
}

// A pull that is interrupted ends soon, and is taken up again.
func TestPullIsInterrupted(t *testing.T) {
	p, r := withRegistry(t, pulledImage)
	r.Hold()
	stopped := p.interruptedAfter(500 * time.Millisecond)
	if stopped > 5*time.Second {
		t.Errorf("it took %s to stop", stopped)
	}
	r.Release()
	p.applies("create docker_image.a")
	p.destroys()
}

func TestImageIsImported(t *testing.T) {
	p := newProject(t, "")
	p.loaded("NAME:1")
	for id, want := range map[string]bool{"NAME:1": true, "docker.io/library/NAME:1": true, "NAME:2": false} {
		state, ds := p.imports("docker_image", p.fill(id))
		if len(ds) > 0 || state.IsNull() == want {
			t.Errorf("%s: is there: %v; %v", id, !state.IsNull(), ds)
		}
	}
	if _, ds := p.imports("docker_image", "A B"); !ds.HasErrors() {
		t.Error("a bad name is imported")
	}
	if _, ds := p.imports("docker_network", "bridge"); !ds.HasErrors() {
		t.Error("a network of the engine's own is imported")
	}
}

const builtImage = `
resource "docker_image" "a" {
  name = "NAME:1"
  build = {
    context = "app"
  }
}
`

func (p *project) app(dockerfile string) {
	p.Helper()
	p.write("app/Dockerfile", dockerfile)
	p.write("app/hello", "hello")
}

func TestImageIsBuilt(t *testing.T) {
	p := newProject(t, strings.Replace(builtImage, "\"app\"", "\"app\"\n    args = { V = \"2.0\" }\n    labels = { tier = \"front\" }", 1))
	p.app("FROM scratch\nARG V\nCOPY hello /hello\nLABEL version=$V\n")
	p.says(p.applies("create docker_image.a"))
	i := p.image("NAME:1")
	if l := i.Config.Labels; l["version"] != "2.0" || l["tier"] != "front" || l["clockwork.address"] != "docker_image.a" || l["clockwork.project"] != "test" {
		t.Errorf("the labels are %v", l)
	}
	p.tells("building NAME:1: Step 3/")
	p.says(p.destroys())
	if p.hasImage("NAME:1") {
		t.Error("the image is still there")
	}
}

// An argument of the build may be a secret; what is built is none.
func TestSecretArgument(t *testing.T) {
	p := newProject(t, strings.Replace(builtImage, "\"app\"", "\"app\"\n    args = { TOKEN = var.token }", 1)+
		"variable \"token\" {\n  type = string\n  sensitive = true\n  default = \"swordfish-99\"\n}\noutput \"id\" { value = docker_image.a.image_id }\n")
	p.app("FROM scratch\nARG TOKEN\nCOPY hello /hello\n")
	p.applies("create docker_image.a; create output.id")
	p.Vars = []string{"token=another-one"}
	p.applies("update docker_image.a; update output.id")
	p.destroys()
}

// A change in the context builds the image anew, in place; a touch does not.
func TestContextChanges(t *testing.T) {
	p := newProject(t, builtImage)
	p.app("FROM scratch\nCOPY hello /hello\n")
	p.applies("create docker_image.a")
	was := p.image("NAME:1").ID
	later := time.Now().Add(time.Hour)
	p.must(os.Chtimes(filepath.Join(p.Dir, "app/hello"), later, later))
	p.plans("")
	p.write("app/hello", "hello again")
	p.applies("update docker_image.a")
	if p.image("NAME:1").ID == was {
		t.Error("the image is the old one")
	}
	p.write("app/more", "")
	p.applies("update docker_image.a")
	p.must(os.Chmod(filepath.Join(p.Dir, "app/more"), 0o755))
	p.applies("update docker_image.a")
	p.must(os.Symlink("hello", filepath.Join(p.Dir, "app/link")))
	p.applies("update docker_image.a")
	p.must(os.Remove(filepath.Join(p.Dir, "app/more")))
	p.applies("update docker_image.a")
	p.destroys()
}

// What is built is what was planned, or nothing.
func TestContextChangesAfterThePlan(t *testing.T) {
	p := newProject(t, "")
	p.app("FROM scratch\nCOPY hello /hello\n")
	d, schema := p.provider()
	object := &schema.Resources["docker_image"].Object
	text := cty.StringVal
	config, err := providertest.Value(object, providertest.Attrs{"name": text(p.name), "build": cty.ObjectVal(map[string]cty.Value{
		"context": text("app"), "context_sha256": text(strings.Repeat("0", 64))})})
	p.must(err)
	resp, err := d.Apply(p.ctx(), providers.ApplyRequest{
		Target: providers.Target{Configuration: "docker", Type: "docker_image", Address: "docker_image.a"},
		Action: providers.Create, Intent: p.name, Config: config, Prior: cty.NullVal(object.Type()),
		Planned: providers.Propose(object, cty.NilVal, config), Progress: func(string) {}})
	p.must(err)
	p.says(resp.Diagnostics, "Context has changed", "Plan again")
	if !resp.State.IsNull() || p.hasImage(p.name) {
		t.Error("something was made")
	}
}

func TestDockerignore(t *testing.T) {
	p := newProject(t, builtImage)
	p.app("FROM scratch\nCOPY . /\n")
	p.write("app/.dockerignore", "# a comment\n*.log\nDockerfile\nvendor\n!vendor/kept\n")
	p.write("app/vendor/a", "a")
	p.write("app/vendor/kept", "kept")
	p.applies("create docker_image.a")
	p.write("app/x.log", "a line")
	p.write("app/vendor/a", "b")
	p.plans("")
	p.write("app/vendor/kept", "changed")
	p.applies("update docker_image.a")
	p.destroys()
}

// The project itself can be the context: the state in it is left out.
func TestProjectIsContext(t *testing.T) {
	p := newProject(t, strings.Replace(builtImage, `"app"`, `"."`+"\n    dockerfile = \"app/Dockerfile\"", 1))
	p.app("FROM scratch\nCOPY . /\n")
	p.applies("create docker_image.a")
	p.plans("")
	p.destroys()
}

// Somebody gave the tag to another image.
func TestBuiltTagIsTakenByHand(t *testing.T) {
	p := newProject(t, builtImage)
	p.app("FROM scratch\nCOPY hello /hello\n")
	p.applies("create docker_image.a")
	p.loaded("NAME:1")
	p.applies("update docker_image.a")
	p.loaded("NAME:1")
	other := p.image("NAME:1").ID
	_, ds := p.TryRun(plan.Options{Mode: plan.Destroy, SkipRefresh: true})
	p.says(ds, "Image was left in place", "another image")
	if p.image("NAME:1").ID != other {
		t.Error("the other image has lost its tag")
	}
}

func TestTwoBuildsOfOneTag(t *testing.T) {
	p := newProject(t, builtImage+strings.Replace(builtImage, `"a"`, `"b"`, 1))
	p.app("FROM scratch\nCOPY hello /hello\n")
	p.refuses("Tag is taken", "it belongs to docker_image.")
	if got := p.Addresses(); len(got) != 1 {
		t.Errorf("these were made: %v", got)
	}
	p.destroys()
}

func TestBuildFails(t *testing.T) {
	shell := dockertest.Image(t, dockertest.Spec{})
	for name, test := range map[string]struct {
		dockerfile, more string
		words            []string
	}{
		"a step":         {"FROM SHELL\nARG TOKEN\nRUN echo first; echo token is $TOKEN; exit 3\n", "", []string{"Cannot build image", "non-zero code: 3", "first", "token is (TOKEN)"}},
		"a Dockerfile":   {"FRUM scratch\n", "", []string{"Cannot build image", "FRUM", "main.cw.hcl:"}},
		"a missing base": {"FROM REGISTRY/none:1\n", "", []string{"Cannot build image", "REGISTRY/none"}},
		"a stage":        {"FROM scratch\nCOPY hello /\n", "target = \"nosuchstage\"", []string{"Cannot build image", "nosuchstage"}},
		"a missing file": {"FROM scratch\nCOPY nosuchfile /\n", "", []string{"nosuchfile"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := withRegistry(t, strings.Replace(builtImage, `"app"`, `"app"`+"\n    args = { TOKEN = \"swordfish-99\" }\n    "+test.more, 1), "SHELL", shell)
			p.app(test.dockerfile)
			ds := p.refuses(test.words...)
			if text := ds.Error() + strings.Join(p.progress, "\n"); strings.Contains(text, "swordfish") {
				t.Errorf("an argument is told: %s", text)
			}
			if p.hasImage("NAME:1") || len(p.Addresses()) > 0 {
				t.Error("something was made")
			}
			p.app("FROM scratch\nCOPY hello /hello\n")
			p.set(builtImage)
			p.applies("create docker_image.a")
			was := p.image("NAME:1").ID
			p.app(test.dockerfile)
			p.set(strings.Replace(builtImage, `"app"`, `"app"`+"\n    "+test.more, 1))
			p.refuses("Cannot build image")
			if p.image("NAME:1").ID != was {
				t.Error("the old image has lost its tag")
			}
			p.destroys()
		})
	}
}

func TestContextIsMissing(t *testing.T) {
	p := newProject(t, builtImage)
	p.says(p.plans("create docker_image.a"), "Context is incomplete", "main.cw.hcl:5,")
	p.refuses("Context is incomplete", "app: no such file")
	p.app("FROM scratch\nCOPY hello /hello\n")
	p.must(os.Rename(filepath.Join(p.Dir, "app/Dockerfile"), filepath.Join(p.Dir, "app/other")))
	p.refuses("Context is incomplete", "Dockerfile")
	p.set(strings.Replace(builtImage, `"app"`, `"app"`+"\n    dockerfile = \"other\"", 1))
	p.applies("create docker_image.a")
	p.must(os.RemoveAll(filepath.Join(p.Dir, "app")))
	p.says(p.plans(""), "Context is incomplete", "stays as it is")
	p.destroys()
}

// Built and pulled are two ways to one image.
func TestBuildInsteadOfPull(t *testing.T) {
	p, _ := withRegistry(t, pulledImage)
	p.app("FROM scratch\nCOPY hello /hello\n")
	p.applies("create docker_image.a")
	pulled := p.image("REGISTRY/app:1").ID
	p.set(strings.Replace(builtImage, "NAME:1", "REGISTRY/app:1", 1))
	p.applies("update docker_image.a")
	if p.image("REGISTRY/app:1").ID == pulled {
		t.Error("the image was not built")
	}
	p.set(pulledImage)
	p.applies("update docker_image.a")
	if p.image("REGISTRY/app:1").ID != pulled {
		t.Error("the image was not pulled")
	}
	p.destroys()
}

func TestBuildIsInterrupted(t *testing.T) {
	shell := dockertest.Image(t, dockertest.Spec{})
	p := newProject(t, builtImage, "SHELL", shell)
	p.app("FROM SHELL\nRUN sleep 100\n")
	if stopped := p.interruptedAfter(2 * time.Second); stopped > 6*time.Second {
		t.Errorf("it took %s to stop", stopped)
	}
	p.app("FROM scratch\nCOPY hello /hello\n")
	p.applies("create docker_image.a")
	p.destroys()
}

func TestImageIsRefusedBeforehand(t *testing.T) {
	p := newProject(t, `
resource "docker_image" "a" {
  name     = "Nginx"
  platform = "linux"
}

resource "docker_image" "b" {
  name = "b@sha256:`+strings.Repeat("0", 64)+`"
  pull = "always"
  build = {
    context    = "~/b"
    dockerfile = "../Dockerfile"
    labels     = { "clockwork.project" = "x" }
  }
}
`)
	_, ds := p.TryPlan(plan.Options{})
	p.says(ds, "repository name", "lowercase", "Not a platform", "Not a tag", "Built, not pulled", "Home folder in path",
		"Dockerfile outside of context", "Label is reserved")
	for _, d := range ds {
		if d.Subject == nil || d.Subject.Start.Line == d.Subject.End.Line && d.Subject.Start.Line == 2 {
			t.Errorf("%s is said of %v", d.Summary, d.Subject)
		}
	}
}

// interruptedAfter applies, interrupts, and returns how long it took to stop.
func (p *project) interruptedAfter(d time.Duration) time.Duration {
	p.Helper()
	ctx, cancel := context.WithCancel(p.ctx())
	defer cancel()
	var since time.Time
	time.AfterFunc(d, func() {
		since = time.Now()
		cancel()
	})
	_, ds := p.TryRunContext(ctx, plan.Options{})
	if !ds.HasErrors() || ctx.Err() == nil {
		p.Fatalf("the apply was not interrupted, but says %v", ds)
	}
	return time.Since(since)
}

// A container pulls as an image does: with a login, and telling how it goes.
// (What is pulled here cannot be run.)
func TestContainerPulls(t *testing.T) {
	p, r := withRegistry(t, "resource \"docker_container\" \"a\" {\n  name  = \"NAME-a\"\n  image = \"REGISTRY/app:1\"\n}\n")
	r.Lock("ann", "opensesame")
	p.refuses("Registry wants a login", "main.cw.hcl:3,")
	p.Files["provider.cw.hcl"] = p.fill("provider \"docker\" {\n  registry = { \"REGISTRY\" = { username = \"ann\", password = \"opensesame\" } }\n}\n")
	p.refuses("content")
	p.tells("pulled REGISTRY/app:1")
	p.destroys()
}
