// Package api shows over HTTP how the monitored projects are: as a page for
// people, as JSON, and as metrics for Prometheus.
//
// It answers GET only, and can change nothing. It listens on this machine's own
// addresses, where whoever can open a connection may read, or with TLS and a token
// on others too. What it shows must hold no secrets; the monitor's status and the
// record of incidents hold none. A page of another site, open in a browser on this machine, may not: see guard.
//
// It may import monitor, monitor/incident, monitor/schedule, diag and addr.
package api
