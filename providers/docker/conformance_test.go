package docker_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/docker"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockercases"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

func TestConformance(t *testing.T) {
	dockertest.Engine(t)
	t.Parallel()
	providertest.Run(t, dockercases.Config(func(testing.TB) providers.Provider { return docker.New() }))
}
