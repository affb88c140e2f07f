package plugintest_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/plugintest"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/file"
	"github.com/clockwork-hcl/clockwork/providers/file/filetest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// The file provider passes the suite over gRPC as it does in process.
func TestFileConformance(t *testing.T) {
	providertest.Run(t, filetest.Config(func(t testing.TB) providers.Provider {
		return plugintest.OverGRPC(t, "clockwork/file", file.New())
	}))
}
