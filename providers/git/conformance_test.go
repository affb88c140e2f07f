package git_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/git"
	"github.com/clockwork-hcl/clockwork/providers/git/gittest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

func TestConformance(t *testing.T) {
	gittest.Isolate(t)
	providertest.Run(t, gittest.Config(t, func(testing.TB) providers.Provider { return git.New() }))
}
