package plan

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/dag"
)

// Graph is what a configuration's objects depend on, before anything is
// expanded: a resource is one node, however many instances it has.
type Graph struct {
	dag     dag.Graph
	nodes   []node
	ids     map[nodeKey]int
	schemas *Schemas
	root    *config.Module

	// blocks are the resource and data blocks, in a stable order.
	blocks []*block
	cyclic bool // what is in a cycle cannot be evaluated
	byNode map[int]*block
	byAddr map[addr.Resource]*block
}

type nodeKind uint8

const (
	variableNode nodeKind = iota
	localNode
	outputNode
	blockNode // a resource or data block
	callNode  // how many instances a module has
	closeNode // all of a module, for depends_on
	providerNode
)

type nodeKey struct {
	module *config.Module
	kind   nodeKind
	name   string
}

type node struct {
	nodeKey
	rng hcl.Range
}

// block is a resource or data block in its place.
type block struct {
	module   *config.Module
	resource *config.Resource
	addr     addr.Resource // with the static module path
	typ      *Type
	node     int
	// refs are those that its body holds: what an instance is evaluated with.
	refs []config.Reference
	// deps are the resource and data blocks that it depends on, directly or
	// through variables, locals, outputs and providers. Sorted, each once.
	deps       []*block
	dependents []*block
	// createBeforeDestroy is its own setting or that of a dependent.
	createBeforeDestroy bool

	managedOnce sync.Once
	managedList []addr.Resource
}

// NewGraph resolves every reference of cfg. All that is wrong is reported; the
// graph is only fit for use when nothing is.
func NewGraph(ctx context.Context, cfg *config.Config, schemas *Schemas) (*Graph, diag.Diagnostics) {
	g := &Graph{ids: map[nodeKey]int{}, byNode: map[int]*block{}, byAddr: map[addr.Resource]*block{}, schemas: schemas, root: cfg.Root}
	g.declare(cfg.Root)
	diags := g.connect(ctx, cfg.Root)
	for _, a := range assertsOf(cfg.Root) {
		_, ds := a.block.References(a.module)
		diags = append(diags, ds...)
	}
	for _, cycle := range g.dag.Cycles() {
		g.cyclic = true
		diags = append(diags, g.cycleDiagnostic(cycle))
	}
	if diags.HasErrors() {
		return g, diags
	}
	g.flatten()
	g.propagateCreateBeforeDestroy()
	return g, diags
}

func (g *Graph) add(m *config.Module, kind nodeKind, name string, rng hcl.Range) int {
	key := nodeKey{m, kind, name}
	id := g.dag.Add()
	g.ids[key] = id
	g.nodes = append(g.nodes, node{key, rng})
	return id
}

// declare adds the nodes of m and of what it calls.
func (g *Graph) declare(m *config.Module) {
	for _, name := range sortedKeys(m.Variables) {
		g.add(m, variableNode, name, m.Variables[name].Range)
	}
	for _, name := range sortedKeys(m.Locals) {
		g.add(m, localNode, name, m.Locals[name].Range)
	}
	for _, name := range sortedKeys(m.Outputs) {
		g.add(m, outputNode, name, m.Outputs[name].Range)
	}
	for _, name := range sortedKeys(m.Providers) {
		g.add(m, providerNode, name, m.Providers[name].Range)
	}
	for _, blocks := range []map[string]*config.Resource{m.Data, m.Resources} {
		for _, name := range sortedKeys(blocks) {
			r := blocks[name]
			a := blockAddress(m, r)
			id := g.add(m, blockNode, a.String(), r.Range)
			b := &block{module: m, resource: r, addr: a, node: id}
			g.blocks = append(g.blocks, b)
			g.byNode[id], g.byAddr[a] = b, b
		}
	}
	for _, name := range sortedKeys(m.Calls) {
		g.add(m, callNode, name, m.Calls[name].Range)
		if child := m.Children[name]; child != nil {
			g.declare(child)
			g.add(child, closeNode, "", m.Calls[name].Range)
		}
	}
}

// StaticModule is the path of a module as an address without instance keys.
func StaticModule(m *config.Module) addr.Module {
	path := addr.Root
	for _, name := range m.Path {
		path = path.Child(name, addr.NoKey)
	}
	return path
}

// StaticResource is r without the keys in its module's path.
func StaticResource(r addr.Resource) addr.Resource {
	r.Module = r.Module.Static()
	return r
}

// connect adds the edges of m and of what it calls.
func (g *Graph) connect(ctx context.Context, m *config.Module) diag.Diagnostics {
	var diags diag.Diagnostics
	link := func(in *config.Module, from int, refs []config.Reference, ds diag.Diagnostics) {
		diags = append(diags, ds...)
		for _, r := range refs {
			g.link(in, from, r)
		}
	}
	whole := func(from int, dependsOn []config.Reference) {
		for _, r := range dependsOn {
			g.linkWhole(m, from, r)
		}
	}
	caller := func(from int) {
		if m.Call != nil {
			g.dag.Connect(from, g.ids[nodeKey{m.Parent, callNode, m.Call.Name}])
		}
	}
	for name, l := range m.Locals {
		refs, ds := l.References(m)
		link(m, g.ids[nodeKey{m, localNode, name}], refs, ds)
	}
	for name, o := range m.Outputs {
		id := g.ids[nodeKey{m, outputNode, name}]
		refs, ds := o.References(m)
		link(m, id, refs, ds)
		whole(id, o.DependsOn)
	}
	for name, v := range m.Variables {
		// What a validation refers to is not what the variable depends on: it
		// is checked after everything it names, so it is never in a cycle.
		_, ds := v.References(m)
		diags = append(diags, ds...)
		if m.Call == nil {
			continue
		}
		id := g.ids[nodeKey{m, variableNode, name}]
		caller(id)
		inputs, _ := m.Call.Config.JustAttributes()
		if attr := inputs[name]; attr != nil {
			refs, _ := config.References(attr.Expr)
			link(m.Parent, id, refs, nil)
		}
	}
	for _, r := range m.Remediations {
		_, ds := r.References(m)
		diags = append(diags, ds...)
	}
	for name, p := range m.Providers {
		refs, ds := p.References(m)
		link(m, g.ids[nodeKey{m, providerNode, name}], refs, ds)
	}
	for name, mc := range m.Calls {
		_, ds := mc.References(m)
		diags = append(diags, ds...)
		id := g.ids[nodeKey{m, callNode, name}]
		for _, e := range []hcl.Expression{mc.Count, mc.ForEach} {
			if e != nil {
				refs, _ := config.References(e)
				link(m, id, refs, nil)
			}
		}
		whole(id, mc.DependsOn)
		caller(id)
		if child := m.Children[name]; child != nil {
			diags = append(diags, g.connect(ctx, child)...)
			g.connectClose(child)
		}
	}
	for _, blocks := range []map[string]*config.Resource{m.Data, m.Resources} {
		for _, r := range blocks {
			b := g.block(blockAddress(m, r))
			refs, ds := r.References(m)
			link(m, b.node, refs, ds)
			_, ds = r.MonitorReferences(m)
			diags = append(diags, ds...)
			whole(b.node, r.DependsOn)
			caller(b.node)
			if owner, pc, _ := m.ResolveProvider(r.Provider); pc != nil {
				g.dag.Connect(b.node, g.ids[nodeKey{owner, providerNode, providerKey(pc)}])
			}
			b.refs, _ = config.BodyReferences(r.Config)
			b.typ, ds = g.schemas.ofBlock(ctx, m, r)
			diags = append(diags, ds...)
		}
	}
	return diags
}

func blockAddress(m *config.Module, r *config.Resource) addr.Resource {
	return addr.Resource{Module: StaticModule(m), Mode: r.Mode, Type: r.Type, Name: r.Name}
}

func providerKey(pc *config.ProviderConfig) string {
	return config.ProviderRef{Name: pc.Name, Alias: pc.Alias}.String()
}

// connectClose makes all of a module what its close node depends on.
func (g *Graph) connectClose(m *config.Module) {
	id := g.ids[nodeKey{m, closeNode, ""}]
	for name := range m.Outputs {
		g.dag.Connect(id, g.ids[nodeKey{m, outputNode, name}])
	}
	for _, blocks := range []map[string]*config.Resource{m.Data, m.Resources} {
		for _, r := range blocks {
			a := blockAddress(m, r)
			g.dag.Connect(id, g.ids[nodeKey{m, blockNode, a.String()}])
		}
	}
	for _, child := range m.Children {
		g.dag.Connect(id, g.ids[nodeKey{child, closeNode, ""}])
	}
}

// link adds the edge of one reference, if what it names exists.
func (g *Graph) link(m *config.Module, from int, r config.Reference) {
	to := func(key nodeKey) {
		if id, ok := g.ids[key]; ok {
			g.dag.Connect(from, id)
		}
	}
	switch r.Kind {
	case config.RefVariable:
		to(nodeKey{m, variableNode, r.Name})
	case config.RefLocal:
		to(nodeKey{m, localNode, r.Name})
	case config.RefResource:
		to(nodeKey{m, blockNode, addr.Resource{Module: StaticModule(m), Type: r.Type, Name: r.Name}.String()})
	case config.RefData:
		to(nodeKey{m, blockNode, addr.Resource{Module: StaticModule(m), Mode: addr.Data, Type: r.Type, Name: r.Name}.String()})
	case config.RefModule:
		to(nodeKey{m, callNode, r.Name})
		child := m.Children[r.Name]
		if child == nil {
			return
		}
		if r.Output != "" {
			to(nodeKey{child, outputNode, r.Output})
			return
		}
		for _, name := range sortedKeys(child.Outputs) {
			to(nodeKey{child, outputNode, name})
		}
	}
}

// linkWhole adds the edges of an entry of depends_on: a module is all of it.
func (g *Graph) linkWhole(m *config.Module, from int, r config.Reference) {
	if r.Kind == config.RefModule && m.Children[r.Name] != nil {
		g.dag.Connect(from, g.ids[nodeKey{m.Children[r.Name], closeNode, ""}])
		return
	}
	g.link(m, from, r)
}

func (n node) String() string {
	path := StaticModule(n.module)
	in := func(s string) string {
		if path == addr.Root {
			return s
		}
		return string(path) + "." + s
	}
	switch n.kind {
	case variableNode:
		return in("var." + n.name)
	case localNode:
		return in("local." + n.name)
	case outputNode:
		return in("output." + n.name)
	case callNode:
		return in("module." + n.name)
	case closeNode:
		return string(path)
	case providerNode:
		return in("provider." + n.name)
	}
	return n.name
}

func (g *Graph) cycleDiagnostic(cycle []int) diag.Diagnostic {
	names := make([]string, 0, len(cycle)+1)
	for _, id := range cycle {
		names = append(names, g.nodes[id].String())
	}
	names = append(names, names[0])
	rng := g.nodes[cycle[0]].rng
	if len(names) > 12 {
		names = append(append(names[:6:6], "..."), names[len(names)-5:]...)
	}
	return diag.Diagnostic{Summary: "Dependency cycle", Subject: &rng, Address: names[0],
		Detail: "These depend on one another in a circle, so none of them can come first: " + strings.Join(names, " -> ") + ". Take out one of these references."}
}

// flatten finds the blocks that each block depends on through whatever stands
// between them.
func (g *Graph) flatten() {
	memo := make([][]*block, len(g.nodes))
	done := make([]bool, len(g.nodes))
	var visit func(id int) []*block
	visit = func(id int) []*block {
		if done[id] {
			return memo[id]
		}
		var out []*block
		for _, d := range g.dag.Deps(id) {
			if b := g.byNode[d]; b != nil {
				out = append(out, b)
			} else {
				out = append(out, visit(d)...)
			}
		}
		slices.SortFunc(out, func(a, b *block) int { return cmp.Compare(a.node, b.node) })
		memo[id], done[id] = slices.Compact(out), true
		return memo[id]
	}
	for _, b := range g.blocks {
		b.deps = visit(b.node)
		for _, d := range b.deps {
			d.dependents = append(d.dependents, b)
		}
	}
}

// block returns the block of a static address, or nil.
func (g *Graph) block(a addr.Resource) *block { return g.byAddr[a] }

// propagateCreateBeforeDestroy gives the setting to all that a block with it
// depends on: their old objects must outlive its old object too.
func (g *Graph) propagateCreateBeforeDestroy() {
	var queue []*block
	for _, b := range g.blocks {
		if b.resource.Lifecycle.CreateBeforeDestroy {
			b.createBeforeDestroy = true
			queue = append(queue, b)
		}
	}
	for len(queue) > 0 {
		b := queue[0]
		queue = queue[1:]
		for _, d := range b.deps {
			if !d.createBeforeDestroy {
				d.createBeforeDestroy = true
				queue = append(queue, d)
			}
		}
	}
}

// managedDeps returns the managed resources that b depends on, looking through
// data sources.
func (b *block) managedDeps() []addr.Resource {
	seen := map[*block]bool{}
	var out []addr.Resource
	var visit func(b *block)
	visit = func(b *block) {
		for _, d := range b.deps {
			if seen[d] {
				continue
			}
			seen[d] = true
			if d.addr.Mode == addr.Managed {
				out = append(out, d.addr)
			} else {
				visit(d)
			}
		}
	}
	visit(b)
	slices.SortFunc(out, addr.Resource.Compare)
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

type placedAssert struct {
	module *config.Module
	block  *config.Assert
}

func assertsOf(m *config.Module) []placedAssert {
	var out []placedAssert
	for _, name := range sortedKeys(m.Asserts) {
		out = append(out, placedAssert{m, m.Asserts[name]})
	}
	for _, name := range sortedKeys(m.Children) {
		out = append(out, assertsOf(m.Children[name])...)
	}
	return out
}
