//go:build !race

package plugintest_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/plugintest"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/docker"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockercases"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// The Docker provider passes the suite over gRPC as it does in process. It takes
// minutes, and the race detector has nothing to find here that it does not find in
// the same cases in process and in other providers' over gRPC.
func TestDockerConformance(t *testing.T) {
	dockertest.Engine(t)
	providertest.Run(t, dockercases.Config(func(t testing.TB) providers.Provider {
		return plugintest.OverGRPC(t, "clockwork/docker", docker.New())
	}))
}
