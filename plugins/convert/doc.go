// Package convert turns what the provider contract speaks of (values, types,
// schemas, diagnostics, paths) into what package proto carries, and back.
//
// Values travel as msgpack in the form of go-cty's own msgpack package. A Codec
// writes and reads that form for one type several times faster than the general
// package does, because it looks at the type only once; tests hold the two
// against each other. It may import providers, diag and plugins/proto.
package convert
