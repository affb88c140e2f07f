package dockercases

import (
	"context"
	"testing"
	"time"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

// Sweep removes, at the end of the test, what earlier tests have built and given
// another tag since, as nobody else would. What is new may be part of a build
// that is under way.
func Sweep(t testing.TB) {
	t.Helper()
	c := dockertest.Engine(t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for _, project := range []string{"test", "providertest"} {
			images, err := c.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("dangling", "true"),
				filters.Arg("label", "clockwork.project="+project), filters.Arg("label", "clockwork.context_sha256"))})
			if err != nil {
				t.Logf("sweep images: %v", err)
			}
			for _, i := range images {
				if time.Since(time.Unix(i.Created, 0)) < 2*time.Minute {
					continue
				}
				_, _ = c.ImageRemove(ctx, i.ID, image.RemoveOptions{PruneChildren: true})
			}
		}
	})
}
