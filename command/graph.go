package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// Graph is `clockwork graph`.
func Graph(env *Env) cli.Command {
	kind := "dot"
	c := &base{
		env:      env,
		name:     "graph",
		usage:    "[options]",
		synopsis: "Print which resources need which",
		about: `
Prints a graph of the project: its resources and data sources, with an arrow
from each to those it needs, whether it names them itself or through locals,
modules and outputs. Neither the state nor anything real is looked at.`,
		examples: []example{
			{"clockwork graph | dot -Tsvg >graph.svg", "Draw it with Graphviz"},
			{"clockwork graph -type=mermaid", "Print it for a Markdown document"},
		},
		run: func(ctx context.Context, _ []string) int {
			return env.withProject(ctx, needs{config: true, providers: true}, func(ctx context.Context, p *project) (int, diag.Diagnostics) {
				planned, ds := plan.NewGraph(ctx, p.config, plan.NewSchemas(p.plugins))
				if ds.HasErrors() {
					return exitError, ds
				}
				g := newGraph(planned.Needs())
				if kind == "mermaid" {
					env.term().Print(g.mermaid())
				} else {
					env.term().Print(g.dot())
				}
				return exitOK, ds
			})
		},
	}
	c.options.Enum(&kind, "type", []string{"dot", "mermaid"}, "The language to print: dot, for Graphviz, is the default.")
	return c
}

// graph is resources by module, and what each needs.
type graph struct {
	modules []addr.Module // sorted
	nodes   map[addr.Module][]addr.Resource
	needs   map[addr.Resource][]addr.Resource
}

func newGraph(needs map[addr.Resource][]addr.Resource) *graph {
	g := &graph{nodes: map[addr.Module][]addr.Resource{}, needs: needs}
	for r := range needs {
		g.nodes[r.Module] = append(g.nodes[r.Module], r)
	}
	g.modules = slices.Sorted(maps.Keys(g.nodes))
	for _, in := range g.nodes {
		slices.SortFunc(in, addr.Resource.Compare)
	}
	return g
}

// each calls f with every edge, in a stable order.
func (g *graph) each(f func(from, to addr.Resource)) {
	for _, m := range g.modules {
		for _, from := range g.nodes[m] {
			for _, to := range g.needs[from] {
				f(from, to)
			}
		}
	}
}

func (g *graph) dot() string {
	var w strings.Builder
	w.WriteString("digraph clockwork {\n  rankdir = \"RL\"\n  node [shape = \"rect\", fontname = \"sans-serif\"]\n")
	for _, m := range g.modules {
		in := "  "
		if m != addr.Root {
			fmt.Fprintf(&w, "  subgraph %q {\n    label = %q\n", "cluster_"+string(m), m)
			in = "    "
		}
		for _, n := range g.nodes[m] {
			fmt.Fprintf(&w, "%s%q\n", in, n)
		}
		if m != addr.Root {
			w.WriteString("  }\n")
		}
	}
	g.each(func(from, to addr.Resource) { fmt.Fprintf(&w, "  %q -> %q\n", from, to) })
	w.WriteString("}\n")
	return w.String()
}

func (g *graph) mermaid() string {
	var w strings.Builder
	w.WriteString("flowchart RL\n")
	ids := map[addr.Resource]string{}
	for i, m := range g.modules {
		in := "  "
		if m != addr.Root {
			fmt.Fprintf(&w, "  subgraph m%d[\"%s\"]\n", i, m)
			in = "    "
		}
		for _, n := range g.nodes[m] {
			ids[n] = fmt.Sprintf("n%d", len(ids)+1)
			fmt.Fprintf(&w, "%s%s[\"%s\"]\n", in, ids[n], n)
		}
		if m != addr.Root {
			w.WriteString("  end\n")
		}
	}
	g.each(func(from, to addr.Resource) { fmt.Fprintf(&w, "  %s --> %s\n", ids[from], ids[to]) })
	return w.String()
}
