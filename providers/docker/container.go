package docker

import (
	"context"
	"errors"
	"fmt"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func (containers) create(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	m := making{scope: s, ApplyRequest: req, name: textOf(req.Planned.GetAttr("name"))}
	var err error
	if m.client, err = s.engine.dial(ctx); err != nil {
		return unchanged(req, s.failure("Container not created", fmt.Sprintf("Creating the container %q", m.name), err, "")), nil
	}
	ds, err := m.start(ctx)
	switch {
	case err != nil:
		return providers.ApplyResponse{}, err
	case m.id == "":
		return unchanged(req, ds), nil
	case ds.HasErrors() && !m.keep:
		return m.undo(ctx, ds)
	}
	now, err := m.stateNow(ctx)
	return providers.ApplyResponse{State: now, Tainted: ds.HasErrors(), Diagnostics: ds}, err
}

// making is a container that comes to be.
type making struct {
	scope
	providers.ApplyRequest
	client *client.Client
	name   string
	id     string // once it was created
	keep   bool   // it is worth a look, though something failed
}

// start creates, fills, connects and starts the container, and waits for it.
// An error leaves it open what there is.
func (m *making) start(ctx context.Context) (diagnostics, error) {
	ds, err := m.make(ctx)
	if ds.HasErrors() || err != nil {
		return ds, err
	}
	for _, step := range []func(context.Context) diagnostics{m.upload, m.connect, m.run, m.wait} {
		more := step(ctx)
		if ds = append(ds, more...); ds.HasErrors() {
			return ds, nil
		}
	}
	return ds, nil
}

// make creates the container. When it is to take the place of one that is
// still there, it gets a name for the meantime.
func (m *making) make(ctx context.Context) (diagnostics, error) {
	w, err := wantedOf(m.scope, m.Planned, m.Intent)
	if err != nil {
		return about("volumes", "Not a volume", "A volume cannot be understood: %s. Correct it.", err), nil
	}
	if ds := m.checkPredecessor(ctx); ds.HasErrors() {
		return ds, nil
	}
	if !m.Replaces.IsNull() {
		m.name = meantime(m.name, textOf(m.Replaces.GetAttr("id")))
	}
	var ds diagnostics
	create := func() error {
		return finish(ctx, func(ctx context.Context) error {
			made, err := m.client.ContainerCreate(ctx, w.config, w.host, m.firstNetwork(w.host.NetworkMode), w.platform, m.name)
			m.id = made.ID
			for _, text := range made.Warnings {
				ds = append(ds, asWarnings(m.failure("Warning of the engine", "Creating the container", errors.New(text), "Look whether it matters."))...)
			}
			return err
		})
	}
	err = create()
	if isMissingImage(err) {
		if more := m.pullImage(ctx, w.config.Image, textOf(m.Planned.GetAttr("platform")), m.Progress); more.HasErrors() {
			return inAttribute(more, "image"), nil
		}
		err = create()
	}
	var unfinished *unfinishedError
	switch {
	case err == nil:
		return ds, nil
	case errors.As(err, &unfinished):
		return nil, fmt.Errorf("create the container %s: %w", m.name, err)
	case cerrdefs.IsConflict(err):
		return m.nameInUse(ctx, err), nil
	}
	return m.notCreated(err), nil
}

func (m *making) notCreated(err error) diagnostics {
	return m.failure("Container not created", fmt.Sprintf("Creating the container %q", m.name), err, "")
}

// nameInUse says whose the container is that has the name.
func (m *making) nameInUse(ctx context.Context, err error) diagnostics {
	there, lookErr := m.client.ContainerInspect(ctx, m.name)
	if lookErr != nil {
		return m.notCreated(err)
	}
	return about("name", "Name is in use",
		"There is a container %q already, and %s. Remove or rename it, or choose another name; to take it over, import it.",
		m.name, m.owner(there.Config.Labels))
}

// firstNetwork is how the container is in the network that it is created in.
// Before API 1.44 there can be no more than one.
func (m *making) firstNetwork(mode container.NetworkMode) *network.NetworkingConfig {
	for name, v := range elements(m.Planned.GetAttr("networks")) {
		if name == string(mode) {
			return &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{name: endpointOf(v)}}
		}
	}
	return nil
}

// connect connects it to the other networks.
func (m *making) connect(ctx context.Context) diagnostics {
	first := string(modeOf(m.Planned))
	for name, v := range elements(m.Planned.GetAttr("networks")) {
		if name == first {
			continue
		}
		if ds := m.connectTo(ctx, m.client, m.id, name, endpointOf(v)); ds.HasErrors() {
			return ds
		}
	}
	return nil
}

// run starts it.
func (m *making) run(ctx context.Context) diagnostics {
	return m.startIt(ctx, m.client, m.id, m.Planned)
}

// startIt starts a container that exists.
func (s scope) startIt(ctx context.Context, c *client.Client, id string, planned cty.Value) diagnostics {
	err := finish(ctx, func(ctx context.Context) error { return c.ContainerStart(ctx, id, container.StartOptions{}) })
	if err == nil {
		return nil
	}
	if ds := s.portClash(ctx, c, id, planned, err); ds.HasErrors() {
		return ds
	}
	return s.failure("Container does not start", fmt.Sprintf("Starting the container %q", textOf(planned.GetAttr("name"))), err, "")
}

// undo removes what a create made before it failed.
func (m *making) undo(ctx context.Context, ds diagnostics) (providers.ApplyResponse, error) {
	ctx, cancel := undoing(ctx)
	defer cancel()
	err := m.client.ContainerRemove(ctx, m.id, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if err == nil || isNoContainer(err) {
		return unchanged(m.ApplyRequest, ds), nil
	}
	state, err := m.stateNow(ctx)
	return providers.ApplyResponse{State: state, Tainted: true, Diagnostics: ds}, err
}

// stateNow is the container as it is, with what was planned as it was planned.
func (m *making) stateNow(ctx context.Context) (cty.Value, error) {
	ctx, cancel := undoing(ctx)
	defer cancel()
	there, err := m.client.ContainerInspect(ctx, m.id)
	if err != nil {
		return cty.NilVal, fmt.Errorf("look at the container %s: %w", m.id, err)
	}
	return afterApply(m.Planned, there), nil
}

func (containers) remove(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	id, name := textOf(req.Prior.GetAttr("id")), textOf(req.Prior.GetAttr("name"))
	c, err := s.engine.dial(ctx)
	if err == nil {
		err = finish(ctx, func(ctx context.Context) error {
			return removeContainer(ctx, c, id, isTrue(req.Prior.GetAttr("remove_volumes")))
		})
	}
	var unfinished *unfinishedError
	switch {
	case errors.As(err, &unfinished):
		return providers.ApplyResponse{}, fmt.Errorf("remove the container %s: %w", name, err)
	case err != nil:
		return unchanged(req, s.failure("Container not removed", fmt.Sprintf("Removing the container %q", name), err, "")), nil
	}
	gone := providers.ApplyResponse{State: cty.NullVal(req.Prior.Type())}
	// Its successor may have been waiting for the name.
	err = finish(ctx, func(ctx context.Context) error { return c.ContainerRename(ctx, meantime(name, id), name) })
	if err != nil && !isNoContainer(err) {
		gone.Diagnostics = asWarnings(s.failure("Container not renamed",
			fmt.Sprintf("Giving the new container its name %q", name), err, "The next apply does it."))
	}
	return gone, nil
}

// removeContainer stops a container in its own time and removes it. One that is
// gone already is fine.
func removeContainer(ctx context.Context, c *client.Client, id string, volumes bool) error {
	err := c.ContainerStop(ctx, id, container.StopOptions{})
	if err == nil || ctx.Err() == nil {
		err = c.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: volumes})
	}
	switch {
	case isNoContainer(err):
		return nil
	case cerrdefs.IsConflict(err): // somebody else is removing it
		return waitGone(ctx, c, id, err)
	}
	return err
}

// waitGone waits until a container that is being removed is gone.
func waitGone(ctx context.Context, c *client.Client, id string, conflict error) error {
	for range 150 {
		if _, err := c.ContainerInspect(ctx, id); err != nil {
			if isNoContainer(err) {
				return nil
			}
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return conflict
}

// meantime is the name of a container until the one whose place it takes is
// gone.
func meantime(name, predecessor string) string {
	return name + "." + predecessor[:min(12, len(predecessor))]
}
