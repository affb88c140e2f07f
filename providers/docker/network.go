package docker

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

// networkType is docker_network. Nothing about a network can be changed once it
// is made, so one that is there, by its id, is as it was made.
type networkType struct{}

func (networkType) plan(_ context.Context, _ scope, req providers.PlanRequest) (providers.PlanResponse, error) {
	return providers.PlanResponse{Planned: req.Proposed}, nil
}

func (networkType) read(ctx context.Context, s scope, req providers.ReadRequest) (providers.ReadResponse, error) {
	resp := providers.ReadResponse{State: req.State, Private: req.Private}
	c, err := s.engine.dial(ctx)
	if err == nil {
		var found network.Inspect
		found, err = c.NetworkInspect(ctx, textOf(req.State.GetAttr("id")), network.InspectOptions{})
		if err == nil {
			resp.State = networkState(req.State, found)
			return resp, nil
		}
	}
	if isNoNetwork(err) {
		resp.State = cty.NullVal(req.State.Type())
		return resp, nil
	}
	resp.Diagnostics = s.failure("Cannot look at network", "Looking at the network "+textOf(req.State.GetAttr("name")), err, "")
	return resp, nil
}

// networkState fills in what the engine says of a network.
func networkState(was cty.Value, found network.Inspect) cty.Value {
	now := objects.Edit(was)
	now.Set("id", cty.StringVal(found.ID))
	if ipam := was.GetAttr("ipam"); !known(ipam) {
		now.Set("ipam", ipamOf(found))
	}
	v4, v6 := addressesOf(found)
	now.Set("subnet", orNull(v4.Subnet))
	now.Set("gateway", orNull(bare(v4.Gateway)))
	now.Set("ipv6_subnet", orNull(v6.Subnet))
	now.Set("ipv6_gateway", orNull(bare(v6.Gateway)))
	return now.Value()
}

// addressesOf returns the first subnet of each kind.
func addressesOf(found network.Inspect) (v4, v6 network.IPAMConfig) {
	for _, c := range found.IPAM.Config {
		p, err := netip.ParsePrefix(c.Subnet)
		switch {
		case err != nil:
		case p.Addr().Is6() && v6.Subnet == "":
			v6 = c
		case p.Addr().Is4() && v4.Subnet == "":
			v4 = c
		}
	}
	return v4, v6
}

// bare is an address without the number of bits that old engines add to it.
func bare(address string) string {
	address, _, _ = strings.Cut(address, "/")
	return address
}

func (networkType) create(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	failed := func(ds diagnostics) (providers.ApplyResponse, error) { return unchanged(req, ds), nil }
	name := textOf(req.Planned.GetAttr("name"))
	doing := "Making the network " + name
	c, err := s.engine.dial(ctx)
	if err != nil {
		return failed(s.failure("Cannot make network", doing, err, ""))
	}
	release, err := s.names.hold(ctx, "network "+name)
	if err != nil {
		return failed(interrupted(req.Action))
	}
	defer release()
	// Engines before 25 let several networks have one name.
	there, err := networksNamed(ctx, c, name)
	if err != nil {
		return failed(s.failure("Cannot make network", doing, err, ""))
	}
	if len(there) > 0 {
		return failed(s.networkIsTaken(req, there[0]))
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	made, err := c.NetworkCreate(ctx, name, s.networkOptions(req))
	switch {
	case err != nil && isUnsure(err):
		return providers.ApplyResponse{}, fmt.Errorf("make the network %s: %w", name, err)
	case err != nil:
		return failed(s.networkNotMade(doing, err))
	}
	found, err := c.NetworkInspect(ctx, made.ID, network.InspectOptions{})
	if err != nil {
		return providers.ApplyResponse{}, fmt.Errorf("look at the network %s, which was just made: %w", name, err)
	}
	return providers.ApplyResponse{State: networkState(req.Planned, found)}, nil
}

func networksNamed(ctx context.Context, c *client.Client, name string) ([]network.Summary, error) {
	found, err := c.NetworkList(ctx, network.ListOptions{Filters: filters.NewArgs(filters.Arg("name", name))})
	// The engine's filter is content with a part of the name.
	return slices.DeleteFunc(found, func(n network.Summary) bool { return n.Name != name }), err
}

func (s scope) networkIsTaken(req providers.ApplyRequest, there network.Inspect) diagnostics {
	name, id := there.Name, short(there.ID)
	switch {
	case replacesItself(req):
		return sideBySide("network", name)
	case s.isOurs(there.Labels):
		return about("name", "Network exists already",
			"There is already a network %s, with the id %s, that was made for this resource, but that the state does not know. Import it, or remove it with: docker network rm %s.", name, id, id)
	}
	return about("name", "Network exists already",
		"There is already a network %s, with the id %s: %s. Choose another name, import that network, or remove it if nothing needs it.", name, id, s.owner(there.Labels))
}

// replacesItself tells whether a create comes before the deletion of what has
// the same name.
func replacesItself(req providers.ApplyRequest) bool {
	old := req.Replaces
	return old != cty.NilVal && !old.IsNull() && old.GetAttr("name").RawEquals(req.Planned.GetAttr("name"))
}

func sideBySide(what, name string) diagnostics {
	return about("name", "Name is still in use",
		"The %s %s is to be made anew before the old one is removed, but two cannot have one name. Choose another name, or take create_before_destroy out of its lifecycle.", what, name)
}

// short is how much of an id people are shown.
func short(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(12, len(id))]
}

func (s scope) networkOptions(req providers.ApplyRequest) network.CreateOptions {
	p := req.Planned
	ipv6 := p.GetAttr("ipv6").True()
	opts := network.CreateOptions{
		Driver:     textOf(p.GetAttr("driver")),
		Options:    textMap(p.GetAttr("options")),
		Internal:   p.GetAttr("internal").True(),
		Attachable: p.GetAttr("attachable").True(),
		EnableIPv6: &ipv6,
		Labels:     s.labels(textMap(p.GetAttr("labels")), req.Intent),
	}
	if ipam := p.GetAttr("ipam"); !ipam.IsNull() {
		opts.IPAM = &network.IPAM{Driver: textOf(ipam.GetAttr("driver")), Options: textMap(ipam.GetAttr("options"))}
		for _, c := range elements(ipam.GetAttr("config")) {
			opts.IPAM.Config = append(opts.IPAM.Config, network.IPAMConfig{
				Subnet:     textOf(c.GetAttr("subnet")),
				Gateway:    textOf(c.GetAttr("gateway")),
				IPRange:    textOf(c.GetAttr("ip_range")),
				AuxAddress: textMap(c.GetAttr("aux_addresses")),
			})
		}
	}
	return opts
}

func (s scope) networkNotMade(doing string, err error) diagnostics {
	text := err.Error()
	path, advice := "", ""
	switch {
	case strings.Contains(text, "IPv6 address pool among the defaults"):
		path, advice = "ipv6", "This engine has no addresses of IPv6 to give out: name a subnet in ipam."
	case strings.Contains(text, "pool among the defaults"):
		path, advice = "ipam", "The engine has no subnet left to choose: remove networks that nothing needs (docker network prune), or name a subnet in ipam."
	case strings.Contains(text, "overlaps"):
		path, advice = "ipam", "Another network, or a route of the host, has these addresses: choose another subnet."
	case strings.Contains(text, "plugin") && strings.Contains(text, "not found"):
		path, advice = "driver", "The engine has no such driver: correct its name, or install the plugin."
	}
	ds := s.failure("Cannot make network", doing, err, advice)
	if path != "" {
		ds[0].Path = cty.GetAttrPath(path)
	}
	return ds
}

// update has nothing to do: every attribute forces a replacement.
func (networkType) update(_ context.Context, _ scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	return providers.ApplyResponse{State: req.Planned, Private: req.Private}, nil
}

func (networkType) remove(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	gone := providers.ApplyResponse{State: cty.NullVal(req.Prior.Type())}
	id, name := textOf(req.Prior.GetAttr("id")), textOf(req.Prior.GetAttr("name"))
	c, err := s.engine.dial(ctx)
	if err != nil {
		return unchanged(req, s.failure("Cannot remove network", "Removing the network "+name, err, "")), nil
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	for try := 0; ; try++ {
		err = c.NetworkRemove(ctx, id)
		switch {
		case err == nil, isNoNetwork(err):
			return gone, nil
		case isUnsure(err):
			return providers.ApplyResponse{}, fmt.Errorf("remove the network %s: %w", name, err)
		}
		members := membersOf(ctx, c, id)
		if len(members) > 0 {
			return unchanged(req, networkInUse(name, members)), nil
		}
		// A container that has just ended, or another removal, is still under way.
		if try == 10 || !isBusy(err) || !pause(ctx, 200*time.Millisecond) {
			return unchanged(req, s.failure("Cannot remove network", "Removing the network "+name, err, "")), nil
		}
	}
}

// isBusy tells whether the engine has not refused for good.
func isBusy(err error) bool {
	text := err.Error()
	return strings.Contains(text, "active endpoints") || strings.Contains(text, "marked for deletion") ||
		strings.Contains(text, "in progress") || cerrdefs.IsConflict(err)
}

// membersOf returns the names of the containers in a network.
func membersOf(ctx context.Context, c *client.Client, id string) []string {
	found, err := c.NetworkInspect(ctx, id, network.InspectOptions{})
	if err != nil {
		return nil
	}
	var members []string
	for _, m := range found.Containers {
		members = append(members, m.Name)
	}
	slices.Sort(members)
	return members
}

func networkInUse(name string, members []string) diagnostics {
	return diag.Errorf("Network is in use",
		"The network %s still has containers in it: %s. They are not taken out of it here. If Clockwork manages them, "+
			"let them refer to the network, or name it in their depends_on, and let them be replaced with it by lifecycle "+
			"{ replace_triggered_by = [docker_network.NAME] }; else remove them, or take them out with docker network disconnect.",
		name, enumerate(members))
}

// enumerate lists names, but not too many.
func enumerate(names []string) string {
	const most = 5
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// recover finds a network by the intent it was made with, and one that was to
// be removed by its id.
func (t networkType) recover(ctx context.Context, s scope, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	resp := providers.RecoverResponse{State: req.Prior, Private: req.Private}
	if req.Action != providers.Create {
		read, err := t.read(ctx, s, providers.ReadRequest{Target: req.Target, State: req.Prior, Private: req.Private})
		resp.State, resp.Diagnostics = read.State, read.Diagnostics
		return resp, err
	}
	resp.State = cty.NullVal(req.Planned.Type())
	c, err := s.engine.dial(ctx)
	if err == nil {
		var found []network.Summary
		found, err = c.NetworkList(ctx, network.ListOptions{Filters: madeBy(req.Intent)})
		if err == nil && len(found) > 0 {
			resp.State = networkState(req.Planned, found[0])
		}
	}
	resp.Diagnostics = s.failure("Cannot look for network", "Looking for the network "+textOf(req.Planned.GetAttr("name")), err, "")
	return resp, nil
}

// load imports a network by its name or id, with all that can be said of it.
func (networkType) load(ctx context.Context, s scope, id string) (providers.ImportResponse, error) {
	object := networkObject()
	resp := providers.ImportResponse{State: cty.NullVal(object.Type())}
	found, ds := s.findNetwork(ctx, id)
	if ds.HasErrors() || found == nil {
		resp.Diagnostics = ds
		return resp, nil
	}
	if slices.Contains(predefined, found.Name) {
		resp.Diagnostics = about("name", "Cannot be imported", "The network %s is a part of the engine, and cannot be managed.", found.Name)
		return resp, nil
	}
	resp.State = networkState(cty.ObjectVal(describeNetwork(*found)), *found)
	return resp, nil
}

// findNetwork finds a network by its name or id; nil when there is none.
func (s scope) findNetwork(ctx context.Context, id string) (*network.Inspect, diagnostics) {
	doing := "Looking for the network " + id
	c, err := s.engine.dial(ctx)
	if err != nil {
		return nil, s.failure("Cannot look for network", doing, err, "")
	}
	named, err := networksNamed(ctx, c, id)
	if err != nil {
		return nil, s.failure("Cannot look for network", doing, err, "")
	}
	if len(named) > 1 {
		var ids []string
		for _, n := range named {
			ids = append(ids, short(n.ID))
		}
		return nil, diag.Errorf("Several networks", "There are several networks called %s, with the ids %s. Give the id of the one that is meant.", id, enumerate(ids))
	}
	found, err := c.NetworkInspect(ctx, id, network.InspectOptions{})
	if isNoNetwork(err) {
		return nil, nil
	}
	return &found, s.failure("Cannot look for network", doing, err, "")
}

// describeNetwork says of a network what a resource can set. What the engine
// chose by itself is left out.
func describeNetwork(n network.Inspect) map[string]cty.Value {
	labels := map[string]string{}
	for k, v := range n.Labels {
		if !strings.HasPrefix(k, labelPrefix) {
			labels[k] = v
		}
	}
	attrs := map[string]cty.Value{
		"name":       cty.StringVal(n.Name),
		"driver":     orNull(n.Driver),
		"options":    mapOrNull(n.Options),
		"internal":   cty.BoolVal(n.Internal),
		"ipv6":       cty.BoolVal(n.EnableIPv6),
		"attachable": cty.BoolVal(n.Attachable),
		"labels":     mapOrNull(labels),
	}
	attrs["ipam"] = ipamOf(n)
	for _, name := range []string{"id", "subnet", "gateway", "ipv6_subnet", "ipv6_gateway"} {
		attrs[name] = cty.NullVal(cty.String)
	}
	return attrs
}

// ipamOf says where a network's addresses come from.
func ipamOf(n network.Inspect) cty.Value {
	object := ipamObject()
	config := cty.NullVal(object.Attributes["config"].ValueType())
	var subnets []cty.Value
	for _, c := range n.IPAM.Config {
		subnets = append(subnets, cty.ObjectVal(map[string]cty.Value{
			"subnet":        cty.StringVal(c.Subnet),
			"gateway":       orNull(bare(c.Gateway)),
			"ip_range":      orNull(c.IPRange),
			"aux_addresses": mapOrNull(c.AuxAddress),
		}))
	}
	if len(subnets) > 0 {
		config = cty.ListVal(subnets)
	}
	return cty.ObjectVal(map[string]cty.Value{
		"driver":  cty.StringVal(n.IPAM.Driver),
		"options": mapOrNull(n.IPAM.Options),
		"config":  config,
	})
}

// mapOrNull is a map of strings, null when it is empty.
func mapOrNull(m map[string]string) cty.Value {
	if len(m) == 0 {
		return cty.NullVal(cty.Map(cty.String))
	}
	return mapOfText(m)
}
