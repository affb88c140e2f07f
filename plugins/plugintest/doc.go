// Package plugintest lets a provider's own tests speak to it over gRPC, without
// a process of its own.
//
// It is for tests only. It may import providers and plugins/internal/session.
package plugintest
