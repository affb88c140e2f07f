// Command clockwork-provider-properties is an example of a provider: it manages
// single entries ("key = value") of properties files, and leaves the rest of
// them alone. docs/writing-a-provider.md goes through it.
package main

import "github.com/clockwork-hcl/clockwork/plugins/sdk"

func main() {
	sdk.Serve(&provider{dirs: map[string]string{}})
}
