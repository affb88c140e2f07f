package plugintest_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/plugintest"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/applecontainer"
	"github.com/clockwork-hcl/clockwork/providers/applecontainer/applecontainertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// The provider of Apple's containers passes the suite over gRPC as it does in
// process.
func TestAppleContainerConformance(t *testing.T) {
	w := applecontainertest.NewWorld(t)
	providertest.Run(t, applecontainertest.Config(w, func(t testing.TB) providers.Provider {
		return plugintest.OverGRPC(t, "clockwork/applecontainer", applecontainer.New())
	}))
}
