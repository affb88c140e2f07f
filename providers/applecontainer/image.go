package applecontainer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// reference is the name of an image, taken apart.
type reference struct {
	domain, path, tag, digest string
}

func parseReference(text string) reference {
	var r reference
	text, r.digest, _ = strings.Cut(text, "@")
	if first, rest, ok := strings.Cut(text, "/"); ok && (strings.ContainsAny(first, ".:") || first == "localhost") {
		r.domain, text = first, rest
	}
	if i := strings.LastIndex(text, ":"); i >= 0 {
		text, r.tag = text[:i], text[i+1:]
	}
	if r.tag == "" && r.digest == "" {
		r.tag = "latest"
	}
	if r.domain == "index.docker.io" || r.domain == "registry-1.docker.io" {
		r.domain = "docker.io"
	}
	r.path = text
	if path, ok := strings.CutPrefix(text, "library/"); ok && !strings.Contains(path, "/") {
		r.path = path
	}
	return r
}

// sameImage tells whether two names are one image's. The command writes the
// registry, "library" and the tag out, as far as they were not given; which
// registry that is can be set, so a name without one is taken for any.
func sameImage(a, b string) bool {
	x, y := parseReference(a), parseReference(b)
	if x.domain == "" || y.domain == "" {
		x.domain, y.domain = "", ""
	}
	if x.digest != "" && x.digest == y.digest {
		x.tag, y.tag = "", ""
	}
	return x == y
}

// familiar is an image's name as people write it.
func familiar(image string) string {
	r := parseReference(image)
	out := r.path
	if r.domain != "" && r.domain != "docker.io" {
		out = r.domain + "/" + out
	}
	if r.tag != "" {
		out += ":" + r.tag
	}
	if r.digest != "" {
		out += "@" + r.digest
	}
	return out
}

// imageConfig is what an image says of the containers made from it.
type imageConfig struct {
	Env        []string `json:"Env"`
	Entrypoint []string `json:"Entrypoint"`
	Cmd        []string `json:"Cmd"`
	WorkingDir string   `json:"WorkingDir"`
	User       string   `json:"User"`
}

// imageConfig asks for what the image of a container says.
func (c *cli) imageConfig(ctx context.Context, f *found) (imageConfig, error) {
	out, err := c.run(ctx, "image", "inspect", f.image)
	if err != nil {
		return imageConfig{}, err
	}
	var images []struct {
		Variants []struct {
			Platform struct {
				OS           string `json:"os"`
				Architecture string `json:"architecture"`
			} `json:"platform"`
			Config struct {
				Config imageConfig `json:"config"`
			} `json:"config"`
		} `json:"variants"`
	}
	if err := json.Unmarshal(out, &images); err != nil {
		return imageConfig{}, fmt.Errorf("what the container command printed of the image is not the JSON that is expected: %w", err)
	}
	for _, image := range images {
		for _, v := range image.Variants {
			if v.Platform.OS == f.os && v.Platform.Architecture == f.arch {
				return v.Config.Config, nil
			}
		}
	}
	return imageConfig{}, fmt.Errorf("the image has nothing for %s/%s", f.os, f.arch)
}
