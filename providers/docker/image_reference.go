package docker

import (
	"errors"
	"regexp"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"
)

// imageRef is what an image is named by: its id, or a repository with a tag or a
// digest.
type imageRef struct {
	id    string          // "sha256:...", or ""
	named reference.Named // with a tag or a digest, never both
}

var imageID = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// parseImage reads a name as people write it: "nginx", "nginx:alpine",
// "registry.example.com/app@sha256:...", or an image's id. Where it has a digest,
// a tag beside that says nothing.
func parseImage(name string) (imageRef, error) {
	if imageID.MatchString(name) {
		return imageRef{id: name}, nil
	}
	if strings.HasPrefix(name, "sha256:") {
		return imageRef{}, errors.New(`the id of an image is "sha256:" and 64 hexadecimal digits`)
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return imageRef{}, err
	}
	if digested, ok := named.(reference.Digested); ok {
		bare, err := reference.WithDigest(reference.TrimNamed(named), digested.Digest())
		return imageRef{named: bare}, err
	}
	return imageRef{named: reference.TagNameOnly(named)}, nil
}

// String is how the engine and people know it: "nginx:alpine".
func (r imageRef) String() string {
	if r.named == nil {
		return r.id
	}
	return reference.FamiliarString(r.named)
}

// repository is the name without tag and digest, "" for an id.
func (r imageRef) repository() string {
	if r.named == nil {
		return ""
	}
	return reference.FamiliarName(r.named)
}

// registry is the name of the registry it comes from.
func (r imageRef) registry() string {
	if r.named == nil {
		return ""
	}
	return reference.Domain(r.named)
}

// isTag tells whether it can come to mean another image.
func (r imageRef) isTag() bool {
	if r.named == nil {
		return false
	}
	_, tagged := r.named.(reference.Tagged)
	return tagged
}

// sameImage tells whether two names mean one thing, however they are written.
func sameImage(a, b string) bool {
	x, errx := parseImage(a)
	y, erry := parseImage(b)
	return errx == nil && erry == nil && x.String() == y.String()
}

// digestOf returns the digest under which the image is in its repository, as
// "nginx@sha256:...": the one that is known already, if it still holds.
func digestOf(r imageRef, found image.InspectResponse, known string) string {
	first := ""
	for _, d := range found.RepoDigests {
		if d == known || d == r.String() {
			return d
		}
		if name, _, _ := strings.Cut(d, "@"); name == r.repository() && first == "" {
			first = d
		}
	}
	return first
}

// platformOf is what an image is for: "linux/amd64", "linux/arm/v7".
func platformOf(found image.InspectResponse) string {
	p := found.Os + "/" + found.Architecture
	if found.Variant != "" {
		p += "/" + found.Variant
	}
	return p
}

// fits tells whether an image is for a platform, of which people may leave out
// the variant.
func fits(platform string, found image.InspectResponse) bool {
	is, wanted := platformOf(found), strings.ToLower(platform)
	return platform == "" || is == wanted || strings.HasPrefix(is, wanted+"/") ||
		wanted == "linux/arm64/v8" && is == "linux/arm64"
}
