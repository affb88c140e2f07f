package applecontainer_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/applecontainer"
	"github.com/clockwork-hcl/clockwork/providers/applecontainer/applecontainertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

func start(testing.TB) providers.Provider { return applecontainer.New() }

func TestConformance(t *testing.T) {
	providertest.Run(t, applecontainertest.Config(applecontainertest.NewWorld(t), start))
}

// The versions before 1.0 print other JSON, and inspect what is not there
// without an error.
func TestConformanceOfOldVersions(t *testing.T) {
	w := applecontainertest.NewWorld(t)
	if err := w.Set("0", "dialect"); err != nil {
		t.Fatal(err)
	}
	providertest.Run(t, applecontainertest.Config(w, start))
}
