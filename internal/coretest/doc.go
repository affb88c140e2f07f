// Package coretest runs the core, from configuration to state, against providers
// in this process: the one in memory, for tests of plan, apply and check, or
// those that a provider's own tests give it. It may import all of those but not
// command.
package coretest
