// Package providers is the contract between Clockwork and what makes
// resources real: the Provider interface, its optional capabilities, and the
// schema with which a provider describes itself.
//
// The same interface is spoken in process and over gRPC (package plugins), so
// every provider is tested both ways by providers/providertest. Values are cty
// values without marks: the core strips sensitivity before a call and puts it
// back after. It may import addr and diag, and nothing else of Clockwork.
package providers
