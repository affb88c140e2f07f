package docker

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func assertTypes() map[string]*providers.AssertType { return map[string]*providers.AssertType{} }

func checkAssert(string, cty.Value) diagnostics { return nil }
