// Package conformance reads files of cases for the conformance suite: what valid
// objects of a provider's types look like, and which commands change the world
// by hand. With such a file the suite runs on any executable, in whatever
// language it is written.
//
// docs/writing-a-provider.md describes the file. The package may import
// providers, providers/providertest, providers/sample, plan/eval, config/funcs
// and diag.
package conformance
