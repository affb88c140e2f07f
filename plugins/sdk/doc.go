// Package sdk is what the program of a third party's provider needs: it makes a
// providers.Provider into an executable that Clockwork starts.
//
//	func main() { sdk.Serve(acme.New()) }
//
// docs/writing-a-provider.md is the guide. The package may import plugins and
// providers, and nothing else of Clockwork.
package sdk
