package file_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/file"
	"github.com/clockwork-hcl/clockwork/providers/file/filetest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, filetest.Config(func(testing.TB) providers.Provider { return file.New() }))
}
