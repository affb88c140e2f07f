package funcs

import (
	"math/big"
	"net"
	"strings"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/gocty"
)

// maxNewBits is by how many bits cidrsubnets extends a prefix at most.
const maxNewBits = 32

func addNetworks(t table) {
	prefix := stringParam("prefix")
	t.add("cidrcontains", newFunc(cty.Bool, cidrContains, stringParam("containing_prefix"), stringParam("contained_ip_or_prefix")))
	t.add("cidrhost", newFunc(cty.String, cidrHost, prefix, numberParam("hostnum")))
	t.add("cidrnetmask", newFunc(cty.String, cidrNetmask, prefix))
	t.add("cidrsubnet", newFunc(cty.String, cidrSubnet, prefix, numberParam("newbits"), numberParam("netnum")))
	newBits := numberParam("newbits")
	t.add("cidrsubnets", guard(function.New(&function.Spec{
		Params:       []function.Parameter{prefix},
		VarParam:     &newBits,
		Type:         function.StaticReturnType(cty.List(cty.String)),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cidrSubnets(args)
		},
	})))
}

// parsePrefix parses argument i, an address prefix such as 10.0.0.0/8.
func parsePrefix(args []cty.Value, i int) (*net.IPNet, error) {
	s := args[i].AsString()
	_, network, err := net.ParseCIDR(withoutLeadingZeros(s))
	if err != nil {
		return nil, argValueErrorf(i, "%s is not an address prefix; write it like 10.0.0.0/8 or fd00::/8", quoted(s))
	}
	return network, nil
}

// withoutLeadingZeros makes 10.1.0.0/8 of 010.001.000.000/08, as Terraform
// reads it. Other software takes such numbers for octal, so Go refuses them.
func withoutLeadingZeros(s string) string {
	if strings.Contains(s, ":") {
		return s
	}
	var b strings.Builder
	atStart := true
	for i := range len(s) {
		c := s[i]
		if c == '0' && atStart && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
			continue
		}
		atStart = c == '.' || c == '/'
		b.WriteByte(c)
	}
	return b.String()
}

// wholeNumber returns argument i as an integer of any size.
func wholeNumber(args []cty.Value, i int) (*big.Int, error) {
	n, acc := args[i].AsBigFloat().Int(nil)
	if n == nil || acc != big.Exact {
		return nil, function.NewArgErrorf(i, "a whole number is required")
	}
	return n, nil
}

func cidrHost(args []cty.Value) (cty.Value, error) {
	network, err := parsePrefix(args, 0)
	if err != nil {
		return cty.NilVal, err
	}
	num, err := wholeNumber(args, 1)
	if err != nil {
		return cty.NilVal, err
	}
	ip, err := cidr.HostBig(network, num)
	if err != nil {
		return cty.NilVal, argValueErrorf(1, "%s has no host of the number %d", network, num)
	}
	return cty.StringVal(ip.String()), nil
}

func cidrNetmask(args []cty.Value) (cty.Value, error) {
	network, err := parsePrefix(args, 0)
	if err != nil {
		return cty.NilVal, err
	}
	if network.IP.To4() == nil {
		return cty.NilVal, argValueErrorf(0, "%s is a prefix of IPv6, where there are no netmasks", network)
	}
	return cty.StringVal(net.IP(network.Mask).String()), nil
}

func cidrSubnet(args []cty.Value) (cty.Value, error) {
	network, err := parsePrefix(args, 0)
	if err != nil {
		return cty.NilVal, err
	}
	newBits, err := wholeNumber(args, 1)
	if err != nil {
		return cty.NilVal, err
	}
	num, err := wholeNumber(args, 2)
	if err != nil {
		return cty.NilVal, err
	}
	ones, size := network.Mask.Size()
	if newBits.Sign() < 0 || newBits.Cmp(big.NewInt(int64(size-ones))) > 0 {
		return cty.NilVal, argValueErrorf(1, "%s can be extended by no less than 0 and no more than %d bits", network, size-ones)
	}
	if num.Sign() < 0 || num.BitLen() > int(newBits.Int64()) {
		return cty.NilVal, argValueErrorf(2, "%d bits more make no subnet of the number %d", newBits, num)
	}
	subnet, err := cidr.SubnetBig(network, int(newBits.Int64()), num)
	if err != nil {
		return cty.NilVal, argValueErrorf(2, "%s has no such subnet: %s", network, err)
	}
	return cty.StringVal(subnet.String()), nil
}

// cidrSubnets returns prefixes that follow each other, each longer than the
// given one by as many bits as its argument says.
func cidrSubnets(args []cty.Value) (cty.Value, error) {
	network, err := parsePrefix(args, 0)
	if err != nil {
		return cty.NilVal, err
	}
	ones, size := network.Mask.Size()
	var current *net.IPNet
	var subnets []cty.Value
	for i := 1; i < len(args); i++ {
		var newBits int
		if err := gocty.FromCtyValue(args[i], &newBits); err != nil || newBits < 1 || newBits > maxNewBits {
			return cty.NilVal, function.NewArgErrorf(i, "a whole number from 1 to %d is required", maxNewBits)
		}
		if ones+newBits > size {
			return cty.NilVal, argValueErrorf(i, "%s can be extended by no more than %d bits", network, size-ones)
		}
		if current == nil {
			current, _ = cidr.PreviousSubnet(network, ones+newBits)
		}
		next, wrapped := cidr.NextSubnet(current, ones+newBits)
		if wrapped && i > 1 || !network.Contains(next.IP) {
			return cty.NilVal, argValueErrorf(i, "%s has no room left for a prefix of %d bits after %s", network, ones+newBits, current)
		}
		current = next
		subnets = append(subnets, cty.StringVal(next.String()))
	}
	if len(subnets) == 0 {
		return cty.ListValEmpty(cty.String), nil
	}
	return cty.ListVal(subnets), nil
}

// cidrContains tells whether an address or a whole prefix lies in a prefix.
func cidrContains(args []cty.Value) (cty.Value, error) {
	outer, err := parsePrefix(args, 0)
	if err != nil {
		return cty.NilVal, err
	}
	s := args[1].AsString()
	ip := net.ParseIP(withoutLeadingZeros(s))
	ones, size := outer.Mask.Size()
	innerOnes, innerSize := size, size
	if ip == nil {
		inner, err := parsePrefix(args, 1)
		if err != nil {
			return cty.NilVal, argValueErrorf(1, "%s is neither an address nor an address prefix", quoted(s))
		}
		ip = inner.IP
		innerOnes, innerSize = inner.Mask.Size()
	}
	if is4 := ip.To4() != nil; is4 != (outer.IP.To4() != nil) || innerSize != size {
		return cty.NilVal, argValueErrorf(1, "%s and %s are not of the same family; both must be IPv4 or both IPv6", args[0].AsString(), s)
	}
	return cty.BoolVal(outer.Contains(ip) && innerOnes >= ones), nil
}
