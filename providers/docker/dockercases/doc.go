// Package dockercases is what the conformance suite is to know of the Docker
// provider, for its tests in process and over gRPC. It also has a registry for
// tests, which pulls need.
//
// It is for tests only. It may import providers, providers/providertest and
// providers/docker/dockertest.
package dockercases
