// Package dag walks acyclic graphs: it finds cycles, and visits every node
// after the nodes that it depends on, many at a time. It knows nothing of what
// the nodes are and imports nothing else of Clockwork.
package dag
