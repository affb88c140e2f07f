// Package check evaluates asserts, once: each passes, fails, or is unknown.
// Unknown is what could not be checked, whatever the reason; only what was
// checked and found wrong fails.
//
// It may import plan and what plan imports, but not command, apply or monitor.
package check
