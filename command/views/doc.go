// Package views is how Clockwork speaks: everything that a command prints, for
// a person (Human) and for a program (JSON lines, and the documents of show,
// output, validate and providers schema).
//
// Three promises hold for all of it. A sensitive value never appears, whether
// it is marked so or its schema says so; what no schema is known of counts as
// sensitive. Whatever comes from outside (values, file names, messages) is
// shown with its control characters escaped, so that it cannot drive the
// reader's terminal. And the cost of printing grows with what is printed, no
// faster.
//
// It may import plan, providers, state, config, addr, diag and internal/marks,
// never command.
package views
