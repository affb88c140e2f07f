package docker

import (
	"context"
	"io"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"
)

// isMissingImage tells whether a container could not be made because there is
// no image, rather than no network.
func isMissingImage(err error) bool {
	return cerrdefs.IsNotFound(err) && strings.Contains(err.Error(), "No such image")
}

// inAttribute says that diagnostics are about an attribute.
func inAttribute(ds diagnostics, attribute string) diagnostics {
	for i := range ds {
		if ds[i].Path == nil {
			ds[i].Path = cty.GetAttrPath(attribute)
		}
	}
	return ds
}

func (s scope) pullImage(ctx context.Context, c *client.Client, name, platform string, progress func(string)) diagnostics {
	r, err := c.ImagePull(ctx, name, image.PullOptions{Platform: platform})
	if err == nil {
		_, err = io.Copy(io.Discard, r)
		r.Close()
	}
	return s.failure("Image not pulled", "Pulling the image "+name, err, "")
}
