// Package eval evaluates a project's expressions and decodes its bodies: what
// `var.a`, `local.b` or `docker_container.c.id` are in one instance of one
// module, and what a block says in the terms of a provider's schema.
//
// It may import config, config/funcs, providers, addr and diag, but not plan,
// which uses it.
package eval
