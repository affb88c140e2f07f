package git

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// delete removes the checkout, unless something would be lost with it. One that
// is gone is as good as deleted.
func (c *change) delete(ctx context.Context) providers.ApplyResponse {
	gone := providers.ApplyResponse{State: cty.NullVal(c.object.Type())}
	what, err := find(c.abs)
	switch {
	case err != nil:
		return c.failed(failure("Looking at "+c.abs, err))
	case what == nothing:
		return gone
	case what != aCheckout:
		gone.Diagnostics = warning("path", "Left in place",
			"There is %s at %s where the checkout was. It was not made here, and was left as it is; remove it by hand if it is not wanted.", what, c.abs)
		return gone
	}
	if !discards(c.object) {
		if ds := c.wouldLoseAll(ctx, c.tree(c.abs)); ds.HasErrors() {
			return c.failed(ds)
		}
	}
	if ctx.Err() != nil {
		return c.failed(interrupted(c.Action))
	}
	temp := beside(c.abs, c.Intent)
	if err := os.Rename(c.abs, temp); err != nil {
		return c.failed(failure("Removing "+c.abs, err))
	}
	if err := os.RemoveAll(temp); err != nil {
		gone.Diagnostics = warning("path", "Half a checkout left behind",
			"The checkout was moved to %s, but removing that failed: %s. Remove it by hand.", temp, plain(err))
		return gone
	}
	if err := syncFolder(filepath.Dir(c.abs)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		gone.Diagnostics = diag.Warningf("Cannot sync folder",
			"%s was removed, but might be back after a power failure: syncing its folder failed: %s.", c.abs, plain(err))
	}
	return gone
}
