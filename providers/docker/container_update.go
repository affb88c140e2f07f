package docker

import (
	"context"
	"errors"
	"fmt"

	"github.com/docker/docker/api/types/container"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

// inPlace are the attributes that are the engine's limits of a container.
var inPlace = [...]string{"memory", "memory_swap", "memory_reservation", "cpus", "cpu_shares", "cpuset", "pids_limit", "restart"}

func (containers) update(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	c, err := s.engine.dial(ctx)
	if err != nil {
		return unchanged(req, s.failure("Container not changed", fmt.Sprintf("Changing the container %q", textOf(req.Planned.GetAttr("name"))), err, "")), nil
	}
	m := making{scope: s, ApplyRequest: req, client: c, id: textOf(req.Prior.GetAttr("id")), name: textOf(req.Planned.GetAttr("name"))}
	for _, step := range []func(context.Context) diagnostics{m.limit, m.rename, m.move, m.wake} {
		ds := step(ctx)
		if !ds.HasErrors() {
			continue
		}
		// What is there now, in the words of what was.
		looking, cancel := undoing(ctx)
		defer cancel()
		now, more, err := s.lookAfter(looking, req.Prior, req.Planned)
		if err != nil || more.HasErrors() {
			return providers.ApplyResponse{}, errors.Join(err, more.Err(), ds)
		}
		return providers.ApplyResponse{State: now, Diagnostics: ds}, nil
	}
	now, err := m.stateNow(ctx)
	return providers.ApplyResponse{State: now}, err
}

// lookAfter looks at a container that was to be changed from prior to planned,
// and may have been in part. What neither of them sets is not looked at, nor is
// what only planned sets and the engine has by itself.
func (s scope) lookAfter(ctx context.Context, prior, planned cty.Value) (cty.Value, diagnostics, error) {
	was := objects.Edit(prior)
	was.Set("must_run", planned.GetAttr("must_run"))
	var added []string
	for _, name := range append(inPlace[:], "networks") {
		if prior.GetAttr(name).IsNull() && !planned.GetAttr(name).IsNull() {
			was.Set(name, planned.GetAttr(name))
			added = append(added, name)
		}
	}
	found, ds, err := s.look(ctx, was.Value())
	if err != nil || ds.HasErrors() || found.IsNull() {
		return found, ds, err
	}
	now := objects.Edit(found)
	for _, name := range added {
		if isDefault(name, found.GetAttr(name)) {
			now.Set(name, cty.NullVal(found.GetAttr(name).Type()))
		}
	}
	return now.Value(), nil, nil
}

// isDefault tells whether a value is what the engine gives to a container that
// says nothing of it.
func isDefault(name string, v cty.Value) bool {
	if v.IsNull() {
		return true
	}
	switch name {
	case "restart":
		return v.AsString() == string(container.RestartPolicyDisabled)
	case "pids_limit":
		return v.RawEquals(cty.NumberIntVal(-1))
	case "networks":
		for only := range elements(v) {
			return only == defaultNetwork && v.LengthInt() == 1
		}
	}
	return false
}

func (m *making) changes(names ...string) bool {
	for _, name := range names {
		if !m.Prior.GetAttr(name).RawEquals(m.Planned.GetAttr(name)) {
			return true
		}
	}
	return false
}

// limit changes what the engine can change of a container that runs.
func (m *making) limit(ctx context.Context) diagnostics {
	if !m.changes(inPlace[:]...) {
		return nil
	}
	want := container.UpdateConfig{Resources: limitsOf(m.Planned), RestartPolicy: restartOf(m.Planned.GetAttr("restart"))}
	if want.Memory > 0 && want.MemorySwap == 0 {
		want.MemorySwap = 2 * want.Memory // as the engine does with a new container
	}
	if want.PidsLimit == nil && known(m.Prior.GetAttr("pids_limit")) {
		none := int64(-1)
		want.PidsLimit = &none
	}
	if want.RestartPolicy.Name == "" && known(m.Prior.GetAttr("restart")) {
		want.RestartPolicy.Name = container.RestartPolicyDisabled
	}
	err := finish(ctx, func(ctx context.Context) error {
		_, err := m.client.ContainerUpdate(ctx, m.id, want)
		return err
	})
	return m.failure("Container not changed", fmt.Sprintf("Changing the limits of the container %q", m.name), err, "")
}

func (m *making) rename(ctx context.Context) diagnostics {
	if !m.changes("name") {
		return nil
	}
	err := finish(ctx, func(ctx context.Context) error { return m.client.ContainerRename(ctx, m.id, m.name) })
	if err == nil {
		return nil
	}
	if there, lookErr := m.client.ContainerInspect(ctx, m.name); lookErr == nil && there.ID != m.id {
		return m.nameInUse(ctx, err)
	}
	return m.failure("Container not renamed", fmt.Sprintf("Giving the container the name %q", m.name), err, "")
}

func (m *making) move(ctx context.Context) diagnostics {
	if !m.changes("networks") {
		return nil
	}
	return m.changeNetworks(ctx, m.client, m.id, m.Prior.GetAttr("networks"), m.Planned.GetAttr("networks"))
}

// wake starts a container that is to run and does not.
func (m *making) wake(ctx context.Context) diagnostics {
	if !m.changes("must_run") || !isTrue(m.Planned.GetAttr("must_run")) {
		return nil
	}
	if ds := m.startIt(ctx, m.client, m.id, m.Planned); ds.HasErrors() {
		return ds
	}
	return m.wait(ctx)
}

// plan keeps what a change in place does not touch, and says what must be
// replaced because the engine cannot take a limit away.
func (containers) plan(ctx context.Context, s scope, req providers.PlanRequest) (providers.PlanResponse, error) {
	resp := providers.PlanResponse{}
	planned := objects.Edit(req.Proposed)
	upload, ds := s.sums(req.Proposed.GetAttr("upload"))
	planned.Set("upload", upload)
	resp.Diagnostics = ds
	if req.Prior.IsNull() {
		resp.Planned = planned.Value()
		more, err := s.checkPorts(ctx, resp.Planned)
		resp.Diagnostics = append(resp.Diagnostics, more...)
		return resp, err
	}
	if !planned.Get("upload").RawEquals(req.Prior.GetAttr("upload")) && ds == nil {
		resp.Replace = changedFiles(req.Prior.GetAttr("upload"), planned.Get("upload"))
	}
	changes := func(name string) bool { return !planned.Get(name).RawEquals(req.Prior.GetAttr(name)) }
	starts := changes("must_run")
	keep := map[string]bool{"health": !starts, "exit_code": !starts, "published": !starts,
		"ip_addresses": !starts && !changes("networks")}
	for name, unmoved := range keep {
		if unmoved {
			planned.Set(name, req.Prior.GetAttr(name))
		}
	}
	for _, name := range []string{"memory", "memory_reservation", "memory_swap", "cpus", "cpu_shares", "cpuset"} {
		if planned.Get(name).IsNull() && !req.Prior.GetAttr(name).IsNull() {
			resp.Replace = append(resp.Replace, cty.GetAttrPath(name))
		}
	}
	if isolated(planned.Get("networks")) != isolated(req.Prior.GetAttr("networks")) {
		resp.Replace = append(resp.Replace, cty.GetAttrPath("networks"))
	}
	resp.Planned = planned.Value()
	return resp, nil
}

// isolated tells whether a container is in no network at all, which it is from
// its beginning to its end.
func isolated(networks cty.Value) bool { return known(networks) && networks.LengthInt() == 0 }
