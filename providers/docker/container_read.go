package docker

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

func (containers) read(ctx context.Context, s scope, req providers.ReadRequest) (providers.ReadResponse, error) {
	resp := providers.ReadResponse{State: req.State, Private: req.Private}
	now, ds, err := s.look(ctx, req.State)
	if err != nil {
		return providers.ReadResponse{}, err
	}
	if resp.Diagnostics = ds; !ds.HasErrors() {
		resp.State = now
	}
	return resp, nil
}

// look says what there is of a container, in the words of was. It is found by
// its id: another one of its name is not the same.
func (s scope) look(ctx context.Context, was cty.Value) (cty.Value, diagnostics, error) {
	name := textOf(was.GetAttr("name"))
	c, err := s.engine.dial(ctx)
	var there container.InspectResponse
	if err == nil {
		there, err = c.ContainerInspect(ctx, textOf(was.GetAttr("id")))
	}
	switch {
	case isNoContainer(err):
		return cty.NullVal(was.Type()), nil, nil
	case err != nil && ctx.Err() != nil:
		return cty.NilVal, nil, fmt.Errorf("look at the container %s: %w", name, err)
	case err != nil:
		return was, s.failure("Container cannot be looked at", fmt.Sprintf("Looking at the container %q", name), err, ""), nil
	case there.State.Status == container.StateRemoving:
		return cty.NullVal(was.Type()), nil, nil
	}
	now := described(was, there)
	if at := nameOf(there); at != name && at == meantime(name, holderOf(ctx, c, name)) {
		now.Set("name", cty.StringVal(name)) // it gets it when its predecessor is removed
	}
	return now.Value(), nil, nil
}

// holderOf returns the id of the container that has a name, "" when none has.
func holderOf(ctx context.Context, c *client.Client, name string) string {
	there, err := c.ContainerInspect(ctx, name)
	if err != nil {
		return ""
	}
	return there.ID
}

func nameOf(there container.InspectResponse) string { return strings.TrimPrefix(there.Name, "/") }

// described is a container in the words of was. Only what the engine can
// change of a container that exists is looked at: anything else of it is as it
// was made, whatever an image or the engine brought in.
func described(was cty.Value, there container.InspectResponse) *objects.Edited {
	now := objects.Edit(was)
	now.Set("name", cty.StringVal(nameOf(there)))
	if isTrue(was.GetAttr("must_run")) {
		now.Set("must_run", cty.BoolVal(isUp(there)))
	}
	// What is not set is whatever the engine makes it.
	setIf := func(name string, v cty.Value) {
		if !was.GetAttr(name).IsNull() {
			now.Set(name, v)
		}
	}
	h := there.HostConfig
	size := func(name string, n int64) {
		v := cty.NullVal(cty.String)
		if n != 0 {
			v = cty.StringVal(strconv.FormatInt(n, 10))
		}
		if !providers.NormaliseBytes.Equal(was.GetAttr(name), v) {
			setIf(name, v)
		}
	}
	size("memory", h.Memory)
	size("memory_swap", h.MemorySwap)
	size("memory_reservation", h.MemoryReservation)
	setIf("cpus", numberOrNull(float64(h.NanoCPUs)/1e9))
	setIf("cpu_shares", numberOrNull(float64(h.CPUShares)))
	setIf("cpuset", orNull(h.CpusetCpus))
	pids := cty.NumberIntVal(-1)
	if h.PidsLimit != nil && *h.PidsLimit > 0 {
		pids = cty.NumberIntVal(*h.PidsLimit)
	}
	setIf("pids_limit", pids)
	setIf("restart", cty.StringVal(restartText(h.RestartPolicy)))
	setIf("networks", networksNow(was.GetAttr("networks"), there))
	for name, v := range observedOf(there) {
		now.Set(name, v)
	}
	return now
}

func isUp(there container.InspectResponse) bool { return there.State.Running || there.State.Restarting }

func numberOrNull(f float64) cty.Value {
	if f == 0 {
		return cty.NullVal(cty.Number)
	}
	return cty.NumberFloatVal(f)
}

// observedOf are the computed attributes.
func observedOf(there container.InspectResponse) map[string]cty.Value {
	out := map[string]cty.Value{
		"id": cty.StringVal(there.ID), "image_id": cty.StringVal(there.Image),
		"ip_addresses": cty.MapValEmpty(cty.String), "published": cty.MapValEmpty(cty.Number),
		"exit_code": cty.NullVal(cty.Number), "health": cty.NullVal(cty.String),
	}
	if there.State.Health != nil && there.State.Health.Status != container.NoHealthcheck && isUp(there) {
		out["health"] = orNull(there.State.Health.Status)
	}
	if !isUp(there) && there.State.Status != container.StateCreated {
		out["exit_code"] = cty.NumberIntVal(int64(there.State.ExitCode))
	}
	addresses := map[string]string{}
	for name, e := range there.NetworkSettings.Networks {
		if e.IPAddress != "" {
			addresses[name] = e.IPAddress
		} else if e.GlobalIPv6Address != "" {
			addresses[name] = e.GlobalIPv6Address
		}
	}
	out["ip_addresses"] = mapOfText(addresses)
	ports := map[string]cty.Value{}
	for port, bindings := range there.NetworkSettings.Ports {
		for _, b := range bindings {
			// A port that the engine chose may differ between IPv4 and IPv6.
			if n, err := strconv.ParseInt(b.HostPort, 10, 64); err == nil && ports[string(port)] == cty.NilVal {
				ports[string(port)] = cty.NumberIntVal(n)
			}
		}
	}
	if len(ports) > 0 {
		out["published"] = cty.MapVal(ports)
	}
	return out
}

// networksNow are the networks that a container is in, in the words of was.
func networksNow(was cty.Value, there container.InspectResponse) cty.Value {
	ty := was.Type()
	if was.IsNull() {
		return was
	}
	out := map[string]cty.Value{}
	olds := was.AsValueMap()
	for name, e := range there.NetworkSettings.Networks {
		if name == "none" && len(olds) == 0 {
			continue
		}
		old := olds[name]
		if old == cty.NilVal {
			old = cty.ObjectVal(map[string]cty.Value{"aliases": cty.NullVal(cty.List(cty.String)),
				"ipv4_address": cty.NullVal(cty.String), "ipv6_address": cty.NullVal(cty.String)})
		}
		out[name] = endpointNow(old, e, there)
	}
	if len(out) == 0 {
		return cty.MapValEmpty(ty.ElementType())
	}
	return cty.MapVal(out)
}

func endpointNow(was cty.Value, e *network.EndpointSettings, there container.InspectResponse) cty.Value {
	now := objects.Edit(was)
	if v := was.GetAttr("aliases"); !v.IsNull() {
		// Old engines add the beginning of the container's id.
		have := slices.DeleteFunc(slices.Clone(e.Aliases), func(a string) bool {
			return a == there.ID[:12] || a == nameOf(there) || a == there.Config.Hostname
		})
		for _, a := range textsOf(v) {
			if slices.Contains(e.Aliases, a) && !slices.Contains(have, a) {
				have = append(have, a)
			}
		}
		if there := textList(have); !providers.NormaliseUnsorted.Equal(v, there) {
			now.Set("aliases", there)
		}
	}
	fixed := network.EndpointIPAMConfig{}
	if e.IPAMConfig != nil {
		fixed = *e.IPAMConfig
	}
	if !was.GetAttr("ipv4_address").IsNull() {
		now.Set("ipv4_address", orNull(fixed.IPv4Address))
	}
	if !was.GetAttr("ipv6_address").IsNull() {
		now.Set("ipv6_address", orNull(fixed.IPv6Address))
	}
	return now.Value()
}

func setIn(obj cty.Value, name string, v cty.Value) cty.Value {
	e := objects.Edit(obj)
	e.Set(name, v)
	return e.Value()
}

// afterApply is a container as it was planned, with what could not be known
// then.
func afterApply(planned cty.Value, there container.InspectResponse) cty.Value {
	now := objects.Edit(planned)
	for name, v := range observedOf(there) {
		if !planned.GetAttr(name).IsKnown() {
			now.Set(name, v)
		}
	}
	return now.Value()
}
