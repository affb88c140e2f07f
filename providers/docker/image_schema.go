package docker

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	pullMissing = "missing"
	pullAlways  = "always"
	pullNever   = "never"
)

func imageObject() providers.Object {
	return providers.Object{
		Description: "An image in the engine's store, pulled from a registry or built from a folder.",
		Attributes: map[string]*providers.Attribute{
			// Another name forces a replacement, but only the provider knows
			// whether it is another: see imageType.plan. No model may ask for that:
			// which image a container is of is the container's to say.
			"name": {Type: cty.String, Required: true,
				Description: `The image's name: with a tag ("nginx:alpine"), with a digest ("nginx@sha256:..."), or an id ("sha256:...") of one that is there. Without a tag it is "latest".`},
			"pull": {Type: cty.String, Optional: true, Default: cty.StringVal(pullMissing), Enum: []string{pullMissing, pullAlways, pullNever},
				Description: "When it is pulled: when it is missing; always, which asks the registry at each plan whether the tag has moved; or never."},
			"platform": {Type: cty.String, Optional: true, Normalise: providers.NormaliseCase,
				Description: `The platform that it is for, such as "linux/arm64"; the engine's own when it is not set.`},
			"keep_locally": {Type: cty.Bool, Optional: true, Default: cty.False,
				Description: "Keeps the image when the resource is destroyed."},
			"force": {Type: cty.Bool, Optional: true, Default: cty.False,
				Description: "Lets the image be removed also when stopped containers are of it."},
			"build": {
				Description: "How it is built. Without it, it is pulled.",
				Optional:    true,
				Nested:      &providers.Nested{Nesting: providers.NestingSingle, Object: buildObject()},
			},
			// What these depend on is for imageType.plan to say: they must not be
			// as secret as an argument of the build.
			"image_id": {Type: cty.String, Computed: true, Stable: true,
				Description: `The image's id, "sha256:...".`},
			"repo_digest": {Type: cty.String, Computed: true, Stable: true,
				Description: `The digest under which its registry has it, "nginx@sha256:..."; null for one that was not pulled.`},
		},
	}
}

func buildObject() providers.Object {
	return providers.Object{
		Description: "How an image is built.",
		Attributes: map[string]*providers.Attribute{
			"context": {Type: cty.String, Required: true, Normalise: providers.NormalisePath,
				Description: "The folder that is built. A relative path begins in the project's folder."},
			"dockerfile": {Type: cty.String, Optional: true, Default: cty.StringVal("Dockerfile"), Normalise: providers.NormalisePath,
				Description: "The Dockerfile, as a path in the context."},
			"args": {Type: cty.Map(cty.String), Optional: true,
				Description: "Arguments for the Dockerfile's ARG. The image's history shows them."},
			"target": {Type: cty.String, Optional: true,
				Description: "The stage of the Dockerfile to build; the last when it is not set."},
			"labels": {Type: cty.Map(cty.String), Optional: true,
				Description: `Labels, beside those that Clockwork sets, which begin with "clockwork.".`},
			"no_cache": {Type: cty.Bool, Optional: true, Default: cty.False,
				Description: "Builds every step anew."},
			"pull": {Type: cty.Bool, Optional: true, Default: cty.False,
				Description: "Looks for newer base images before it builds."},
			"context_sha256": {Type: cty.String, Computed: true, DependsOn: []string{"context", "dockerfile"},
				Description: "A SHA-256 of all that is sent to the engine. When it changes, the image is built anew."},
		},
	}
}

func (imageType) schema() *providers.ResourceType {
	return &providers.ResourceType{Object: imageObject(), CustomValidate: true, CustomPlan: true, PlanAlways: []string{"build", "pull"}}
}

var platformPattern = regexp.MustCompile(`^[a-z0-9_]+/[a-z0-9_]+(/[a-z0-9_.]+)?$`)

func (imageType) validate(v cty.Value) diagnostics {
	var ds diagnostics
	build := v.GetAttr("build")
	if name := v.GetAttr("name"); known(name) {
		ref, err := parseImage(name.AsString())
		switch {
		case err != nil:
			ds = append(ds, notAnImage("name", name.AsString(), err)...)
		case known(build) && !ref.isTag():
			ds = append(ds, about("name", "Not a tag", "An image that is built is known by a tag, not by a digest or an id. Name one, such as app:1.0.")...)
		}
	}
	if p := v.GetAttr("platform"); known(p) && !platformPattern.MatchString(strings.ToLower(p.AsString())) {
		ds = append(ds, about("platform", "Not a platform", `A platform is written "linux/amd64" or "linux/arm/v7": the system, the architecture and perhaps its variant. Correct it.`)...)
	}
	if !known(build) {
		return ds
	}
	if pull := textOf(v.GetAttr("pull")); pull == pullAlways || pull == pullNever {
		ds = append(ds, about("pull", "Built, not pulled", "An image that is built is not pulled. Leave pull out; for newer base images, set pull in build.")...)
	}
	path := cty.GetAttrPath("build")
	for attribute, what := range map[string]string{"context": "folder", "dockerfile": "Dockerfile", "target": "stage"} {
		if a := build.GetAttr(attribute); known(a) {
			ds = append(ds, checkBuildName(path.GetAttr(attribute), what, a.AsString())...)
		}
	}
	for key := range elements(build.GetAttr("args")) {
		if key == "" || strings.Contains(key, "=") {
			ds = append(ds, at2(path.GetAttr("args").IndexString(key), "Not an argument's name", `The name of an argument must not be empty, nor contain "=". Correct it.`)...)
		}
	}
	return append(ds, checkLabels(path.GetAttr("labels"), build.GetAttr("labels"))...)
}

func checkBuildName(path cty.Path, what, text string) diagnostics {
	switch {
	case text == "" || strings.ContainsRune(text, 0):
		return at2(path, "Empty name", "The name of the %s must not be empty, nor contain a zero byte. Correct it, or leave it out.", what)
	case what != "stage" && strings.HasPrefix(text, "~"):
		return at2(path, "Home folder in path", `"~" means nothing here. Write pathexpand(%q).`, text)
	case what == "Dockerfile" && !inContext(text):
		return at2(path, "Dockerfile outside of context", "The Dockerfile is named by its path in the context, and cannot be outside of it. Correct it, or choose a context that holds it.")
	}
	return nil
}

func notAnImage(attribute, name string, err error) diagnostics {
	return about(attribute, "Not the name of an image",
		`%q cannot be the name of an image: %s. Write one such as "nginx:alpine", "registry.example.com/team/app:1.0" or "nginx@sha256:...".`, name, reason(err))
}
