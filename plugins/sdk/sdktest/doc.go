// Package sdktest tests providers that are written with the SDK, in their
// authors' own go test: Run is the conformance suite, in process and over gRPC,
// and Stories runs scripts in which the real clockwork drives the real provider.
//
//	func TestConformance(t *testing.T) {
//		sdktest.Run(t, sdktest.Suite{New: newProvider, File: "conformance.hcl"})
//	}
//
//	func TestStories(t *testing.T) {
//		sdktest.Stories(t, sdktest.StoryOptions{Provider: "properties"})
//	}
//
// The cases are in a file, which clockwork provider test reads as well, or in
// Go, where a hand in the world is a function.
//
// It is for tests only. It may import plugins, providers/providertest, providers
// and diag.
package sdktest
