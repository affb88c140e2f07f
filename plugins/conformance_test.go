package plugins_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/file/filetest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// A provider in a process of its own passes the suite as it does in ours.
func TestConformance(t *testing.T) {
	providertest.Run(t, filetest.Config(func(t testing.TB) providers.Provider {
		return get(t, manage(t, builtin("file")), "clockwork/file")
	}))
}
