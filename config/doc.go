// Package config turns a project's `.cw.hcl` and `.cw.hcl.json` files into a
// Config: every block, with its meta-arguments understood and its place known,
// and the bodies of resources, providers, data sources and asserts still
// undecoded, because only a provider's schema says what belongs in them.
//
// It knows nothing of state, plans or providers, and may import addr and diag
// only. Functions are in config/funcs.
package config
