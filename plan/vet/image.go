package vet

import (
	"errors"
	"regexp"
	"strings"

	"github.com/clockwork-hcl/clockwork/plan"
)

// image is the name of an image, taken apart as Docker does.
type image struct {
	repository string // with its registry: "docker.io/library/nginx"
	digest     bool
}

// imageName is the grammar of a reference, in lower case and ASCII only
// (github.com/distribution/reference, grammar in reference.go).
var imageName = regexp.MustCompile(`^((?:[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?::[0-9]{1,5})?/)?` +
	`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)` +
	`(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$`)

// imageID is what Docker takes for the id of an image, and not for a name.
var imageID = regexp.MustCompile(`^[0-9a-f]{64}$`)

func parseImage(text string) (image, error) {
	m := imageName.FindStringSubmatch(text)
	if m == nil || len(text) > 255 || imageID.MatchString(m[1]) {
		return image{}, errors.New("it is not the name of an image")
	}
	return image{repository: repository(m[1]), digest: m[3] != ""}, nil
}

// repository writes a repository with its registry, as Docker understands it.
func repository(name string) string {
	first, rest, several := strings.Cut(name, "/")
	if !several || !strings.ContainsAny(first, ".:") && first != "localhost" {
		first, rest = "docker.io", name
	}
	if first == "index.docker.io" {
		first = "docker.io"
	}
	if first == "docker.io" && !strings.Contains(rest, "/") {
		rest = "library/" + rest
	}
	return first + "/" + rest
}

// isImage tells whether an attribute names an image.
func isImage(typeName string, path plan.AttributePath) bool {
	last := path[len(path)-1]
	return !last.IsKey && (last.Name == "image" || last.Name == "name" && len(path) == 1 && strings.HasSuffix(typeName, "_image"))
}
