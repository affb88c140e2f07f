package docker

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// A container's environment is not among this: it is where secrets are.

func containerData() providers.Object {
	nested := func(nesting providers.Nesting, description, one string, attrs map[string]*providers.Attribute) *providers.Attribute {
		return &providers.Attribute{Computed: true, Description: description,
			Nested: &providers.Nested{Nesting: nesting, Object: providers.Object{Description: one, Attributes: attrs}}}
	}
	return providers.Object{
		Description: "A container that something else made.",
		Attributes: map[string]*providers.Attribute{
			"name":      asked("The container's name, or its id."),
			"id":        found(cty.String, "The engine's id of the container."),
			"image":     found(cty.String, "The image's name, as the container was made with it."),
			"image_id":  found(cty.String, `The image's id, "sha256:...".`),
			"status":    found(cty.String, `What it does: "created", "running", "paused", "restarting", "exited" or "dead".`),
			"running":   found(cty.Bool, "It runs."),
			"health":    found(cty.String, `What its health check says: "starting", "healthy" or "unhealthy"; null without one.`),
			"exit_code": found(cty.Number, "How it ended last; null while it runs, and before it has."),
			"labels":    found(cty.Map(cty.String), "Its labels, those of its image among them."),
			"networks": nested(providers.NestingMap, "The networks that it is in, by name.", "What it has in one network.", map[string]*providers.Attribute{
				"ip_address":   found(cty.String, "Its address; null while it does not run."),
				"ipv6_address": found(cty.String, "Its address of IPv6."),
				"gateway":      found(cty.String, "The gateway."),
			}),
			"ports": nested(providers.NestingList, "The ports that the host passes on to it, in order.", "One port.", map[string]*providers.Attribute{
				"host":      found(cty.Number, "The port of the host."),
				"host_ip":   found(cty.String, "The host's address that it is bound to."),
				"container": found(cty.Number, "The container's port."),
				"protocol":  found(cty.String, `"tcp", "udp" or "sctp".`),
			}),
		},
	}
}

func readContainer(ctx context.Context, s scope, config cty.Value) (cty.Value, diagnostics, error) {
	name, object := textOf(config.GetAttr("name")), containerData()
	c, err := s.engine.dial(ctx)
	var i container.InspectResponse
	if err == nil {
		i, err = c.ContainerInspect(ctx, name)
	}
	switch {
	case err != nil && isNoContainer(err):
		return nothing(object, about("name", "No such container", "The engine has no container %s. Make it first, or correct the name.", name))
	case err != nil:
		return nothing(object, s.failure("Cannot look at container", "Looking at the container "+name, err, ""))
	}
	exit := cty.NullVal(cty.Number)
	if ended := i.State.Status == "exited" || i.State.Status == "dead"; ended {
		exit = cty.NumberIntVal(int64(i.State.ExitCode))
	}
	health := ""
	if i.State.Health != nil && i.State.Health.Status != "none" {
		health = i.State.Health.Status
	}
	return cty.ObjectVal(map[string]cty.Value{
		"name":      config.GetAttr("name"),
		"id":        cty.StringVal(i.ID),
		"image":     cty.StringVal(i.Config.Image),
		"image_id":  cty.StringVal(i.Image),
		"status":    cty.StringVal(i.State.Status),
		"running":   cty.BoolVal(i.State.Running),
		"health":    orNull(health),
		"exit_code": exit,
		"labels":    mapOfText(i.Config.Labels),
		"networks":  networksIn(i, object.Attributes["networks"].Nested.Object.Type()),
		"ports":     publishedBy(i, object.Attributes["ports"].Nested.Object.Type()),
	}), nil, nil
}

func networksIn(i container.InspectResponse, ty cty.Type) cty.Value {
	all := map[string]cty.Value{}
	for name, n := range i.NetworkSettings.Networks {
		all[name] = cty.ObjectVal(map[string]cty.Value{
			"ip_address":   orNull(n.IPAddress),
			"ipv6_address": orNull(n.GlobalIPv6Address),
			"gateway":      orNull(n.Gateway),
		})
	}
	if len(all) == 0 {
		return cty.MapValEmpty(ty)
	}
	return cty.MapVal(all)
}

func publishedBy(i container.InspectResponse, ty cty.Type) cty.Value {
	type port struct {
		container, host int
		ip, protocol    string
	}
	var ports []port
	for at, bindings := range i.NetworkSettings.Ports {
		for _, b := range bindings {
			if host, err := strconv.Atoi(b.HostPort); err == nil {
				ports = append(ports, port{at.Int(), host, b.HostIP, at.Proto()})
			}
		}
	}
	if len(ports) == 0 {
		return cty.ListValEmpty(ty)
	}
	slices.SortFunc(ports, func(a, b port) int {
		for _, d := range []int{a.container - b.container, strings.Compare(a.protocol, b.protocol), a.host - b.host} {
			if d != 0 {
				return d
			}
		}
		return strings.Compare(a.ip, b.ip)
	})
	var out []cty.Value
	for _, p := range ports {
		out = append(out, cty.ObjectVal(map[string]cty.Value{
			"host": cty.NumberIntVal(int64(p.host)), "host_ip": orNull(p.ip),
			"container": cty.NumberIntVal(int64(p.container)), "protocol": cty.StringVal(p.protocol),
		}))
	}
	return cty.ListVal(out)
}
