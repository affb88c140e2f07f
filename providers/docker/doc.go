// Package docker is the built-in provider for Docker Engine: containers,
// images, networks and volumes, through the engine's own API.
//
// Nothing dials an engine unless a resource needs it, and what an image or the
// engine fills in by itself is never reported as drift. Every object it makes
// carries the labels clockwork.project, clockwork.address and
// clockwork.intent, as far as the engine lets it.
//
// It may import providers, addr and diag, and nothing else of Clockwork.
package docker
