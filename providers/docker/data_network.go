package docker

import (
	"context"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func networkData() providers.Object {
	return providers.Object{
		Description: "A network that something else made, or a part of the engine.",
		Attributes: map[string]*providers.Attribute{
			"name":         asked("The network's name, or its id."),
			"id":           found(cty.String, "The engine's id of the network."),
			"driver":       found(cty.String, "Its driver."),
			"scope":        found(cty.String, `"local", or "swarm" where a swarm shares it.`),
			"options":      found(cty.Map(cty.String), "The driver's options."),
			"internal":     found(cty.Bool, "It is cut off from the outside."),
			"ipv6":         found(cty.Bool, "It gives out addresses of IPv6 as well."),
			"attachable":   found(cty.Bool, "Single containers can join it, if it is a swarm's."),
			"labels":       found(cty.Map(cty.String), "Its labels."),
			"subnet":       found(cty.String, "The subnet of IPv4."),
			"gateway":      found(cty.String, "The gateway in that subnet, as far as the engine tells."),
			"ipv6_subnet":  found(cty.String, "The subnet of IPv6."),
			"ipv6_gateway": found(cty.String, "The gateway in that subnet, as far as the engine tells."),
		},
	}
}

func readNetwork(ctx context.Context, s scope, config cty.Value) (cty.Value, diagnostics, error) {
	name := textOf(config.GetAttr("name"))
	n, ds := s.findNetwork(ctx, name)
	switch {
	case ds.HasErrors():
		return nothing(networkData(), ds)
	case n == nil:
		return nothing(networkData(), about("name", "No such network", "The engine has no network %s. Make it first, or correct the name.", name))
	}
	v4, v6 := addressesOf(*n)
	return cty.ObjectVal(map[string]cty.Value{
		"name":         config.GetAttr("name"),
		"id":           cty.StringVal(n.ID),
		"driver":       cty.StringVal(n.Driver),
		"scope":        cty.StringVal(n.Scope),
		"options":      mapOfText(n.Options),
		"internal":     cty.BoolVal(n.Internal),
		"ipv6":         cty.BoolVal(n.EnableIPv6),
		"attachable":   cty.BoolVal(n.Attachable),
		"labels":       mapOfText(n.Labels),
		"subnet":       orNull(v4.Subnet),
		"gateway":      orNull(bare(v4.Gateway)),
		"ipv6_subnet":  orNull(v6.Subnet),
		"ipv6_gateway": orNull(bare(v6.Gateway)),
	}), nil, nil
}
