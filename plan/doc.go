// Package plan is the planner: configuration, state and reality in, a Plan
// out. A Plan is a value: sorted, immutable and versioned; nothing in this
// package changes the world or the state.
//
// It may import config, state, providers, addr and diag. Subpackages: eval
// evaluates expressions and decodes bodies, dag walks acyclic graphs.
package plan
