package apply

import (
	"fmt"
	"slices"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/dag"
	"github.com/clockwork-hcl/clockwork/state"
)

// phase is one of the three things that can be done to the objects of a
// resource, each a node of the graph.
type phase uint8

const (
	clear  phase = iota // delete what stands in the way of its own replacement
	make_               // create, update and restart
	remove              // delete what is not wanted any more
	phases
)

// step is one object to be changed.
type step struct {
	change *plan.Change
	phase  phase
}

// stepGraph orders the steps of a plan. A resource, by its address without
// instance keys, has a node for each phase, so that its cost is that of the
// resources and not of all pairs of their instances.
type stepGraph struct {
	dag.Graph
	nodes map[string][phases]int
	steps [][]step // by node
}

// newStepGraph orders the changes of p. deps are the resources that each
// resource in the configuration depends on, objects what the state holds.
//
// What is made follows what it depends on. What is deleted follows the deletes
// of what depended on it, and where it can, the updates of those that no longer
// do.
func newStepGraph(p *plan.Plan, deps map[string]plan.Dependencies, objects map[state.ObjectKey]*state.Object) (*stepGraph, error) {
	g := &stepGraph{nodes: map[string][phases]int{}}
	cleared, outlived := map[string]bool{}, map[string]bool{}
	// A rollback makes things that are not in the configuration, or not as it
	// says, so what a change says it depends on goes before.
	made := map[string][]string{}
	removes := false
	for i := range p.Changes {
		c := &p.Changes[i]
		name := nameOf(c)
		switch c.Action {
		case plan.Create, plan.Update, plan.Restart, plan.DeleteThenCreate, plan.CreateThenDelete:
			made[name] = c.DependsOn
		case plan.Read:
			g.add(name, step{c, make_})
		}
		switch c.Action {
		case plan.Create, plan.Update, plan.Restart:
			g.add(name, step{c, make_})
		case plan.DeleteThenCreate:
			g.add(name, step{c, clear})
			g.add(name, step{c, make_})
			cleared[name], removes = true, true
		case plan.CreateThenDelete:
			g.add(name, step{c, make_})
			g.add(name, step{c, remove})
			outlived[name], removes = true, true
		case plan.Delete, plan.Forget:
			g.add(name, step{c, remove})
			removes = true
		}
	}
	for name, d := range deps {
		if back, changes := made[name]; !changes || slices.Equal(back, d.Managed) {
			g.connectMade(name, d.Direct)
			delete(made, name)
		}
	}
	for name, ds := range made {
		g.connectMade(name, ds)
	}
	for name := range cleared {
		g.Connect(g.node(name)[make_], g.node(name)[clear])
	}
	for name := range outlived {
		g.Connect(g.node(name)[remove], g.node(name)[make_])
	}
	if removes {
		g.connectRemovals(objects, cleared)
	}
	if cycles := g.Cycles(); len(cycles) > 0 {
		return nil, fmt.Errorf("the plan's steps cannot be put in order; please report this")
	}
	return g, nil
}

// connectMade says that what is made of one resource waits for those of deps.
func (g *stepGraph) connectMade(name string, deps []string) {
	n := g.node(name)
	for _, d := range deps {
		g.Connect(n[make_], g.node(d)[make_])
	}
}

func (g *stepGraph) node(name string) [phases]int {
	n, ok := g.nodes[name]
	if !ok {
		for ph := range n {
			n[ph] = g.Add()
			g.steps = append(g.steps, nil)
		}
		g.nodes[name] = n
	}
	return n
}

func (g *stepGraph) add(name string, s step) {
	id := g.node(name)[s.phase]
	g.steps[id] = append(g.steps[id], s)
}

// connectRemovals adds the edges that the state's dependencies ask for.
func (g *stepGraph) connectRemovals(objects map[state.ObjectKey]*state.Object, cleared map[string]bool) {
	dependents := map[string]map[string]bool{}
	for key, o := range objects {
		name := plan.StaticResource(key.Instance.Resource).String()
		for _, d := range o.DependsOn {
			if dependents[d] == nil {
				dependents[d] = map[string]bool{}
			}
			dependents[d][name] = true
		}
	}
	// What must go before something is cleared out of the way must not wait
	// for what is made afterwards.
	early := map[string]bool{}
	var mark func(name string)
	mark = func(name string) {
		for d := range dependents[name] {
			if !early[d] {
				early[d] = true
				mark(d)
			}
		}
	}
	for name := range cleared {
		mark(name)
	}
	for name, users := range dependents {
		n := g.node(name)
		for user := range users {
			if user == name {
				continue
			}
			u := g.node(user)
			for _, ph := range []phase{clear, remove} {
				g.Connect(n[ph], u[clear])
				g.Connect(n[ph], u[remove])
			}
			if !early[name] {
				g.Connect(n[remove], u[make_])
			}
		}
	}
}
