package docker

import (
	"context"
	"errors"
	"fmt"

	"github.com/docker/docker/api/types/container"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// restart stops a container, which gets its own stop_timeout for that, and
// starts it; one that does not run is only started. Then it is waited for as
// after a create.
func (containers) restart(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	m := making{scope: s, ApplyRequest: req, id: textOf(req.Prior.GetAttr("id")), name: textOf(req.Prior.GetAttr("name"))}
	var err error
	if m.client, err = s.engine.dial(ctx); err != nil {
		return unchanged(req, s.failure("Container not restarted", "Restarting the container", err, "")), nil
	}
	err = finish(ctx, func(ctx context.Context) error { return m.client.ContainerRestart(ctx, m.id, container.StopOptions{}) })
	var unfinished *unfinishedError
	switch {
	case errors.As(err, &unfinished):
		return providers.ApplyResponse{}, fmt.Errorf("restart the container %s: %w", m.name, err)
	case isNoContainer(err):
		gone := unchanged(req, diag.Errorf("Container is gone", "There is no container %q any more that could be restarted. Plan again to have it made.", m.name))
		gone.State = cty.NullVal(req.Prior.Type())
		return gone, nil
	}
	ds := s.failure("Container not restarted", fmt.Sprintf("Restarting the container %q", m.name), err, "")
	if err == nil {
		ds = m.wait(ctx)
	}
	if !ds.HasErrors() {
		now, err := m.stateNow(ctx)
		return providers.ApplyResponse{State: now, Private: req.Private}, err
	}
	looking, cancel := undoing(ctx)
	defer cancel()
	now, more, err := s.look(looking, req.Prior)
	if err != nil || more.HasErrors() {
		return providers.ApplyResponse{}, errors.Join(err, more.Err(), ds)
	}
	return providers.ApplyResponse{State: now, Private: req.Private, Diagnostics: ds}, nil
}
