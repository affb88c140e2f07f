package main

import (
	"context"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

// Plan knows the path already, and so does everything that refers to it.
func (entries) Plan(_ context.Context, c call, p *sdk.Plan[Entry]) error {
	p.Want.Path = sdk.Set(c.Client.path(p.Want.File))
	return nil
}
