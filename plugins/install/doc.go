// Package install gets third parties' providers from where they are published,
// into a cache that many projects and processes share, and records them in the
// lock file. Nothing of what comes over the network is believed that the
// publisher has not signed, and none of it is started here.
//
// Package install may import plugins and plugins/index, diag, and nothing else
// of Clockwork.
package install
