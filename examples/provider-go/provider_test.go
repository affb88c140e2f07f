package main

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/sdk/sdktest"
)

// The provider keeps what Clockwork relies on, with the cases in conformance.hcl.
func TestConformance(t *testing.T) {
	sdktest.Run(t, sdktest.Suite{New: newProvider, File: "conformance.hcl"})
}

// The real clockwork drives the real provider: see testdata/stories.
func TestStories(t *testing.T) {
	sdktest.Stories(t, sdktest.StoryOptions{Provider: "properties"})
}
