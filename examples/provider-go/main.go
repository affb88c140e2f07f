// Command clockwork-provider-properties is a provider for Clockwork: it manages
// single entries ("key = value") of properties files, and leaves the rest of
// them alone. docs/writing-a-provider.md goes through it.
package main

import "github.com/clockwork-hcl/clockwork/plugins/sdk"

func main() { sdk.Serve(newProvider()) }
