package dockercases

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// Config is the suite's configuration for a Docker provider; start starts one
// each time it is called.
func Config(start func(testing.TB) providers.Provider) providertest.Config {
	return providertest.Config{
		New:       start,
		Resources: append(Containers(), Objects()...),
		Data:      Data(),
		Asserts:   ContainerAsserts(),
	}
}
