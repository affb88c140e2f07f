package docker

import (
	"context"
	"fmt"

	"github.com/docker/docker/api/types/container"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

// recover finds what a create that was cut short has made by the intent in its
// labels. What an update or a delete has done shows in what is there.
func (containers) recover(ctx context.Context, s scope, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	switch req.Action {
	case providers.Update:
		now, ds, err := s.lookAfter(ctx, req.Prior, req.Planned)
		return providers.RecoverResponse{State: now, Private: req.Private, Diagnostics: ds}, err
	case providers.Delete:
		now, ds, err := s.look(ctx, req.Prior)
		return providers.RecoverResponse{State: now, Private: req.Private, Diagnostics: ds}, err
	}
	resp := providers.RecoverResponse{State: cty.NullVal(req.Planned.Type())}
	doing := "Looking for the container that was being made"
	c, err := s.engine.dial(ctx)
	var found []container.Summary
	if err == nil {
		found, err = c.ContainerList(ctx, container.ListOptions{All: true, Filters: madeBy(req.Intent)})
	}
	if err != nil || len(found) == 0 {
		resp.Diagnostics = s.failure("Container cannot be looked for", doing, err, "")
		return resp, contextError(ctx, err)
	}
	there, err := c.ContainerInspect(ctx, found[0].ID)
	if err != nil {
		resp.Diagnostics = s.failure("Container cannot be looked at", doing, err, "")
		return resp, contextError(ctx, err)
	}
	// What was unknown when it was planned is null here.
	planned := objects.Edit(req.Planned)
	for name, v := range observedOf(there) {
		planned.Set(name, v)
	}
	started := there.State.Status != container.StateCreated
	if hasUploads(req.Planned) {
		sums, _ := s.sums(req.Planned.GetAttr("upload"))
		if sums.IsWhollyKnown() {
			planned.Set("upload", sums)
		}
	}
	now := described(planned.Value(), there)
	if nameOf(there) != textOf(req.Planned.GetAttr("name")) {
		now.Set("name", req.Planned.GetAttr("name")) // for the meantime it has another
	}
	resp.State = now.Value()
	// Files are put into it before it starts, so what has not started may lack
	// some.
	resp.Tainted = !started && hasUploads(req.Planned)
	return resp, nil
}

// contextError is err if it only says that ctx has ended.
func contextError(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}
