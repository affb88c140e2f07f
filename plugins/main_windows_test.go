package plugins_test

import "github.com/clockwork-hcl/clockwork/providers"

func forUnix(string) providers.Provider { return nil }
