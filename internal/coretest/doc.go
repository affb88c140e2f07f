// Package coretest runs the core, from configuration to state, against the
// in-memory provider in this process, for tests of plan, apply and check. It
// may import all of those but not command.
package coretest
