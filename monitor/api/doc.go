// Package api shows over HTTP how the monitored projects are: as a page for
// people, as JSON, and as metrics for Prometheus.
//
// It listens on this machine's own addresses only, answers GET only, and can
// change nothing. Whoever can open a connection may read, so what it shows must
// hold no secrets; the monitor's status and the record of incidents hold none.
// A page of another site, open in a browser on this machine, may not: see guard.
//
// It may import monitor, monitor/incident, monitor/schedule, diag and addr.
package api
