package docker

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// No attribute of a network is within a model's reach: who can speak to whom
// is no matter of healing.

func networkObject() providers.Object {
	computed := func(description string) *providers.Attribute {
		return &providers.Attribute{Type: cty.String, Computed: true, Stable: true, Description: description}
	}
	return providers.Object{
		Description: "A network that containers can join. It cannot be changed: another setting is another network.",
		Attributes: map[string]*providers.Attribute{
			"name": {Type: cty.String, Required: true, ForceNew: true, Description: "Its name."},
			"driver": {Type: cty.String, Optional: true, ForceNew: true, Default: cty.StringVal("bridge"),
				Description: `The driver, such as "bridge", "macvlan" or "overlay".`},
			"options": {Type: cty.Map(cty.String), Optional: true, ForceNew: true,
				Description: `The driver's options, such as "com.docker.network.driver.mtu".`},
			"internal": {Type: cty.Bool, Optional: true, ForceNew: true, Default: cty.False,
				Description: "Cuts the network off from the outside."},
			"ipv6": {Type: cty.Bool, Optional: true, ForceNew: true, Default: cty.False,
				Description: "Gives containers addresses of IPv6 as well."},
			"attachable": {Type: cty.Bool, Optional: true, ForceNew: true, Default: cty.False,
				Description: "Lets single containers join a network of a swarm."},
			"labels": {Type: cty.Map(cty.String), Optional: true, ForceNew: true,
				Description: `Labels, beside those that Clockwork sets, which begin with "clockwork.".`},
			"ipam": {
				Description: "Where the network's addresses come from. Without it, any subnet that the engine chooses will do.",
				Optional:    true, Computed: true, Stable: true, ForceNew: true,
				Nested: &providers.Nested{Nesting: providers.NestingSingle, Object: ipamObject()},
			},
			"id":           computed("The engine's id of the network."),
			"subnet":       computed("The subnet of IPv4, also when the engine chose it."),
			"gateway":      computed("The gateway in that subnet, as far as the engine tells."),
			"ipv6_subnet":  computed("The subnet of IPv6."),
			"ipv6_gateway": computed("The gateway in that subnet, as far as the engine tells."),
		},
	}
}

func ipamObject() providers.Object {
	return providers.Object{
		Description: "Where a network's addresses come from.",
		Attributes: map[string]*providers.Attribute{
			"driver": {Type: cty.String, Optional: true, ForceNew: true, Default: cty.StringVal("default"),
				Description: "The driver that gives out addresses."},
			"options": {Type: cty.Map(cty.String), Optional: true, ForceNew: true,
				Description: "Options of that driver."},
			"config": {
				Description: "The subnets. Their order means nothing.",
				Optional:    true, ForceNew: true, Normalise: providers.NormaliseUnsorted,
				Nested: &providers.Nested{Nesting: providers.NestingList, Object: providers.Object{
					Description: "One subnet.",
					Attributes: map[string]*providers.Attribute{
						"subnet": {Type: cty.String, Required: true, ForceNew: true,
							Description: `The subnet, such as "10.5.0.0/16".`},
						"gateway": {Type: cty.String, Optional: true, ForceNew: true,
							Description: "The address in it that leads out."},
						"ip_range": {Type: cty.String, Optional: true, ForceNew: true,
							Description: "The part of it that containers get their addresses from."},
						"aux_addresses": {Type: cty.Map(cty.String), Optional: true, ForceNew: true,
							Description: "Addresses in it that are taken, by the names of who has them."},
					},
				}},
			},
		},
	}
}

func (networkType) schema() *providers.ResourceType {
	return &providers.ResourceType{Object: networkObject(), CustomValidate: true, Identity: providers.Identity{Attributes: []string{"name"}}}
}

// predefined are the networks that every engine has.
var predefined = []string{"bridge", "host", "none", "default"}

func (networkType) validate(v cty.Value) diagnostics {
	var ds diagnostics
	if name := v.GetAttr("name"); known(name) {
		switch text := name.AsString(); {
		case strings.TrimSpace(text) != text || text == "":
			ds = append(ds, about("name", "Not a name", "The name of a network must not be empty, nor begin or end with a blank. Correct it.")...)
		case slices.Contains(predefined, text):
			ds = append(ds, about("name", "Name is taken",
				"Every engine has a network %q of its own, which cannot be managed. Choose another name; containers can join that one without a resource.", text)...)
		}
	}
	ds = append(ds, checkNotEmpty(v, "driver")...)
	ds = append(ds, checkLabels(cty.GetAttrPath("labels"), v.GetAttr("labels"))...)
	ipam := v.GetAttr("ipam")
	if !known(ipam) {
		return ds
	}
	config := ipam.GetAttr("config")
	if !known(config) {
		return ds
	}
	var seen []netip.Prefix
	for it := config.ElementIterator(); it.Next(); {
		k, c := it.Element()
		if !known(c) {
			continue
		}
		at := cty.GetAttrPath("ipam").GetAttr("config").Index(k)
		subnet, more := checkSubnet(at, c, v.GetAttr("ipv6"))
		ds = append(ds, more...)
		if !subnet.IsValid() {
			continue
		}
		for _, other := range seen {
			if subnet.Overlaps(other) {
				ds = append(ds, at2(at.GetAttr("subnet"), "Subnets overlap",
					"The subnets %s and %s of one network have addresses in common. Choose others.", other, subnet)...)
			}
		}
		seen = append(seen, subnet)
	}
	return ds
}

// at2 is at for a path that shares its beginning with others.
func at2(path cty.Path, summary, detail string, args ...any) diagnostics {
	return at(path.Copy(), summary, detail, args...)
}

// checkSubnet checks one subnet, and returns it if it is known and valid.
func checkSubnet(path cty.Path, c, ipv6 cty.Value) (netip.Prefix, diagnostics) {
	v := c.GetAttr("subnet")
	if !known(v) {
		return netip.Prefix{}, nil
	}
	subnet, ds := parseSubnet(path.GetAttr("subnet"), v.AsString())
	if ds != nil {
		return netip.Prefix{}, ds
	}
	if subnet.Addr().Is6() && ipv6.IsKnown() && (ipv6.IsNull() || ipv6.False()) {
		ds = append(ds, at2(path.GetAttr("subnet"), "Subnet of IPv6",
			"%s is a subnet of IPv6, which the network does not have. Add ipv6 = true, or take the subnet out.", subnet)...)
	}
	inside := func(path cty.Path, v cty.Value) {
		if !known(v) {
			return
		}
		a, err := netip.ParseAddr(v.AsString())
		switch {
		case err != nil:
			ds = append(ds, at2(path, "Not an address", "%q is not an IP address. Write one such as %s.", v.AsString(), subnet.Addr().Next())...)
		case !subnet.Contains(a):
			ds = append(ds, at2(path, "Address outside of subnet", "%s is not in the subnet %s. Choose an address that is.", a, subnet)...)
		}
	}
	inside(path.GetAttr("gateway"), c.GetAttr("gateway"))
	for name, a := range elements(c.GetAttr("aux_addresses")) {
		inside(path.GetAttr("aux_addresses").IndexString(name), a)
	}
	if v := c.GetAttr("ip_range"); known(v) {
		part, more := parseSubnet(path.GetAttr("ip_range"), v.AsString())
		ds = append(ds, more...)
		if more == nil && (part.Bits() < subnet.Bits() || !subnet.Contains(part.Addr())) {
			ds = append(ds, at2(path.GetAttr("ip_range"), "Range outside of subnet", "%s is not a part of the subnet %s. Choose one that is.", part, subnet)...)
		}
	}
	return subnet, ds
}

func parseSubnet(path cty.Path, text string) (netip.Prefix, diagnostics) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, at2(path, "Not a subnet", "%q is not a subnet in CIDR notation. Write an address and the number of its leading bits, such as 10.5.0.0/16.", text)
	case p.Masked() != p:
		return p, at2(path, "Not a subnet", "%s is an address in the subnet %s, and not the subnet itself. Write %s.", p, p.Masked(), p.Masked())
	}
	return p, nil
}

// checkNotEmpty refuses an empty string where a name is wanted.
func checkNotEmpty(v cty.Value, attribute string) diagnostics {
	if a := v.GetAttr(attribute); known(a) && a.AsString() == "" {
		return about(attribute, "Empty name", "The %s must not be empty. Give one, or leave it out.", attribute)
	}
	return nil
}

// checkLabels refuses labels that are kept for Clockwork.
func checkLabels(path cty.Path, labels cty.Value) diagnostics {
	var ds diagnostics
	for key := range elements(labels) {
		if strings.HasPrefix(key, labelPrefix) {
			ds = append(ds, at2(path.IndexString(key), "Label is reserved",
				"Labels that begin with %q are set by Clockwork itself, which finds its objects by them. Choose another name.", labelPrefix)...)
		}
	}
	return ds
}
