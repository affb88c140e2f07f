package plugintest_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/plugintest"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/git"
	"github.com/clockwork-hcl/clockwork/providers/git/gittest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// The git provider passes the suite over gRPC as it does in process.
func TestGitConformance(t *testing.T) {
	gittest.Isolate(t)
	providertest.Run(t, gittest.Config(t, func(t testing.TB) providers.Provider {
		return plugintest.OverGRPC(t, "clockwork/git", git.New())
	}))
}
