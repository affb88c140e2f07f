// Package proto is the protocol between Clockwork and its providers, as
// generated from clockwork_v1.proto, which describes it for other languages too.
// It imports nothing of Clockwork.
package proto

//go:generate protogen -I ../.. -o ../.. -set ../../examples/provider-python/clockwork/clockwork_v1.binpb plugins/proto/clockwork_v1.proto
