// Package monitor keeps what was deployed healthy: it runs the checks of
// projects for ever, and when one fails it diagnoses the resource, heals it
// by a ladder of rungs, and verifies that it worked.
//
// Every heal is a plan limited to one resource, made and applied as by hand,
// under the state's lock. What may be done is for the remediation policy to
// say, and any doubt means no.
//
// It may import check, apply, plan and what they import, and the packages
// below it; never command or completion. It declares the interface that
// completion implements.
package monitor
