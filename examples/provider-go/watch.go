package main

import (
	"context"
	"os"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

// Watch tells when a file has changed, so that the monitor need not wait until
// it looks again. It looks at the files once a second; a provider of a server
// would listen to its events.
func (entries) Watch(ctx context.Context, c call, w *sdk.Watch[Entry]) error {
	stamp := func(e Entry) string {
		info, err := os.Stat(c.Client.path(e.File))
		if err != nil {
			return err.Error()
		}
		return info.ModTime().String()
	}
	known := map[string]string{}
	for _, o := range w.Objects {
		known[o.Address] = stamp(o.State)
	}
	w.Resync() // from now on, nothing is missed
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, o := range w.Objects {
			if now := stamp(o.State); now != known[o.Address] {
				known[o.Address] = now
				w.Changed(o.Address, "changed", "the file has changed")
			}
		}
	}
}
