package docker

import (
	"strings"

	cerrdefs "github.com/containerd/errdefs"
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
