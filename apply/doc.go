// Package apply makes a plan real, one crash-safe step at a time: an intent is
// durable before a provider is asked, and its result is recorded when it
// answers. It also finds what an apply that was cut short left behind.
//
// It may import plan and what plan imports, but not command, check or monitor.
package apply
