package plugintest_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/plugintest"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/providers/memory/memorytest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// The transport passes the suite with a provider that does in process.
func TestConformance(t *testing.T) {
	store := &memory.Store{}
	providertest.Run(t, memorytest.Config(store, func(t testing.TB) providers.Provider {
		return plugintest.OverGRPC(t, "clockwork/memory", memory.New(memory.Options{Store: store}))
	}))
}
