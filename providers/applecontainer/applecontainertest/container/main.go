// The command container stands in for Apple's command of that name, in tests.
package main

import (
	"os"

	"github.com/clockwork-hcl/clockwork/providers/applecontainer/applecontainertest/standin"
)

func main() { os.Exit(standin.Main()) }
