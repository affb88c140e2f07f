package file

import (
	"context"
	"os"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Recover looks at the path: because every write is atomic, what is there is
// either what was being made, or what was there before. It removes what an
// interrupted write left beside it.
func (p *provider) Recover(ctx context.Context, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	project, err := p.project(req.Configuration)
	if err != nil {
		return providers.RecoverResponse{}, err
	}
	object := req.Planned
	if req.Action == providers.Delete {
		object = req.Prior
	}
	resp := providers.RecoverResponse{State: req.Prior, Private: req.Private}
	abs, ds := placeOf(project, object)
	if ds.HasErrors() {
		resp.Diagnostics = ds
		return resp, nil
	}
	if req.Action == providers.Delete {
		resp.State, resp.Diagnostics, err = p.describe(ctx, req.Type, abs, req.Prior)
		return resp, err
	}
	temp := temporary(abs, req.Intent)
	if info, err := lstat(temp); err == nil && info != nil {
		if err := os.Remove(temp); err != nil {
			resp.Diagnostics = warning("path", "Temporary file left behind",
				"Removing %s, which an interrupted write has left, failed: %s. Remove it by hand.", temp, reason(err))
		}
	}
	if planned, ds := rendered(req.Type, req.Planned); ds == nil && planned.IsWhollyKnown() {
		req.Planned = planned
	}
	now, ds, err := p.describe(ctx, req.Type, abs, req.Planned)
	resp.Diagnostics = append(resp.Diagnostics, ds...)
	switch {
	case err != nil || resp.Diagnostics.HasErrors():
	case now.IsNull():
		resp.State = now
	case p.isMade(ctx, req, project, abs, now):
		resp.State = now
		if req.Type == directoryType && req.Action == providers.Create && req.Planned.GetAttr("adopt").True() {
			resp.Private = []byte(adopted) // it may have been
		}
	case req.Action == providers.Create:
		resp.State, resp.Diagnostics = cty.NullVal(req.Planned.Type()), nil // what is there is not ours
	default:
		resp.State, ds, err = p.describe(ctx, req.Type, abs, req.Prior)
		resp.Diagnostics = append(resp.Diagnostics, ds...)
	}
	return resp, err
}

// isMade tells whether what is there is what was to be made. A directory that
// was to be new must be empty: one that is not was there before.
func (p *provider) isMade(ctx context.Context, req providers.RecoverRequest, project, abs string, now cty.Value) bool {
	planned := req.Planned
	attributes := []string{"mode", "owner", "group"}
	if req.Type == directoryType {
		if req.Action == providers.Create && !planned.GetAttr("adopt").True() {
			if entries, err := firstEntries(abs); err != nil || len(entries) > 0 {
				return false
			}
		}
	} else {
		name, _ := chosen(req.Type, planned)
		if name == "source" {
			name = "sha256"
			if planned.GetAttr(name).IsNull() { // there was no source yet when it was planned
				sum, _, _, err := sums(ctx, req.Type, project, planned)
				return err == nil && now.GetAttr(name).RawEquals(sum)
			}
		}
		attributes = append(attributes, name)
	}
	for _, name := range attributes {
		if !now.GetAttr(name).RawEquals(planned.GetAttr(name)) {
			return false
		}
	}
	return true
}
