package docker

import (
	"context"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func imageData() providers.Object {
	return providers.Object{
		Description: "An image that is in the engine's store. Nothing is pulled.",
		Attributes: map[string]*providers.Attribute{
			"name":        asked("The image's name, with a tag or a digest, or its id."),
			"image_id":    found(cty.String, `The image's id, "sha256:...".`),
			"repo_digest": found(cty.String, "The digest under which its registry has it; null when it was not pulled."),
			"repo_tags":   found(cty.List(cty.String), "All tags that it has, in order."),
			"platform":    found(cty.String, `The platform that it is for, such as "linux/amd64".`),
			"created":     found(cty.String, "When it was made, by RFC 3339."),
			"size":        found(cty.Number, "Its size in bytes."),
			"labels":      found(cty.Map(cty.String), "Its labels."),
		},
	}
}

func checkImageData(v cty.Value) diagnostics {
	if name := v.GetAttr("name"); known(name) {
		if _, err := parseImage(name.AsString()); err != nil {
			return notAnImage("name", name.AsString(), err)
		}
	}
	return nil
}

func readImage(ctx context.Context, s scope, config cty.Value) (cty.Value, diagnostics, error) {
	name := textOf(config.GetAttr("name"))
	ref, err := parseImage(name)
	if err != nil {
		return nothing(imageData(), notAnImage("name", name, err))
	}
	i, err := s.findImage(ctx, ref)
	switch {
	case err != nil:
		return nothing(imageData(), s.failure("Cannot look at image", "Looking at the image "+name, err, ""))
	case i == nil:
		return nothing(imageData(), about("name", "No such image", "The engine has no image %s. Pull it, by docker pull or a docker_image resource, or correct the name.", name))
	}
	tags := slices.Clone(i.RepoTags)
	slices.Sort(tags)
	return cty.ObjectVal(map[string]cty.Value{
		"name":        config.GetAttr("name"),
		"image_id":    cty.StringVal(i.ID),
		"repo_digest": orNull(digestOf(ref, *i, "")),
		"repo_tags":   textList(tags),
		"platform":    cty.StringVal(platformOf(*i)),
		"created":     orNull(i.Created),
		"size":        cty.NumberIntVal(i.Size),
		"labels":      mapOfText(labelsOf(*i)),
	}), nil, nil
}
