package plan

import "github.com/clockwork-hcl/clockwork/addr"

// OutputNeeds returns the resource and data blocks that an output of the root
// module refers to, directly or through locals, variables and modules' outputs.
// Addresses have no instance keys in them.
func (g *Graph) OutputNeeds(name string) []addr.Resource {
	var out []addr.Resource
	seen := map[int]bool{}
	var visit func(id int)
	visit = func(id int) {
		for _, d := range g.dag.Deps(id) {
			if seen[d] {
				continue
			}
			seen[d] = true
			if b := g.byNode[d]; b != nil {
				out = append(out, b.addr)
				continue
			}
			visit(d)
		}
	}
	if id, ok := g.ids[nodeKey{g.root, outputNode, name}]; ok {
		visit(id)
	}
	return out
}

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
