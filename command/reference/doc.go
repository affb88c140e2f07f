// Package reference writes the reference of a provider, in Markdown, from what
// the provider says of itself.
//
// It may import providers and providers/sample, and nothing else of Clockwork.
package reference
