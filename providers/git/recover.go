package git

import (
	"context"
	"os"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Recover looks at what an interrupted attempt has left: what it was making
// beside the path, or had moved there to remove it, is removed; and the note in
// the checkout says whether it got as far as that.
func (p *provider) Recover(ctx context.Context, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	project, err := p.project(req.Target)
	if err != nil {
		return providers.RecoverResponse{}, err
	}
	object := req.Planned
	if req.Action == providers.Delete {
		object = req.Prior
	}
	resp := providers.RecoverResponse{State: req.Prior, Private: req.Private}
	abs, ds := placeOf(project, object)
	if resp.Diagnostics = ds; ds.HasErrors() {
		return resp, nil
	}
	temp := beside(abs, req.Intent)
	if err := os.RemoveAll(temp); err != nil {
		resp.Diagnostics = warning("path", "Half a checkout left behind",
			"Removing %s, which an interrupted run has left, failed: %s. Remove it by hand.", temp, plain(err))
	}
	what, err := find(abs)
	if err != nil {
		resp.Diagnostics = append(resp.Diagnostics, failure("Looking at "+abs, err)...)
		return resp, nil
	}
	words, was := req.Prior, readPrivate(req.Private)
	if what == aCheckout && req.Action != providers.Delete {
		n, _, err := readNote(abs)
		switch ours := err == nil && n.Intent == req.Intent; {
		case ours && !n.Updating:
			words, was = req.Planned, n.Private
			resp.Private = was.bytes()
		case ours:
			t := tree{dir: abs, location: n.Private.URL, progress: func(string) {}}
			if err := mend(ctx, t); err != nil {
				resp.Diagnostics = append(resp.Diagnostics, asWarnings(
					failure("Mending the checkout after an interrupted update", err), "The next update tries again.")...)
			}
		}
	}
	if words.IsNull() { // what is there, if anything, is not of this attempt
		resp.State = cty.NullVal(p.ty)
		return resp, nil
	}
	resp.State, ds = describe(ctx, project, abs, words, was)
	resp.Diagnostics = append(resp.Diagnostics, ds...)
	return resp, ctx.Err()
}
