package docker

import (
	"context"
	"fmt"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"
)

// defaultNetwork is the network of containers that say nothing of networks.
const defaultNetwork = "bridge"

func endpointOf(v cty.Value) *network.EndpointSettings {
	e := &network.EndpointSettings{}
	if !known(v) {
		return e
	}
	e.Aliases = textsOf(v.GetAttr("aliases"))
	v4, v6 := textOf(v.GetAttr("ipv4_address")), textOf(v.GetAttr("ipv6_address"))
	if v4 != "" || v6 != "" {
		e.IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: v4, IPv6Address: v6}
	}
	return e
}

func networkPath(name string) cty.Path { return cty.GetAttrPath("networks").IndexString(name) }

func (s scope) connectTo(ctx context.Context, c *client.Client, id, name string, e *network.EndpointSettings) diagnostics {
	err := finish(ctx, func(ctx context.Context) error { return c.NetworkConnect(ctx, name, id, e) })
	if err == nil {
		return nil
	}
	advice := ""
	if cerrdefs.IsNotFound(err) {
		advice = "Make the network first, with a docker_network, and refer to its name."
	}
	ds := s.failure("Container not connected", fmt.Sprintf("Connecting the container to the network %q", name), err, advice)
	ds[0].Path = networkPath(name)
	return ds
}

func (s scope) disconnectFrom(ctx context.Context, c *client.Client, id, name string) diagnostics {
	err := finish(ctx, func(ctx context.Context) error { return c.NetworkDisconnect(ctx, name, id, true) })
	if err == nil || cerrdefs.IsNotFound(err) {
		return nil
	}
	return s.failure("Container not disconnected", fmt.Sprintf("Disconnecting the container from the network %q", name), err, "")
}

// changeNetworks brings a container from the networks in prior into those in
// planned. What is added comes first, so that it is never in none.
func (s scope) changeNetworks(ctx context.Context, c *client.Client, id string, prior, planned cty.Value) diagnostics {
	was, want := membership(prior), membership(planned)
	for _, name := range sortedKeys(want) {
		old, stays := was[name]
		if stays && sameEndpoint(old, want[name]) {
			continue
		}
		if stays {
			if ds := s.disconnectFrom(ctx, c, id, name); ds.HasErrors() {
				return ds
			}
		}
		if ds := s.connectTo(ctx, c, id, name, endpointOf(want[name])); ds.HasErrors() {
			return ds
		}
	}
	for _, name := range sortedKeys(was) {
		if _, stays := want[name]; !stays {
			if ds := s.disconnectFrom(ctx, c, id, name); ds.HasErrors() {
				return ds
			}
		}
	}
	return nil
}

// membership is what networks says, or what the engine makes of it when it
// says nothing.
func membership(networks cty.Value) map[string]cty.Value {
	if !known(networks) {
		return map[string]cty.Value{defaultNetwork: cty.NullVal(cty.DynamicPseudoType)}
	}
	out := map[string]cty.Value{}
	for name, v := range elements(networks) {
		out[name] = v
	}
	return out
}

func sameEndpoint(a, b cty.Value) bool {
	return !known(a) && !known(b) || a.RawEquals(b)
}
