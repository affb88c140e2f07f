package memory_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/providers/memory/memorytest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

func TestConformance(t *testing.T) {
	store := &memory.Store{}
	providertest.Run(t, memorytest.Config(store, func(testing.TB) providers.Provider {
		return memory.New(memory.Options{Store: store})
	}))
}
