package plan

import "github.com/clockwork-hcl/clockwork/addr"

// Needs returns, for every resource and data block, the ones that it depends
// on: directly, or through locals, variables, outputs and providers. Addresses
// have no instance keys in them, and are in order.
func (g *Graph) Needs() map[addr.Resource][]addr.Resource {
	out := make(map[addr.Resource][]addr.Resource, len(g.blocks))
	for _, b := range g.blocks {
		needs := make([]addr.Resource, len(b.deps))
		for i, d := range b.deps {
			needs[i] = d.addr
		}
		out[b.addr] = needs
	}
	return out
}
